"""What a picture's file tells about it besides the pixels: orientation and kinds of metadata."""

from __future__ import annotations

from typing import Any, Final

from PIL import ExifTags, Image

from difd.engine.formats import FAULTS

_DATES: Final = (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized)
_XP_TITLE: Final = 0x9C9B
_RATING: Final = 0x4746

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


def _text(value: Any) -> str:  # noqa: ANN401 - EXIF values are of any type
    return value.strip("\0 ") if isinstance(value, str) else ""


def xmp_of(picture: Image.Image) -> bytes:
    """The XMP packet; empty if there is none."""
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    return packet.encode(errors="replace") if isinstance(packet, str) else bytes(packet)
