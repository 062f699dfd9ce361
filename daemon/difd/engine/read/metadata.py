"""What a picture's file tells about it besides the pixels: tags, orientation, kinds of metadata.

Tags are asked one at a time: EXIF first, XMP where it is silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, Final, TypeVar

from PIL import ExifTags, Image

from difd.engine.formats import FAULTS

XMP_MAX: Final = 256 << 10
"""Bytes of an XMP packet that are looked at."""

TEXT_MAX: Final = 1000
"""Characters of a text that are looked at."""

LIST_MAX: Final = 50
"""Texts of a list that are looked at."""

_Value = TypeVar("_Value")


class Tags:
    """EXIF and XMP, asked one tag at a time; what is damaged or no text is as if it were not there.

    Args:
        exif: perhaps empty.
        xmp: perhaps empty.
    """

    def __init__(self, exif: Image.Exif, xmp: bytes) -> None:
        self._main, self._xmp = exif, xmp[:XMP_MAX]
        self._photo = directory(exif, ExifTags.IFD.Exif)
        self.place = directory(exif, ExifTags.IFD.GPSInfo)

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
        if found is None:
            return ""
        from html import unescape  # noqa: PLC0415  its table of names is long

        return text_of(unescape((found[1] or found[2]).decode(errors="replace")))

    def xmp_list(self, name: bytes) -> list[str]:
        """The texts of a list in the XMP packet, such as `dc:subject`; at most `LIST_MAX`."""
        _, found, rest = self._xmp.partition(b"<%s>" % name)
        items = rest.partition(b"</%s>" % name)[0] if found else b""
        if not items:
            return []
        from html import unescape  # noqa: PLC0415  its table of names is long

        texts = (item.partition(b">")[2].partition(b"<")[0] for item in items.split(b"<rdf:li"))
        told = (text_of(unescape(text.decode(errors="replace"))) for text in texts)
        return [text for text in told if text][:LIST_MAX]


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


_DATES: Final = (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized)
_XP_TITLE: Final = 0x9C9B
_RATING: Final = 0x4746
_ADOBE: Final = 2
_UNCALIBRATED: Final = 0xFFFF

_EXIF_TURNS: Final = {1: 0, 2: 4, 3: 2, 4: 6, 5: 5, 6: 3, 7: 7, 8: 1}
"""EXIF orientation to the code of the turn that displays the picture upright."""

_XMP_MARKS: Final = {
    "date": (b"photoshop:DateCreated", b"exif:DateTimeOriginal"),
    "place": (b"exif:GPSLatitude",),
    "camera": (b"tiff:Model",),
    "rating": (b"xmp:Rating",),
    "title": (b"dc:title", b"photoshop:Headline"),
}


def orientation_left(picture: Image.Image) -> int:
    """The EXIF orientation, 1 to 8, that is still to be applied after the picture was loaded.

    Pillow turns TIFF by itself and pillow-heif turns HEIF; both take the tag away. The JPEG XL
    decoder turns too and leaves it, except in JPEGs that were packed as JPEG XL.
    """
    if picture.format == "JXL" and not getattr(picture, "jpeg", False):
        return 1
    value = exif_of(picture).get(ExifTags.Base.Orientation, 1)
    return value if isinstance(value, int) and value in _EXIF_TURNS else 1


def turn_for(orientation: int) -> int:
    """The code of the turn that displays a picture of this EXIF orientation upright."""
    return _EXIF_TURNS[orientation]


def kinds_of(picture: Image.Image) -> tuple[str, ...]:
    """Which of "date", "place", "camera", "rating", "title" the file carries, in this order."""
    exif = exif_of(picture)
    details = directory(exif, ExifTags.IFD.Exif)
    place = directory(exif, ExifTags.IFD.GPSInfo)
    present = {
        "date": any(details.get(tag) for tag in _DATES),
        "place": ExifTags.GPS.GPSLatitude in place,
        "camera": bool(_text(exif.get(ExifTags.Base.Make)) or _text(exif.get(ExifTags.Base.Model))),
        "rating": bool(exif.get(_RATING)),
        "title": bool(
            _text(exif.get(ExifTags.Base.ImageDescription))
            or exif.get(_XP_TITLE)
            or picture.info.get("Title")
        ),
    }
    xmp = xmp_of(picture)
    return tuple(
        kind
        for kind, found in present.items()
        if found or any(mark in xmp for mark in _XMP_MARKS[kind])
    )


def exif_of(picture: Image.Image) -> Image.Exif:
    """The EXIF data; empty if it is damaged, which must not cost the picture."""
    try:
        return picture.getexif()
    except FAULTS:
        return Image.Exif()


def directory(exif: Image.Exif, tag: ExifTags.IFD) -> dict[int, Any]:
    """One of EXIF's directories; empty if it is damaged."""
    try:
        return exif.get_ifd(tag)
    except FAULTS:
        return {}


def colours_by_exif(picture: Image.Image) -> bytes:
    """What EXIF says about the colours, as `survey` tells it: cameras name Adobe RGB there."""
    exif = exif_of(picture)
    space = directory(exif, ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace)
    if space == _UNCALIBRATED:
        space = _ADOBE if directory(exif, ExifTags.IFD.Interop).get(1) == "R03" else space
    return b"exif colours=Adobe RGB;" if space == _ADOBE else b""


def _text(value: Any) -> str:  # noqa: ANN401 - EXIF values are of any type
    return value.strip("\0 ") if isinstance(value, str) else ""


def xmp_of(picture: Image.Image) -> bytes:
    """The XMP packet; empty if there is none."""
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    return packet.encode(errors="replace") if isinstance(packet, str) else bytes(packet)
