"""What the pages of a TIFF hold beside their pixels: inside of packed strips, and which page."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from harness.containers import Entry, encoded, jpeg_with, short_entry, text_entry, tiff_of
from harness.pictures import photo

from difd.engine.read.value.packed import in_words, lost
from difd.engine.read.value.survey import survey

KEY = b"secret" * 6
GREY = photo(80, 60).convert("L")
PIXELS = GREY.tobytes()
NOISE = bytes(range(1, 256)) * 8
DEFLATED = 8
JPEG = encoded("JPEG", GREY)
TABLES = b"\xff\xd8%s\xff\xd9"


def stored(strip: bytes, packing: int, *more: Entry) -> bytes:
    """A TIFF of one strip."""
    content = tiff_of(
        [
            *(
                short_entry(256, 80),
                short_entry(257, 60),
                short_entry(258, 8),
                short_entry(259, packing),
            ),
            *(short_entry(262, 1), short_entry(277, 1), short_entry(278, 60), *more),
            *((273, 4, 1, b"here"), (279, 4, 1, struct.pack("<I", len(strip)))),
        ]
    )
    return content.replace(b"here", struct.pack("<I", len(content))) + strip


def proven(content: bytes) -> str:
    """What is told when two files are compared in full."""
    found = survey(io.BytesIO(content), "TIFF", KEY)
    return in_words((item.kind, item.note) for item in found.items)


def tables(content: bytes) -> Entry:
    whole = TABLES % content
    return 347, 7, len(whole), whole


HELD = {
    "behind a deflated strip": (
        stored(zlib.compress(PIXELS) + NOISE, DEFLATED),
        "further data of 2 kB",
    ),
    "behind the pixels in a deflated strip": (
        stored(zlib.compress(PIXELS + NOISE * 90, 0), DEFLATED),
        "further data of",
    ),
    "in the place of a checksum": (
        stored(zlib.compress(PIXELS)[:-4] + NOISE, DEFLATED),
        "further data of",
    ),
    "a comment in a strip": (
        stored(jpeg_with((0xFE, b"Oma in Linz"), content=JPEG), 7),
        "the comment 'Oma in Linz'",
    ),
    "a segment in a strip": (
        stored(jpeg_with((0xE5, NOISE), content=JPEG), 7),
        "further data of 2 kB",
    ),
    "behind a strip": (stored(JPEG + NOISE, 7), "further data of 2 kB"),
    "a comment in the tables": (
        stored(JPEG, 7, tables(b"\xff\xfe\0\x05Oma")),
        "the comment 'Oma'",
    ),
}

WORTHLESS = {
    "deflated": stored(zlib.compress(PIXELS), DEFLATED),
    "deflated and filled up": stored(zlib.compress(PIXELS) + bytes(9), DEFLATED),
    "deflated in strips by others": encoded(
        "TIFF", photo(1023, 77), compression="tiff_adobe_deflate", strip_size=4096
    ),
    "JPEG": stored(JPEG + b"\0", 7),
    "JPEG by others": encoded("TIFF", photo(1023, 77), compression="jpeg"),
    "JPEG by an encoder that names itself": stored(
        jpeg_with((0xFE, b"LEAD Technologies Inc. V1.01"), content=JPEG), 7
    ),
    "tables": stored(JPEG, 7, tables(b"\xff\xdd\0\4\0\0")),
}


@pytest.mark.parametrize("name", HELD)
def test_what_no_decoder_reads_is_told(name):
    content, expected = HELD[name]
    assert proven(content).startswith(expected)


@pytest.mark.parametrize("name", WORTHLESS)
def test_what_nobody_would_miss_is_nothing(name):
    assert proven(WORTHLESS[name]) == ""


@pytest.mark.parametrize(("step", "told"), [(0, ""), (1, "further data")])
def test_strips_that_overlap_are_not_unpacked_a_thousand_times(step, told):
    bomb, count = zlib.compress(bytes(4 << 20)), 900
    sizes = [len(bomb) + step * number for number in range(count)]
    content = tiff_of(
        [
            *(
                short_entry(256, 2048),
                short_entry(257, 2048),
                short_entry(258, 8),
                short_entry(259, DEFLATED),
            ),
            *((273, 4, count, b"here" * count), short_entry(278, 2048)),
            (279, 4, count, struct.pack(f"<{count}I", *sizes)),
        ]
    )
    behind = bytes(step * count)
    assert proven(content.replace(b"here", struct.pack("<I", len(content))) + bomb + behind) == told


def pages(*captions: str) -> bytes:
    """A TIFF whose pages have captions; empty: none."""
    size = [short_entry(256, 80), short_entry(257, 60)]
    tagged = [
        [*size, text_entry(270, text.encode() + b"\0")] if text else size for text in captions
    ]
    return tiff_of(*tagged)


@pytest.mark.parametrize("key", [b"", KEY], ids=["search", "proof"])
@pytest.mark.parametrize(
    ("removal", "keeper"),
    [(("Anna", "Bob"), ("Bob", "Anna")), (("", "Bob"), ("Bob", "")), (("Bob", ""), ("", "Bob"))],
    ids=["exchanged", "moved to the first", "moved to the second"],
)
def test_a_caption_belongs_to_its_page(key, removal, keeper):
    one, other = (survey(io.BytesIO(pages(*texts)), "TIFF", key) for texts in (removal, keeper))
    assert "caption" in lost(one.value, other.value)


def test_what_every_page_says_is_said_by_the_first():
    often, once = (
        survey(io.BytesIO(pages(*texts)), "TIFF") for texts in (("Anna",) * 3, ("Anna", "", ""))
    )
    assert often.items == once.items
