"""What a picture's file says about itself, in words for people.

Runs in workers: whoever made the file chose what is in it. A field that is damaged is left out, and
the others are told.
"""

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import IO, Any, Final

from PIL import ExifTags, Image, ImageCms

from difd.engine.formats import (
    FAULTS,
    Refused,
    count_frames,
    is_raw_file,
    open_picture,
    quiet,
)
from difd.engine.read import metadata
from difd.engine.read.decode import colour_profile, damage_reason
from difd.engine.read.depth import bits_of
from difd.engine.read.metadata import Tags, number_of, raw_exif, safely, text_of
from difd.engine.read.source import open_source
from difd.protocol.description import WORDS_MAX, Description
from difd.protocol.patterns import pattern

_XP_TITLE: Final = 0x9C9B
_XP_KEYWORDS: Final = 0x9C9E
_RATING: Final = 0x4746
_DATE: Final = pattern(r"(\d{4})[:-](\d\d)[:-](\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?")
_OFFSET: Final = pattern(r"[+-]\d\d:\d\d|Z")
_XMP_DEGREES: Final = pattern(r"(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NESW])")
_NOTHING: Final[Mapping[Any, Any]] = {}
_STARS: Final = range(-1, 6)
_CHANNELS: Final = {
    "1": "black and white",
    "L": "grey",
    "LA": "grey, transparency",
    "P": "palette",
    "PA": "palette, transparency",
    "RGB": "red, green, blue",
    "RGBA": "red, green, blue, transparency",
    "CMYK": "cyan, magenta, yellow, black",
    "YCbCr": "brightness and colour",
    "LAB": "L*a*b*",
    "I": "grey",
    "I;16": "grey",
    "I;16B": "grey",
    "F": "grey, floating point",
}


def describe(path: bytes) -> Description | str:
    """The metadata of a file; or why it cannot be told."""
    try:
        with quiet(), open_source(path) as source:
            if is_raw_file(path, source.stream):
                return _told(Tags(raw_exif(source.stream), b""), {})
            with open_picture(source.stream) as picture:
                tags = Tags(metadata.exif_of(picture), metadata.xmp_of(picture))
                return _told(tags, _technical(picture, source.stream, tags), picture.info)
    except Refused as refusal:
        return str(refusal) if os.path.lexists(path) else "is not there any more"
    except MemoryError:
        return "needs more memory than a worker may take"
    except (Image.DecompressionBombError, *FAULTS) as error:
        return damage_reason(error)


def _told(
    tags: Tags, technical: dict[str, Any], chunks: Mapping[Any, Any] = _NOTHING
) -> Description:
    """By the tags, by the text chunks of a PNG where they are silent, and by the picture."""
    fields: dict[str, Callable[[Tags], Any]] = {
        "taken": _taken,
        "camera": _camera,
        "lens": _lens,
        "exposure": _exposure,
        "place": _place,
        "software": lambda tags: tags.text(ExifTags.Base.Software, b"xmp:CreatorTool"),
        "author": lambda tags: tags.text(ExifTags.Base.Artist, b"dc:creator"),
        "title": _title,
        "keywords": _keywords,
        "rating": _rating,
    }
    found = {name: safely(partial(tell, tags)) for name, tell in fields.items()}
    for name in ("software", "author", "title"):
        found[name] = found[name] or text_of(chunks.get(name.title()))
    told = {name: _cut(value) for name, value in (found | technical).items()}
    return Description(**{name: value for name, value in told.items() if value not in {"", None}})


def _technical(picture: Image.Image, stream: IO[bytes], tags: Tags) -> dict[str, Any]:
    """What is told by the picture rather than by tags."""
    frames = safely(lambda: count_frames(picture))
    return {
        "depth": safely(lambda: _depth(picture, stream)),
        "profile": safely(lambda: _profile(picture, tags)),
        "frames": frames if frames is not None and frames > 1 else None,
    }


def _taken(tags: Tags) -> str:
    base = ExifTags.Base
    for date, offset, fraction in (
        (base.DateTimeOriginal, base.OffsetTimeOriginal, base.SubsecTimeOriginal),
        (base.DateTimeDigitized, base.OffsetTimeDigitized, base.SubsecTimeDigitized),
    ):
        found = _DATE.match(text_of(tags.value(date)))
        if found and int(found[1]):
            digits = re.match("[0-9]{1,6}", text_of(tags.value(fraction)))
            zone = _OFFSET.fullmatch(text_of(tags.value(offset)))
            return _moment(found, digits[0] if digits else "") + (f" {zone[0]}" if zone else "")
    for name in (b"exif:DateTimeOriginal", b"photoshop:DateCreated"):
        found = _DATE.match(text := tags.xmp(name))
        if found and int(found[1]):
            zone = _OFFSET.search(text, found.end())
            return _moment(found, "") + (f" {zone[0]}" if zone else "")
    return ""


def _moment(found: re.Match[str], fraction: str) -> str:
    year, month, day, hour, minute, second = found.groups()
    if hour is None:
        return f"{year}-{month}-{day}"
    if second is None:
        return f"{year}-{month}-{day} {hour}:{minute}"
    return f"{year}-{month}-{day} {hour}:{minute}:{second}" + (f".{fraction}" if fraction else "")


def _camera(tags: Tags) -> str:
    maker = tags.text(ExifTags.Base.Make, b"tiff:Make")
    model = tags.text(ExifTags.Base.Model, b"tiff:Model")
    # Most models begin with their maker: "Canon EOS R5", and NIKON CORPORATION's "NIKON D850".
    known = maker.split(" ")[0].lower() in model.lower()
    return model if known else f"{maker} {model}".strip()


def _lens(tags: Tags) -> str:
    name = tags.text(ExifTags.Base.LensModel, b"aux:Lens", b"exifEX:LensModel")
    if name:
        return name
    values = tags.value(ExifTags.Base.LensSpecification)
    nearest, farthest, wide, tele = map(number_of, values) if values else (None,) * 4
    if nearest is None:
        return ""
    words = f"{_range(nearest, farthest)} mm"
    return words if wide is None else f"{words} f/{_range(wide, tele)}"


def _exposure(tags: Tags) -> str:
    base = ExifTags.Base
    time, aperture = tags.number(base.ExposureTime), tags.number(base.FNumber)
    speed = tags.value(base.ISOSpeedRatings)
    speed = number_of(speed[0] if isinstance(speed, tuple) else speed)
    length, alike = tags.number(base.FocalLength), tags.number(base.FocalLengthIn35mmFilm)
    parts = []
    if time is not None:
        parts.append(f"1/{round(1 / time)} s" if time < 0.3 else f"{_short(time)} s")  # noqa: PLR2004
    if aperture is not None:
        parts.append(f"f/{_short(aperture)}")
    if speed is not None:
        parts.append(f"ISO {_short(speed)}")
    if length is not None:
        film = "" if alike is None else f" ({_short(alike)} mm on 35 mm film)"
        parts.append(f"{_short(length)} mm{film}")
    return ", ".join(parts)


def _place(tags: Tags) -> str:
    gps, place = ExifTags.GPS, tags.place
    north = _degrees(place.get(gps.GPSLatitude), place.get(gps.GPSLatitudeRef), "S", 90)
    east = _degrees(place.get(gps.GPSLongitude), place.get(gps.GPSLongitudeRef), "W", 180)
    if north is None or east is None:
        north = _xmp_degrees(tags.xmp(b"exif:GPSLatitude"), 90)
        east = _xmp_degrees(tags.xmp(b"exif:GPSLongitude"), 180)
        return "" if north is None or east is None else f"{north:.5f}, {east:.5f}"
    height = number_of(place.get(gps.GPSAltitude))
    below = place.get(gps.GPSAltitudeRef) in {1, b"\x01"}
    above = "" if height is None else f", {'-' if below else ''}{height:.0f} m"
    return f"{north:.5f}, {east:.5f}{above}"


def _degrees(parts: Any, side: Any, negative: str, most: int) -> float | None:  # noqa: ANN401
    degrees, minutes, seconds = (float(part) for part in parts) if parts else (math.nan,) * 3
    value = degrees + minutes / 60 + (0 if math.isnan(seconds) else seconds) / 3600
    if not 0 <= value <= most:  # holds for nan, too
        return None
    return -value if text_of(side).upper() == negative else value


def _xmp_degrees(text: str, most: int) -> float | None:
    found = _XMP_DEGREES.fullmatch(text)
    if found is None:
        return None
    value = int(found[1]) + float(found[2]) / 60 + float(found[3] or 0) / 3600
    return (-value if found[4] in "SW" else value) if value <= most else None


def _title(tags: Tags) -> str:
    own = _windows_text(tags, _XP_TITLE)
    return own or tags.text(ExifTags.Base.ImageDescription, b"dc:title", b"dc:description")


def _keywords(tags: Tags) -> str:
    written = _windows_text(tags, _XP_KEYWORDS).split(";")
    told = tags.xmp_list(b"dc:subject") or [one.strip() for one in written]
    return ", ".join(one for one in dict.fromkeys(told) if one)


def _windows_text(tags: Tags, tag: int) -> str:
    """Of Windows' own tags, which are UTF-16."""
    value = tags.value(tag)
    return text_of(value.decode("utf-16-le", "replace")) if isinstance(value, bytes) else ""


def _rating(tags: Tags) -> int | None:
    stars = tags.value(_RATING)
    if not isinstance(stars, int):
        text = tags.xmp(b"xmp:Rating")
        stars = int(text) if re.fullmatch("-1|[0-5]", text) else None
    return stars if stars in _STARS else None


def _depth(picture: Image.Image, stream: IO[bytes]) -> str:
    bits = bits_of(picture, stream)
    channels = _CHANNELS.get(picture.mode, picture.mode)
    return channels if bits is None else f"{bits} bit{'' if bits == 1 else 's'}: {channels}"


def _profile(picture: Image.Image, tags: Tags) -> str:
    profile = colour_profile(picture)
    if profile:
        try:
            opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return text_of(ImageCms.getProfileDescription(opened)) or "without a name"
        except (ImageCms.PyCMSError, *FAULTS):
            return "damaged"
    if "srgb" in picture.info or tags.value(ExifTags.Base.ColorSpace) == 1:
        return "sRGB, as its tags say"
    return ""


def _cut(value: Any) -> Any:  # noqa: ANN401
    long = isinstance(value, str) and len(value) > WORDS_MAX
    return f"{value[: WORDS_MAX - 1]}…" if long else value


def _short(value: float) -> str:
    return f"{value:.4g}" if value < 1000 else f"{value:.0f}"  # noqa: PLR2004


def _range(first: float, last: float | None) -> str:
    return _short(first) if last in {None, first} else f"{_short(first)} to {_short(last or first)}"
