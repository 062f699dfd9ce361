"""The tags of a picture's file, asked one at a time: EXIF first, XMP where it is silent.

Whoever made the file chose what is in them. What is damaged, or not what it should be, is as if it
were not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from html import unescape
from typing import IO, Any, Final, TypeVar

from PIL import ExifTags, Image

from difd.engine.formats import FAULTS
from difd.engine.read import metadata

XMP_MAX: Final = 256 << 10
"""Bytes of an XMP packet that are looked at."""

TEXT_MAX: Final = 1000
"""Characters of a text that are looked at."""

_Value = TypeVar("_Value")


class Tags:
    """EXIF and XMP, asked one tag at a time; what is damaged or no text is as if it were not there.

    Args:
        exif: perhaps empty.
        xmp: perhaps empty.
    """

    def __init__(self, exif: Image.Exif, xmp: bytes) -> None:
        self._main, self._xmp = exif, xmp[:XMP_MAX]
        self._photo = metadata.directory(exif, ExifTags.IFD.Exif)
        self.place = metadata.directory(exif, ExifTags.IFD.GPSInfo)

    def value(self, tag: int) -> Any:  # noqa: ANN401  EXIF values are of any type
        """The value, wherever it stands: software puts tags into the wrong directory."""
        return safely(lambda: self._photo.get(tag) or self._main.get(tag))

    def text(self, tag: int, *properties: bytes) -> str:
        """The text of an EXIF tag, else of the first XMP property that has one; else empty."""
        return text_of(self.value(tag)) or next(filter(None, map(self.xmp, properties)), "")

    def number(self, tag: int) -> float | None:
        """The number, see `number_of`."""
        return number_of(self.value(tag))

    def xmp(self, name: bytes) -> str:
        """A simple property of the XMP packet, an attribute or an element; empty if it has none."""
        # The text begins with no space, or both parts would try all shares of a long run of them.
        pattern = (
            rb'%s(?:\s{0,9}=\s{0,9}"([^"<]{1,1000})"'
            rb"|>(?:\s{0,99}<rdf:[^>]{0,99}>){0,2}\s{0,99}([^<\s][^<]{0,999})<)"
        )
        found = re.search(pattern % re.escape(name), self._xmp)
        return text_of(unescape((found[1] or found[2]).decode(errors="replace"))) if found else ""


def raw_exif(stream: IO[bytes]) -> Image.Exif:
    """The tags of a camera raw file, of which most look like TIFF from inside; else none."""
    exif = Image.Exif()
    try:
        exif.load_from_fp(stream)
    except FAULTS:
        return Image.Exif()
    return exif


def safely(tell: Callable[[], _Value]) -> _Value | None:
    """What `tell` returns; None where a tag is damaged."""
    try:
        return tell()
    except FAULTS:
        return None


def text_of(value: Any) -> str:  # noqa: ANN401
    """A text in one line of printable characters; empty if it is none."""
    if isinstance(value, bytes):
        value = value[:TEXT_MAX].decode(errors="replace")
    if not isinstance(value, str):
        return ""
    text = value[:TEXT_MAX].partition("\0")[0]
    with suppress(UnicodeError):
        # EXIF is read as Latin-1; most of what writes it means UTF-8.
        text = text.encode("latin-1").decode()
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def number_of(value: Any) -> float | None:  # noqa: ANN401
    """A number above 0 and below a thousand million; None if it is none."""
    found = safely(lambda: float(value))
    return found if found is not None and 0 < found < 1e9 else None  # noqa: PLR2004  nor nan
