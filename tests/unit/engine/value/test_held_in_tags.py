"""What tags of EXIF and TIFF hold where nobody looks for it, and what their numbers mean."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from harness.containers import Entry, jpeg_with, short_entry, text_entry, tiff_of
from harness.pictures import photo, record

WORDS = "Über allen Gipfeln".encode("utf-16-le")
GDAL = b"GDAL_STRUCTURAL_METADATA_SIZE=000012 bytes\nLAYOUT=IFDS\n"
GREY = np.asarray(photo(80, 60).convert("L"))
DEEP = GREY.astype("<u2") * 257
FLOATS = GREY.astype("<f4")


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
        *(
            short_entry(256, width),
            short_entry(257, height),
            short_entry(258, 8 * picture.itemsize),
        ),
        *(short_entry(259, 1), short_entry(262, 1), short_entry(277, 1), short_entry(278, height)),
        *((273, 4, 1, b"here"), (279, 4, 1, struct.pack("<I", len(content)))),
    ]
    made = tiff_of(list({entry[0]: entry for entry in [*usual, *more]}.values()))
    made = made[:-12]  # room for one more tag
    return made.replace(b"here", struct.pack("<I", len(made) + len(gap))) + gap + content


def with_small(*more: Entry) -> bytes:
    """A page, and below it a smaller picture without pixels, with more tags."""
    small = [short_entry(256, 40), short_entry(257, 30), (254, 4, 1, b"\1\0\0\0"), *more]
    return tiff_of([short_entry(256, 80), short_entry(257, 60)], small, below=1)


HELD = {
    "an editor without a photographer": (
        in_exif(text_entry(33432, b" \0Oma, 1931\0")),
        "author or copyright",
    ),
    "an editor of two lines": (
        in_exif(text_entry(33432, b"Opa\0Oma\nof Linz\0")),
        "2 names of author or copyright",
    ),
    "a date in words behind a zero": (
        in_exif(text_entry(0x9003, b"\0summer of 1984\0"), below=(34665,)),
        "the date taken",
    ),
    "a caption behind a zero": (in_exif(text_entry(270, b"\0Oma\0")), "the caption 'Oma'"),
    "a caption of numbers": (in_exif(short_entry(270, 79, 109, 97)), "a technical detail"),
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
        page(GREY, text_entry(270, b"x" * (1 << 20) + b" Oma")),
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
        in_exif(text_entry(1, b"R98\0"), raw(9, b"Oma of Linz"), below=(34665, 40965)),
        "a property (TIFF tag 9)",
    ),
    "a place in words": (
        in_exif(text_entry(2, b"48.1374\0"), text_entry(4, b"11.5755\0"), below=(34853,)),
        "2 places",
    ),
    "a caption of a small picture": (with_small(text_entry(270, b"Oma\0")), "the caption 'Oma'"),
}

WORTHLESS = {
    "padding of Windows": in_exif(raw(0xEA1C, b"\x1c\xea\0\0\0\x08" + bytes(2000)), below=(34665,)),
    "the same by GIMP": in_exif(text_entry(0xEA1C, b"28 234 0 0 0 8" + b" 0" * 2000 + b"\0")),
    "zeros and blanks": in_exif(text_entry(33432, b" \0 \0\0")),
    "rubbish behind an empty caption": in_exif(text_entry(270, b"\0\1\2\3Q\x1b\0")),
    "what GDAL says of its layout": page(GREY, gap=GDAL),
    "what DNG says of a preview": with_small(text_entry(50966, b"Lightroom\0")),
    "curves of many tones": page(GREY, short_entry(301, *range(0, 65536, 256))),
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
        (DEEP, short_entry(262, 0)),
        (FLOATS, short_entry(262, 0)),
        (GREY, short_entry(339, 2)),
        (GREY, short_entry(332, 2)),
        (GREY, short_entry(280, 16)),
        (GREY, short_entry(281, 235)),
        (GREY, short_entry(291, *range(2000, 1744, -1))),
    ],
    ids=["16 bits", "floats", "signed", "inks", "least", "most", "curve"],
)
def test_numbers_that_mean_something_else_make_another_picture(walk, tmp_path, picture, tag):
    usual = [short_entry(339, 3)] if picture.dtype.kind == "f" else []
    rich, plain = tmp_path / "rich.tif", tmp_path / "plain.tif"
    rich.write_bytes(page(picture, *usual, tag))
    plain.write_bytes(page(picture, *usual))
    assert walk(rich.read_bytes()).shown != walk(plain.read_bytes()).shown == b""
    if tag[0] != 339:  # which Pillow may decode otherwise by itself
        assert record(rich).pixel_digest != record(plain).pixel_digest


@pytest.mark.parametrize(
    "tag",
    [
        short_entry(262, 0),
        short_entry(339, 1),
        short_entry(332, 1),
        short_entry(280, 0),
        short_entry(281, 255),
    ],
    ids=["8 bits are inverted", "unsigned", "CMYK", "least", "most"],
)
def test_saying_the_usual_is_as_saying_nothing(walk, tag):
    assert walk(page(GREY, tag)).shown == b""


def test_curves_count_up_to_their_end(walk):
    tones = [40_000 + tone for tone in range(768)]
    one, other = (page(GREY, short_entry(301, *tones[:-1], last)) for last in (1, 2))
    assert walk(one).shown != walk(other).shown


@pytest.mark.parametrize(("low", "usual"), [(0, True), (9, True), (200, False)])
def test_colours_of_a_palette_count_in_sixteen_bits(walk, low, usual):
    # Programs store the 8 bits of 9 as 9 * 256 or as 9 * 257.
    made = page(GREY, short_entry(262, 3), short_entry(320, *[9 * 256 + low] * 768))
    assert (walk(made).shown == b"") is usual


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (short_entry(262, 0), short_entry(262, 1)),
        (short_entry(281, 4095), short_entry(281, 1000)),
        (short_entry(342, 0, 255), short_entry(342, 0, 235)),
    ],
    ids=["white", "most", "range"],
)
def test_what_numbers_mean_is_asked_of_every_page(walk, one, other):
    size = [short_entry(256, 80), short_entry(257, 60), short_entry(258, 16)]
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
    plain = [short_entry(256, 80), short_entry(257, 60)]
    fax = [(tag, 5, 1, struct.pack("<II", dots, 1)) for tag, dots in ((282, 204), (283, 98))]
    assert walk(tiff_of(plain, plain)).shown == b""
    assert walk(tiff_of(plain, [*plain, *fax])).shown.startswith(b"aspect 1=2.08")
