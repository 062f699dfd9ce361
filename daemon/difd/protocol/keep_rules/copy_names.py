"""Names that programs give to copies: "IMG copy 2", "IMG (1)", "Kopie von IMG", "IMG-…-WA0012".

Some names say it by themselves. A number at the end ("IMG 2", "IMG-1") says it only beside a file
without that number: alone it may be how somebody counts a series.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

_WORD: Final = (
    "copy|copie|copia|cópia|kopie|kopia|kópia|kopi|kopio|kopya|másolat|duplicate|duplikat|"
    "duplicado|duplicato|doublon|копия|копія|αντίγραφο|backup|bak|sicherung|sicherungskopie"
)
"""What file managers call a copy: English, French, Spanish, Italian, Portuguese, German, Dutch,
Polish, Swedish, Danish, Norwegian, Czech, Slovak, Finnish, Turkish, Hungarian, Russian, Ukrainian
and Greek. Chinese, Japanese and Korean put theirs at the end, without a space."""

_COPY: Final = (
    # Windows: "Copy of IMG", "Kopie (2) von IMG", "Copie de IMG".
    rf"(?:{_WORD})(?: \(\d+\))? (?:of|von|de|di|van|af|av|från|z) .+"
    # macOS: "IMG copy 2"; Windows: "IMG - Copy (2)"; others: "IMG_copy", "IMG.bak".
    rf"|.*[ ._-](?:{_WORD})(?:[ _-]?\(?\d{{1,3}}\)?)?"
    # GNOME: "IMG (3rd copy)"; Dropbox: "IMG (Ada's conflicted copy 2020-02-01)".
    rf"|.*\((?:[^()]*[ .])?(?:{_WORD})(?:[ ,][^()]*)?\)(?: ?\(\d+\))?"
    r"|.+(?:副本|拷贝|のコピー|コピー|복사본|사본)(?: ?\(?\d{1,3}\)?)?"
    r"|.+\.sync-conflict-.+"
)
_COUNTED: Final = (
    # Browsers and Windows: "IMG (1)"; a year in brackets has four digits. Android: "IMG~2".
    r".+\(\d{1,3}\)|.+~\d{1,2}"
)
_FROM_MESSENGER: Final = (
    r".+-wa\d{4,}(?:[ _~(-].*)?|whatsapp .+\d.*|fb_img_\d+.*|received_\d{6,}.*"
    r"|signal-\d{4}-\d\d-\d\d.*|photo_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d.*"
)
"""What messengers call a picture that they received, which they made smaller before."""

_SAYS_COPY: Final = re.compile(_COPY)
_IS_COPY: Final = re.compile(f"{_COPY}|{_COUNTED}|{_FROM_MESSENGER}")
_NUMBER: Final = re.compile(r"(.+?)(?: - |[ ._-])\d{1,2}")


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
    return _name_facts(path[path.rfind(b"/") + 1 :])


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
