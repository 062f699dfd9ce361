"""Whatever is in a file, a walk ends soon and raises nothing."""

from __future__ import annotations

import io
import random
import struct
import time
import zlib

import pytest
from harness.containers import (
    XMP_HEADING,
    encoded,
    iptc,
    jpeg_with,
    png_with,
    resource,
    tiff_with,
    webp_with,
    xmp,
)
from harness.pictures import photo
from PIL import Image

from difd.engine.read.value.packed import details, lost, worth
from difd.engine.read.value.survey import survey


def exif() -> bytes:
    made = Image.Exif()
    made[0x10E] = "a caption"
    made[0x8769] = {0x9003: "2019:01:01 10:00:00", 0x927C: b"maker"}
    made[0x8825] = {1: "N", 2: (48.0, 1.0, 2.0), 3: "E", 4: (11.0, 1.0, 2.0)}
    return made.tobytes()


SMALL = photo(12, 9)
FILES = {
    "jpeg": jpeg_with(
        (0xE1, exif()),
        (0xE1, XMP_HEADING + xmp("<dc:subject><rdf:Bag><rdf:li>a</rdf:li></rdf:Bag></dc:subject>")),
        (0xED, b"Photoshop 3.0\0" + resource(1028, iptc((120, b"text"))) + resource(1058, exif())),
        (0xE2, b"MPF\0II*\0\x08\0\0\0\1\0\2\xb0\7\0\x20\0\0\0\x1a\0\0\0\0\0\0\0" + bytes(32)),
        content=encoded("JPEG", SMALL),
    ),
    "png": png_with((b"eXIf", exif()[6:]), (b"zTXt", b"a\0\0x"), content=encoded("PNG", SMALL)),
    "gif": encoded("GIF", SMALL, comment=b"hello", save_all=True, append_images=[SMALL.rotate(90)]),
    "tiff": tiff_with({700: (1, xmp("", dc_title="x")), 65000: (2, "mine")}, picture=SMALL),
    "webp": webp_with((b"EXIF", exif()), (b"MYCH", b"1")),
    "bmp": encoded("BMP", SMALL),
    "ppm": encoded("PPM", SMALL),
    "qoi": encoded("QOI", SMALL),
    "tga": encoded("TGA", SMALL),
    "heif": encoded("HEIF", photo(64, 64), exif=exif()),
    "avif": encoded("AVIF", SMALL, exif=exif()),
    "avifs": encoded("AVIF", SMALL, save_all=True, append_images=[SMALL.rotate(90)]),
    "jp2": encoded("JPEG2000", SMALL),
    "jxl": encoded("JXL", SMALL, exif=exif()),
    "psd": b"8BPS\0\1"
    + bytes(20)
    + bytes(4)
    + struct.pack(">I", 30)
    + resource(1028, iptc((5, b"x")))
    + bytes(40),
}


def walked(content: bytes, kind: str = "") -> None:
    found = survey(io.BytesIO(content), kind)
    assert lost(found.value, found.value) == ""
    assert worth(found.value) >= 0 <= details(found.value)
    assert len(lost(found.value, b"")) < 160
    lost(found.value, b"").encode()


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_ends_anywhere_is_walked(name):
    content = FILES[name]
    step = max(1, len(content) // 1500)
    for end in range(0, len(content), step):
        walked(content[:end], {"ppm": "PPM", "tga": "TGA"}.get(name, ""))


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_any_changed_bits_is_walked(name):
    content = FILES[name]
    chance = random.Random(name)
    for _ in range(300):
        broken = bytearray(content)
        for _ in range(chance.randint(1, 8)):
            broken[chance.randrange(min(len(broken), 4000))] = chance.choice((0, 1, 0x7F, 0xFF))
        walked(bytes(broken), {"ppm": "PPM", "tga": "TGA"}.get(name, ""))


def tiff_pointing_at_itself() -> bytes:
    table = struct.pack("<H", 2000)
    table += b"".join(struct.pack("<HHII", 40_000 + n, 7, 200_000, 8) for n in range(2000))
    return b"II*\0\x08\0\0\0" + table + struct.pack("<I", 8) + bytes(200_000)


HOSTILE = {
    "a table that points at the same bytes": tiff_pointing_at_itself(),
    "a table of all tables": b"MM\0*" + struct.pack(">I", 8) + b"\xff\xff" * 60_000,
    "a big TIFF": b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) + b"\xff" * 90_000,
    "XMP that grows": jpeg_with(
        (
            0xE1,
            XMP_HEADING + b'<!DOCTYPE x [<!ENTITY a "aaaa">'
            b'<!ENTITY b "&a;&a;&a;&a;">]><x:xmpmeta>&b;</x:xmpmeta>',
        )
    ),
    "XMP that is deep": jpeg_with((0xE1, XMP_HEADING + b"<a>" * 20_000)),
    "XMP with texts that are deep": jpeg_with((0xE1, XMP_HEADING + b"<a>x" * 15_000)),
    "a thousand segments": jpeg_with(*[(0xEA, b"x%d" % n) for n in range(9000)]),
    "a million chunks": b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0abcd\0\0\0\0" * 300_000,
    "empty blocks": encoded("GIF")[:-1] + b"\x21\xfe\0" * 400_000,
    "boxes in boxes": struct.pack(">I4s", 16, b"ftyp") + b"avifavif" + b"\0\0\0\x08free" * 200_000,
    "a text that unpacks": png_with((b"zTXt", b"a\0\0" + zlib.compress(bytes(60 << 20), 1))),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_made_to_be_slow_is_not(name):
    begun = time.process_time()
    walked(HOSTILE[name])
    # Ten times what it takes: this says that a bound is there, not how fast it is.
    assert time.process_time() - begun < 20


def test_a_walk_keeps_the_place_in_its_stream():
    stream = io.BytesIO(FILES["png"])
    stream.seek(5)
    survey(stream, "")
    assert stream.tell() == 5


def test_a_file_that_is_not_in_memory_is_walked_alike(tmp_path):
    for name, content in FILES.items():
        path = tmp_path / name
        path.write_bytes(content + bytes(3 << 20) + b"end")
        with path.open("rb") as file:
            from_file = survey(file, {"ppm": "PPM", "tga": "TGA"}.get(name, ""))
        in_memory = survey(
            io.BytesIO(path.read_bytes()), {"ppm": "PPM", "tga": "TGA"}.get(name, "")
        )
        assert from_file == in_memory
