"""Names that programs give to copies: "IMG copy 2", "IMG (1)", "Kopie von IMG", "IMG-…-WA0012".

Some names say it by themselves. A number at the end ("IMG 2", "IMG-1") says it only beside a file
without that number: alone it may be how somebody counts a series.
"""

from __future__ import annotations

import os
import re
import unicodedata
from typing import Final

_WORD: Final = (
    "copy|copie|copia|cópia|kopie|kopia|kópia|kopi|kopio|kopya|másolat|duplicate|duplikat|"
    "duplicado|duplicato|doublon|копия|копія|αντίγραφο|backup|bak|sicherung|sicherungskopie"
)
"""What file managers call a copy: English, French, Spanish, Italian, Portuguese, German, Dutch,
Polish, Swedish, Danish, Norwegian, Czech, Slovak, Finnish, Turkish, Hungarian, Russian, Ukrainian
and Greek. Chinese, Japanese and Korean put theirs at the end, without a space."""

_SAYS_COPY: Final = re.compile(
    # Windows: "Copy of IMG", "Kopie (2) von IMG", "Copie de IMG".
    rf"(?:{_WORD})(?: \(\d+\))? (?:of|von|de|di|van|af|av|από|z) .+"
    # macOS: "IMG copy 2"; Windows: "IMG - Copy (2)"; others: "IMG_copy", "IMG.bak".
    rf"|.*[ ._-](?:{_WORD})(?:[ _-]?\(?\d{{1,3}}\)?)?"
    # GNOME: "IMG (3rd copy)"; Dropbox: "IMG (Ada's conflicted copy 2020-02-01)".
    rf"|.*\((?:[^()]*[ .])?(?:{_WORD})(?:[ ,][^()]*)?\)(?: ?\(\d+\))?"
    r"|.+(?:副本|拷贝|のコピー|コピー|복사본|사본)(?: ?\(?\d{1,3}\)?)?"
    r"|.+\.sync-conflict-.+"
)

_COUNTED: Final = re.compile(
    # Browsers and Windows: "IMG (1)"; a year in brackets has four digits. Android: "IMG~2".
    r".+\(\d{1,3}\)|.+~\d{1,2}"
)

_FROM_MESSENGER: Final = re.compile(
    r".+-wa\d{4,}(?:[ _~(-].*)?|whatsapp .+\d.*|fb_img_\d+.*|received_\d{6,}.*"
    r"|signal-\d{4}-\d\d-\d\d.*|photo_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d.*"
)
"""What messengers call a picture that they received, which they made smaller before."""

_NUMBER: Final = re.compile(r"(.+?)(?: - |[ ._-])\d{1,2}")


def is_named_as_copy(path: bytes) -> bool:
    """Whether the name of a file says by itself that it is a copy."""
    stem = stem_of(path)
    return any(
        pattern.fullmatch(stem) is not None for pattern in (_SAYS_COPY, _COUNTED, _FROM_MESSENGER)
    )


def numbered_from(path: bytes) -> str | None:
    """The stem of the file of which this one would be a numbered copy: of "IMG 2" it is "img"."""
    match = _NUMBER.fullmatch(stem_of(path))
    return match[1] if match else None


def says_copy(name: str) -> bool:
    """Whether a folder is called a copy in words; numbers count folders, too."""
    return _SAYS_COPY.fullmatch(name) is not None


def stem_of(path: bytes) -> str:
    """The name without its extension, in the form in which names are compared."""
    return folded(os.path.splitext(os.fsdecode(os.path.basename(path)))[0])


def folded(name: str) -> str:
    """A name without the differences that file systems make between equal ones."""
    return unicodedata.normalize("NFC", name).casefold()
