"""Names that programs give to copies: "IMG copy 2", "IMG (1)", "Kopie von IMG", "IMG-…-WA0012".

Some names say it by themselves. A number at the end ("IMG 2", "IMG-1") says it only beside a file
without that number: alone it may be how somebody counts a series.
"""

from __future__ import annotations

import os
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from difd.protocol.patterns import pattern
from difd.system import paths

_WORD: Final = (
    "copy|copie|copia|cópia|còpia|kopie|kopia|kópia|kopi|kopio|koopia|kopya|kopyası|kopija|"  # noqa: RUF001  Turkish
    "copiere|másolat|másolata|salinan|bản sao|sao chép|duplicate|duplikat|duplicado|duplicato|"
    "doublon|копия|копія|копие|копија|αντίγραφο|αντιγραφή|עותק|نسخة|สำเนา|คัดลอก|"
    "backup|bak|sicherung|sicherungskopie"
)
"""What file managers call a copy: English, French, Spanish, Italian, Portuguese, Catalan, German,
Dutch, Polish, Swedish, Danish, Norwegian, Czech, Slovak, Slovene, Croatian, Serbian, Lithuanian,
Latvian, Finnish, Estonian, Turkish, Hungarian, Romanian, Indonesian, Vietnamese, Russian,
Ukrainian, Bulgarian, Greek, Hebrew, Arabic and Thai. Chinese, Japanese and Korean put theirs at the
end, without a space."""

_EASTERN: Final = "副本|复件|拷贝|拷貝|複製|コピー|복사본|사본"

_COPY: Final = (
    # Windows: "Copy of IMG", "Kopie (2) von IMG", "Copie de IMG".
    rf"(?:{_WORD})(?: \(\d+\))? (?:of|von|de|di|van|af|av|från|z|του|από|من|a) .+"
    # Windows in languages that need no such word.
    r"|(?:kopia|kopio|копия|копія|نسخة|复件|副本|複製|복사본|コピー ?\W)(?: ?\(\d+\))?.*\d.*"
    # macOS: "IMG copy 2"; Windows: "IMG - Copy (2)"; others: "IMG_copy", "IMG.bak".
    rf"|.*[ ._-](?:{_WORD})(?:[ _-]?\(?\d{{1,3}}\)?)?"
    # GNOME: "IMG (3rd copy)"; Dropbox: "IMG (Ada's conflicted copy 2020-02-01)".
    rf"|.*\((?:[^()]*[ .])?(?:{_WORD}|{_EASTERN})(?:[ ,][^()]*)?\)(?: ?\(\d+\))?"
    rf"|.+(?:の|的)?(?:{_EASTERN})(?: ?\(?\d{{1,3}}\)?)?"
    # Sync clients.
    r"|.+\.sync-conflict-.+|.+_conflict-\d.+|.+ [(\[](?:case |selective sync )?conflict[)\]]"
)
_COUNTED: Final = (
    # Browsers and Windows: "IMG_1 (1)"; a year in brackets has four digits. Android: "IMG_1~2".
    r"(?:.*\d|images?|download|unnamed|unbenannt|untitled|index|file|photo|picture|pic|foto|bild"
    r"|imagen|immagine|screenshot|bildschirmfoto)[ _-]?(?:\(\d{1,3}\)|\[\d{1,2}\]|~\d{1,2})"
)
"""What has no number of its own is somebody's series: "Wedding (12)"."""

_FROM_MESSENGER: Final = (
    r".+-wa\d{4,}(?:[ _~(-].*)?|whatsapp .+\d.*|fb_img_\d+.*|received_\d{6,}.*"
    r"|signal-\d{4}-\d\d-\d\d.*|photo_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d.*|photo_\d{15,}_[a-z].*"
    r"|telegram-cloud-(?:photo|document)-.+|mmexport\d{10,}.*|wx_camera_\d{10,}.*"
    r"|viber[ _]image[ _]?.*\d.*|kakaotalk_(?:photo_)?\d{6,}.*|snapchat-\d{6,}.*|line_\d{10,}.*"
    r"|\d{6,}_\d{6,}_\d{6,}_[no]"
)
"""What messengers and networks call a picture that they received, and made smaller before."""

_SAYS_COPY: Final = pattern(_COPY)
_IS_COPY: Final = pattern(f"{_COPY}|{_COUNTED}|{_FROM_MESSENGER}")
_NUMBER: Final = pattern(r"(.+?)(?:(?: - |[ ._-])\d{1,2}| ?\(\d{1,3}\)| ?\[\d{1,2}\]|~\d{1,2})")


class NameFacts(NamedTuple):
    """What the name of a file tells.

    Attributes:
        stem: the name without its extension, in the form in which names are compared.
        is_copy: it says by itself that the file is a copy.
        numbered_from: the stem of the file of which this one would be a numbered copy: of "IMG 2"
            it is "img"; None if it ends in no number.
    """

    stem: str
    is_copy: bool
    numbered_from: str | None


def name_facts(path: bytes) -> NameFacts:
    """What the name of a file tells."""
    return _name_facts(paths.name(path))


@lru_cache(4096)
def _name_facts(name: bytes) -> NameFacts:
    stem = folded(os.path.splitext(os.fsdecode(name))[0])
    number = _NUMBER.fullmatch(stem)
    return NameFacts(stem, _IS_COPY.fullmatch(stem) is not None, number[1] if number else None)


def says_copy(name: str) -> bool:
    """Whether a folder is called a copy in words; numbers count folders, too."""
    return _SAYS_COPY.fullmatch(name) is not None


def folded(name: str) -> str:
    """A name without the differences that file systems make between equal ones."""
    return unicodedata.normalize("NFC", name).casefold()
