"""What the tags of EXIF and TIFF mean: captions, dates, places, and how the picture is shown."""

from __future__ import annotations

from typing import Final

from difd.digests import digest_of
from difd.engine.read.value import nested
from difd.engine.read.value.holdings import Holdings, decoded, plain_text, size_words
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.tiff_values import TEXT_MAX, Value, spoken, whole_numbers
from difd.engine.read.value.worthless import (
    EXIF_TAGS,
    GPS_TAGS,
    LAYOUT_TAGS,
    is_camera_caption,
    is_encoder_comment,
    is_padding,
)

_TEXTS: Final = {
    269: Kind.TITLE,
    270: Kind.CAPTION,
    271: Kind.CAMERA,
    272: Kind.CAMERA,
    285: Kind.TITLE,
    315: Kind.AUTHOR,
    33432: Kind.AUTHOR,
    0xA430: Kind.AUTHOR,
    0xA436: Kind.TITLE,
    0xA437: Kind.AUTHOR,
}
"""Tags that are texts. (Owner of the camera and photographer are authors.)"""

_WIDE_TEXTS: Final = {
    0x9C9B: Kind.TITLE,
    0x9C9C: Kind.COMMENT,
    0x9C9D: Kind.AUTHOR,
    0x9C9E: Kind.KEYWORD,
    0x9C9F: Kind.TITLE,
}
"""Windows' own tags, in UTF-16."""

_RATING, _RATING_PERCENT = 0x4746, 0x4749
_CHANGED: Final = 306
_CHANGED_RANK: Final = 8
_CAMERA, _PROGRAM = (271, 272), (11, 305)
_DATES: Final = {0x9003: 0, 0x9004: 1}
_USER_COMMENT: Final = 0x9286
_FILLING: Final = 0xEA1C
_FILLING_HEAD: Final = 16
"""Bytes in which Windows says that this is filling, and how long it is."""
_MAKER_NOTE: Final = 0x927C
_COLOUR_SPACE, _GAMMA = 0xA001, 0xA500

_GEO: Final = {
    33550: "scale",
    33922: "points",
    34264: "matrix",
    34735: "keys",
    34736: "",
    34737: "",
}
_IMAGEJ: Final = (50838, 50839)
_OWN_MIN: Final = 1000
"""A value of an unknown tag of so many bytes is data, a smaller one a property."""

_ENCODINGS: Final = {b"ASCII\0\0\0": "latin-1", b"JIS\0\0\0\0\0": "iso2022_jp"}

_SRGB_WHITE: Final = (0.3127, 0.3290)
_SRGB_PRIMARIES: Final = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_NEAR: Final = 0.002

_USUAL_BLACK_WHITE: Final = (
    [0.0, 255.0, 0.0, 255.0, 0.0, 255.0],
    [0.0, 255.0, 128.0, 255.0, 128.0, 255.0],
)
"""Of RGB, and of luma and chroma."""

_USUALLY: Final = {339: {1, 3, 4}, 332: {1}, 280: {0}}
"""Sample format (unsigned, floating, not told), inks (CMYK), the least number."""

_LUMA: Final = (0.299, 0.587, 0.114)

_PALETTE: Final = 3
_COLOURS_MAX: Final = 3 << 16

_SQUARE: Final = 0.01
"""Densities whose ratio is so near to 1 are meant to be equal."""


def take_main(tag: int, value: Value, holdings: Holdings) -> None:
    """Take in a tag of a TIFF's directory."""
    match tag:
        case 700:
            nested.take_xmp(value.content(), holdings)
        case 33723:
            nested.take_iptc(value.content(), holdings)
        case 34377:
            nested.take_photoshop(value.content(), holdings)
        case 37724:
            holdings.add(Kind.LAYERS, "37724", value.pieces(), size_words(value.size))
        case _ if tag in _GEO:
            holdings.add(Kind.PLACE, f"geo {tag}", value.canonical())
        case _ if tag in _IMAGEJ:
            holdings.add(Kind.SOURCE, f"imagej {tag}", value.pieces(), "of ImageJ")
        case _:
            _take(tag, value, holdings, "tiff")


def take_photo(tag: int, value: Value, holdings: Holdings) -> None:
    """Take in a tag of EXIF's own directory."""
    if tag == _MAKER_NOTE:
        if not is_padding(value.content()):
            holdings.add(Kind.TECHNICAL, "maker", value.pieces())
    elif tag not in LAYOUT_TAGS:
        _take(tag, value, holdings, "exif")


def take_substitutes(values: dict[int, Value], holdings: Holdings) -> None:
    """Take in what stands for something that is missing: a rating in per cent, a date of change.

    Scanners and old cameras tell no other date. Where a program wrote it, it is not theirs.

    Args:
        values: of the main directory, whose other directories are taken in already.
        holdings: takes them.
    """
    if _RATING_PERCENT in values and not (_RATING in values and any(values[_RATING].numbers(1))):
        percent = values[_RATING_PERCENT].numbers(1)
        if any(percent):
            holdings.add(Kind.RATING, "per cent", str(percent[0]).encode())
    if _CHANGED in values and not holdings.taken:
        by_camera = any(tag in values for tag in _CAMERA)
        if by_camera or not any(tag in values for tag in _PROGRAM):
            holdings.date(_CHANGED_RANK, values[_CHANGED].text())


def _take(tag: int, value: Value, holdings: Holdings, place: str) -> None:  # noqa: C901  a list
    if _is_worthless(tag, value) or tag == _RATING_PERCENT:
        return
    if tag in _DATES:
        holdings.date(_DATES[tag], " ".join(value.texts()[:1]))
    elif tag == _RATING:
        if any(value.numbers(1)):
            holdings.add(Kind.RATING, "", str(value.numbers(1)[0]).encode())
    elif value.size > TEXT_MAX and (tag in _TEXTS or tag in _WIDE_TEXTS or tag == _USER_COMMENT):
        take_private(tag, value, holdings)
    elif tag in _TEXTS and value.is_text:
        for text in value.texts():
            if not (_TEXTS[tag] is Kind.CAPTION and is_camera_caption(plain_text(text))):
                take_text(_TEXTS[tag], text, holdings)
    elif tag in _WIDE_TEXTS:
        _take_wide(tag, value, holdings)
    elif tag == _USER_COMMENT:
        _take_comments(value, holdings)
    elif tag >= 0x8000 and place == "tiff" and tag not in _PHOTO_TAGS:  # noqa: PLR2004  private tags
        take_private(tag, value, holdings)
    elif not is_padding(value.content(1 << 16)) or value.canonical().strip(b"0 "):
        holdings.add(Kind.TECHNICAL, f"{tag}", value.canonical())


def _is_worthless(tag: int, value: Value) -> bool:
    if tag == _FILLING:
        return not value.content()[_FILLING_HEAD:].strip(b"\0 0")  # GIMP has it as "0 0 0 …"
    return tag in EXIF_TAGS or not value.size


def _take_wide(tag: int, value: Value, holdings: Holdings) -> None:
    """Take in a text of Windows; its keywords have semicolons between them."""
    kind = _WIDE_TEXTS[tag]
    for text in spoken(value.content().decode("utf-16-le", "replace").split("\0")):
        for word in text.split(";") if kind is Kind.KEYWORD else [text]:
            holdings.add_text(kind, word)


_PHOTO_TAGS: Final = frozenset(
    {*range(0x829A, 0x82A0), *range(0x8822, 0x8840), *range(0x9000, 0xA500)}
)
"""EXIF's own tags: technical ones, wherever they stand."""


def take_private(tag: int, value: Value, holdings: Holdings) -> None:
    """Take in a tag whose meaning is not known."""
    if value.size >= _OWN_MIN:
        holdings.add(Kind.DATA, f"{tag}", value.pieces(), size_words(value.size))
    elif not is_padding(value.content()):
        holdings.add(Kind.OTHER, f"{tag}", value.canonical(), f"TIFF tag {tag}")


def take_text(kind: Kind, text: str, holdings: Holdings) -> None:
    """Take in a text, if it is not an encoder's name."""
    if not is_encoder_comment(text):
        holdings.add_text(kind, text)


def take_again(tag: int, value: Value, first: Value, holdings: Holdings) -> None:
    """Take in a tag that stands in its table twice, if it does not say the same."""
    if value.canonical() != first.canonical():
        holdings.add(Kind.OTHER, f"again {tag}", value.canonical(), f"TIFF tag {tag}")


def _take_comments(value: Value, holdings: Holdings) -> None:
    for text in spoken(_user_comment(value).split("\0")):
        take_text(Kind.COMMENT, text, holdings)


def _user_comment(value: Value) -> str:
    content = value.content(1 << 20)
    if value.kind == 2 or len(content) < 8:  # noqa: PLR2004  a text, against the standard
        return decoded(content)
    code, text = content[:8], content[8:]
    if code == b"UNICODE\0":
        big = value.order == ">" or text[:1] == b"\0"
        return text.decode("utf-16-be" if big else "utf-16-le", "replace")
    if code in _ENCODINGS or not code.strip(b"\0"):
        plain = text.strip(b"\0 ")
        return plain.decode(_ENCODINGS[code], "replace") if code[:1] == b"J" else decoded(plain)
    return decoded(content)


def take_place(values: dict[int, Value], holdings: Holdings) -> None:
    """Take in where the picture was taken."""
    try:
        latitude = _degrees(values[2], values.get(1))
        longitude = _degrees(values[4], values.get(3))
    except (ValueError, OverflowError, KeyError):
        for tag in (2, 4):
            if tag in values and values[tag].canonical().strip(b"0 nai\0"):  # no numbers
                holdings.add(Kind.PLACE, f"gps {tag}", values[tag].canonical())
    else:
        if latitude or longitude:
            # To a metre: XMP counts in minutes, EXIF in seconds.
            place = f"{latitude:.5f} {longitude:.5f}"
            holdings.add(Kind.PLACE, "", place.encode())
    for tag, value in values.items():
        if tag not in GPS_TAGS and tag > 4 and value.canonical().strip(b"0 \0"):  # noqa: PLR2004
            holdings.add(Kind.TECHNICAL, f"gps {tag}", value.canonical())


def _degrees(value: Value, reference: Value | None) -> float:
    parts = [float(one) for one in value.numbers(3)]
    if not parts:
        raise ValueError
    degrees: float = sum(part / 60**place for place, part in enumerate(parts))
    if degrees != degrees:  # noqa: PLR0124  not a number
        raise ValueError
    return -degrees if reference is not None and reference.text()[:1] in "SW" else degrees


def show_aspect(values: dict[int, Value], holdings: Holdings, page: int = 0) -> None:
    """Note that the pixels of a page are not square."""
    found = [value.numbers(1) for value in (values.get(282), values.get(283)) if value]
    if len(found) == 2 and all(found):  # noqa: PLR2004  two directions
        name = f"aspect {page}" if page else "aspect"
        across, down = float(found[0][0]), float(found[1][0])
        note_aspect(across, down, holdings, _orientation(values), name)


def _orientation(values: dict[int, Value]) -> str:
    value = values.get(274)
    return str(value.numbers(1)[:1]) if value else ""


def note_aspect(
    across: float, down: float, holdings: Holdings, turn: str = "", name: str = "aspect"
) -> None:
    """Note densities that differ: such a picture is shown stretched."""
    if across > 0 and down > 0 and abs(across / down - 1) > _SQUARE:
        holdings.show(name, f"{across / down:.2f} {turn}")


def show_colours(values: dict[int, Value], holdings: Holdings, page: int = 0) -> None:
    """Note a white point, primaries or a curve of a page that are not sRGB's."""
    for tag, usual in ((318, _SRGB_WHITE), (319, _SRGB_PRIMARIES)):
        value = values.get(tag)
        if value is None:
            continue
        numbers = [float(one) for one in value.numbers(6)]
        if len(numbers) != len(usual) or any(
            not abs(one - other) < _NEAR for one, other in zip(numbers, usual, strict=True)
        ):
            _show_tag(tag, value, holdings, page)
    if 532 in values:  # noqa: PLR2004  what counts as black and white
        numbers = [float(one) for one in values[532].numbers(6)]
        if numbers not in _USUAL_BLACK_WHITE:
            _show_tag(532, values[532], holdings, page)
    for tag in (301, 342):
        if tag in values:
            _show_tag(tag, values[tag], holdings, page)


def _show_tag(tag: int, value: Value, holdings: Holdings, page: int) -> None:
    """Note what a tag of a page says, all of it: curves are long."""
    name = f"tiff {tag} {page}" if page else f"tiff {tag}"
    holdings.show(name, digest_of(value.canonical()).hex())


def show_stored(values: dict[int, Value], holdings: Holdings, page: int = 0) -> None:
    """Note what stored numbers mean where they are decoded as if they meant what they mostly do.

    The brightest is 0; they have a sign, or are complex; their range is another; they are no CMYK;
    luma and chroma are weighed otherwise; a curve tells how dark each of them is; colours of a
    palette have 16 bits, of which 8 are decoded.
    """
    bits = max(whole_numbers(values.get(258), 8), default=1)
    light = whole_numbers(values.get(262), 1)
    if light == [0] and bits > 8:  # noqa: PLR2004  others are inverted
        _show_tag(262, values[262], holdings, page)
    for tag, usual in _USUALLY.items():
        value = values.get(tag)
        if value is not None and not set(whole_numbers(value, 64)) <= usual:
            _show_tag(tag, value, holdings, page)
    top = whole_numbers(values.get(281), 1)
    if top and top != [(1 << bits) - 1]:
        _show_tag(281, values[281], holdings, page)
    weights = [float(one) for one in values[529].numbers(3)] if 529 in values else []  # noqa: PLR2004
    if any(abs(one - other) > _NEAR for one, other in zip(weights, _LUMA, strict=False)):
        _show_tag(529, values[529], holdings, page)
    if 291 in values:  # noqa: PLR2004
        _show_tag(291, values[291], holdings, page)
    colours = whole_numbers(values.get(320), _COLOURS_MAX) if light == [_PALETTE] else []
    if any(one % 256 and one % 257 for one in colours):
        _show_tag(320, values[320], holdings, page)


def show_adobe(values: dict[int, Value], interop: dict[int, Value], holdings: Holdings) -> None:
    """Note Adobe RGB, which cameras tell by EXIF alone, and a gamma that is not the usual one."""
    space = values[_COLOUR_SPACE].numbers(1)[:1] if _COLOUR_SPACE in values else []
    index = interop[1].text() if 1 in interop else ""
    if space == [2] or (space == [0xFFFF] and index == "R03"):
        holdings.show("exif colours", "Adobe RGB")
    gamma = [float(one) for one in values[_GAMMA].numbers(1)] if _GAMMA in values else []
    if gamma and not abs(gamma[0] - 2.2) < 0.05:  # noqa: PLR2004  sRGB's, roughly
        holdings.show("exif gamma", f"{gamma[0]:.2f}")
