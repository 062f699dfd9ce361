"""What tags of EXIF and TIFF hold where nobody looks for it, and what their numbers mean."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from harness.containers import jpeg_with, tiff_of
from harness.pictures import photo, record

WORDS = "Über allen Gipfeln".encode("utf-16-le")
GDAL = b"GDAL_STRUCTURAL_METADATA_SIZE=000012 bytes\nLAYOUT=IFDS\n"
GREY = np.asarray(photo(80, 60).convert("L"))
DEEP = GREY.astype("<u2") * 257
FLOATS = GREY.astype("<f4")

Entry = tuple[int, int, int, bytes]
"""Tag, type, count, value."""


def text(tag: int, content: bytes) -> Entry:
    return tag, 2, len(content), content


def shorts(tag: int, *numbers: int) -> Entry:
    return tag, 3, len(numbers), struct.pack(f"<{len(numbers)}H", *numbers)


def raw(tag: int, content: bytes) -> Entry:
    return tag, 7, len(content), content


def in_exif(*entries: Entry, below: tuple[int, ...] = ()) -> bytes:
    """A JPEG whose EXIF has these tags in its first directory, or below some tags that point."""
    tables = [[(tag, 4, 1, b"next")] for tag in below]
    content = tiff_of(*tables, list(entries))
    # Each directory is where the chain says it is; the pointers are to say the same.
    at = 8
    for _ in below:
        (following,) = struct.unpack_from("<I", content, at + 2 + 12)
        content = content.replace(b"next", struct.pack("<I", following), 1)
        at = following
    return jpeg_with((0xE1, b"Exif\0\0" + content))


def page(picture: np.ndarray[Any, Any], *more: Entry, gap: bytes = b"") -> bytes:
    """An uncompressed TIFF of one channel, with more tags, and something before its pixels."""
    height, width = picture.shape
    content = picture.tobytes()
    usual = [
        *(shorts(256, width), shorts(257, height), shorts(258, 8 * picture.itemsize)),
        *(shorts(259, 1), shorts(262, 1), shorts(277, 1), shorts(278, height)),
        *((273, 4, 1, b"here"), (279, 4, 1, struct.pack("<I", len(content)))),
    ]
    made = tiff_of(list({entry[0]: entry for entry in [*usual, *more]}.values()))
    made = made[:-12]  # room for one more tag
    return made.replace(b"here", struct.pack("<I", len(made) + len(gap))) + gap + content


def with_small(*more: Entry) -> bytes:
    """A page, and below it a smaller picture without pixels, with more tags."""
    small = [shorts(256, 40), shorts(257, 30), (254, 4, 1, b"\1\0\0\0"), *more]
    return tiff_of([shorts(256, 80), shorts(257, 60)], small, below=1)


HELD = {
    "an editor without a photographer": (
        in_exif(text(33432, b" \0Oma, 1931\0")),
        "author or copyright",
    ),
    "an editor of two lines": (
        in_exif(text(33432, b"Opa\0Oma\nof Linz\0")),
        "2 names of author or copyright",
    ),
    "a date in words behind a zero": (
        in_exif(text(0x9003, b"\0summer of 1984\0"), below=(34665,)),
        "the date taken",
    ),
    "a caption behind a zero": (in_exif(text(270, b"\0Oma\0")), "the caption 'Oma'"),
    "a caption of numbers": (in_exif(shorts(270, 79, 109, 97)), "a technical detail"),
    "a title of Windows behind a zero": (
        in_exif((0x9C9B, 1, len(WORDS) + 2, b"\0\0" + WORDS)),
        "the title 'Über allen Gipfeln'",
    ),
    "a comment behind a zero": (
        in_exif(raw(0x9286, b"ASCII\0\0\0Opa\0Oma"), below=(34665,)),
        "2 comments",
    ),
    "a comment before rubbish": (
        in_exif(raw(0x9286, b"ASCII\0\0\0Opa\0\1\2\3Q\x1b"), below=(34665,)),
        "the comment 'Opa'",
    ),
    "a text of a megabyte and more": (
        page(GREY, text(270, b"x" * (1 << 20) + b" Oma")),
        "further data of 1 MB",
    ),
    "data in the place of padding": (
        in_exif(raw(0xEA1C, b"Oma and Opa " * 9), below=(34665,)),
        "a technical detail",
    ),
    "data in a tag of the layout": (page(GREY, raw(326, b"Oma " * 300)), "further data of 1 kB"),
    "a picture in EXIF's first directory": (
        jpeg_with((0xE1, b"Exif\0\0" + page(GREY))),
        "a technical detail",
    ),
    "behind what GDAL says of its layout": (
        page(GREY, gap=GDAL + b"Oma " * 100),
        "further data of 400 bytes",
    ),
    "a tag of nobody's beside the one for colours": (
        in_exif(text(1, b"R98\0"), raw(9, b"Oma of Linz"), below=(34665, 40965)),
        "a property (TIFF tag 9)",
    ),
    "a place in words": (
        in_exif(text(2, b"48.1374\0"), text(4, b"11.5755\0"), below=(34853,)),
        "2 places",
    ),
    "a caption of a small picture": (with_small(text(270, b"Oma\0")), "the caption 'Oma'"),
}

WORTHLESS = {
    "padding of Windows": in_exif(raw(0xEA1C, b"\x1c\xea\0\0\0\x08" + bytes(2000)), below=(34665,)),
    "the same by GIMP": in_exif(text(0xEA1C, b"28 234 0 0 0 8" + b" 0" * 2000 + b"\0")),
    "zeros and blanks": in_exif(text(33432, b" \0 \0\0")),
    "rubbish behind an empty caption": in_exif(text(270, b"\0\1\2\3Q\x1b\0")),
    "what GDAL says of its layout": page(GREY, gap=GDAL),
    "what DNG says of a preview": with_small(text(50966, b"Lightroom\0")),
    "curves of many tones": page(GREY, shorts(301, *range(0, 65536, 256))),
}


@pytest.mark.parametrize("name", HELD)
def test_what_would_be_missed_is_told(words, name):
    content, expected = HELD[name]
    assert words(content).startswith(expected)


@pytest.mark.parametrize("name", WORTHLESS)
def test_what_nobody_would_miss_is_nothing(words, name):
    assert words(WORTHLESS[name]) == ""


@pytest.mark.parametrize(
    ("picture", "tag"),
    [
        (DEEP, shorts(262, 0)),
        (FLOATS, shorts(262, 0)),
        (GREY, shorts(339, 2)),
        (GREY, shorts(332, 2)),
        (GREY, shorts(280, 16)),
        (GREY, shorts(281, 235)),
        (GREY, shorts(291, *range(2000, 1744, -1))),
    ],
    ids=["16 bits", "floats", "signed", "inks", "least", "most", "curve"],
)
def test_numbers_that_mean_something_else_make_another_picture(walk, tmp_path, picture, tag):
    usual = [shorts(339, 3)] if picture.dtype.kind == "f" else []
    rich, plain = tmp_path / "rich.tif", tmp_path / "plain.tif"
    rich.write_bytes(page(picture, *usual, tag))
    plain.write_bytes(page(picture, *usual))
    assert walk(rich.read_bytes()).shown != walk(plain.read_bytes()).shown == b""
    if tag[0] != 339:  # which Pillow may decode otherwise by itself
        assert record(rich).pixel_digest != record(plain).pixel_digest


@pytest.mark.parametrize(
    "tag",
    [shorts(262, 0), shorts(339, 1), shorts(332, 1), shorts(280, 0), shorts(281, 255)],
    ids=["8 bits are inverted", "unsigned", "CMYK", "least", "most"],
)
def test_saying_the_usual_is_as_saying_nothing(walk, tag):
    assert walk(page(GREY, tag)).shown == b""


def test_curves_count_up_to_their_end(walk):
    tones = [40_000 + tone for tone in range(768)]
    one, other = (page(GREY, shorts(301, *tones[:-1], last)) for last in (1, 2))
    assert walk(one).shown != walk(other).shown


@pytest.mark.parametrize(("low", "usual"), [(0, True), (9, True), (200, False)])
def test_colours_of_a_palette_count_in_sixteen_bits(walk, low, usual):
    # Programs store the 8 bits of 9 as 9 * 256 or as 9 * 257.
    made = page(GREY, shorts(262, 3), shorts(320, *[9 * 256 + low] * 768))
    assert (walk(made).shown == b"") is usual


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (shorts(262, 0), shorts(262, 1)),
        (shorts(281, 4095), shorts(281, 1000)),
        (shorts(342, 0, 255), shorts(342, 0, 235)),
    ],
    ids=["white", "most", "range"],
)
def test_what_numbers_mean_is_asked_of_every_page(walk, one, other):
    size = [shorts(256, 80), shorts(257, 60), shorts(258, 16)]
    swapped = [
        walk(tiff_of([*size, first], [*size, second])).shown
        for first, second in ((one, other), (other, one), (one, one))
    ]
    assert len(set(swapped)) == 3


def test_luma_that_is_weighed_otherwise_makes_another_picture(walk):
    def weighed(*parts: int) -> bytes:
        pairs = [number for part in parts for number in (part, 10_000)]
        return page(GREY, (529, 5, 3, struct.pack("<6I", *pairs)))

    assert walk(weighed(2126, 7152, 722)).shown
    assert walk(weighed(2990, 5870, 1140)).shown == b""


def test_a_second_page_that_is_shown_stretched_makes_another_picture(walk):
    plain = [shorts(256, 80), shorts(257, 60)]
    fax = [(tag, 5, 1, struct.pack("<II", dots, 1)) for tag, dots in ((282, 204), (283, 98))]
    assert walk(tiff_of(plain, plain)).shown == b""
    assert walk(tiff_of(plain, [*plain, *fax])).shown.startswith(b"aspect 1=2.08")
