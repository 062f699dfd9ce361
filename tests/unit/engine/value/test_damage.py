"""What is wrong with a file is told, though Pillow decodes it; an intact file is not blamed."""

from __future__ import annotations

import struct
import zlib

import pytest
from harness.containers import chunk, encoded, jpeg_with
from harness.pictures import photo, record
from PIL import Image


def wrong_checksum() -> bytes:
    content = bytearray(encoded("PNG"))
    content[content.index(b"IEND") - 5] ^= 1
    return bytes(content)


def zeros_for_the_end() -> bytes:
    content = encoded("PNG")
    at = content.index(b"IEND")
    return content[: at - 4] + bytes(12)


def checksum_of_pixels_apart() -> bytes:
    """A stream whose sum is wrong, and lies in a chunk that Pillow does not read any more."""
    raw = b"".join(
        b"\0" + photo(80, 60).tobytes()[row * 240 : row * 240 + 240] for row in range(60)
    )
    stream = zlib.compress(raw)
    header = struct.pack(">IIBBBBB", 80, 60, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", stream[:-4]), (b"IDAT", b"\1\2\3\4"), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def garbage_inside() -> bytes:
    content = encoded("JPEG")
    at = content.index(b"\xff\xdb")
    return content[:at] + b"garbage" + content[at:]


def longer_by_its_header() -> bytes:
    content = encoded("BMP")
    return content[:2] + struct.pack("<I", len(content) + 900) + content[6:]


def without_its_last_scan() -> bytes:
    """A progressive JPEG that was cut between two scans, and whose end a tool has mended."""
    content = encoded("JPEG", progressive=True)
    return content[: content.rindex(b"\xff\xda")] + b"\xff\xd9"


DAMAGED = {
    "c.jpg": without_its_last_scan(),
    "a.png": wrong_checksum(),
    "b.png": zeros_for_the_end(),
    "c.png": encoded("PNG")[:-12],
    "d.png": checksum_of_pixels_apart(),
    "a.gif": encoded("GIF")[:-1],
    "b.jpg": garbage_inside(),
    "a.bmp": longer_by_its_header(),
    "a.qoi": encoded("QOI")[:-8],
    "a.avif": encoded("AVIF") + struct.pack(">I", 900) + b"free",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_that_is_forgiven_is_told(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(DAMAGED[name])
    assert record(path).damage


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("PNG", "a.png"), ("JPEG", "a.jpg"), ("GIF", "a.gif"), ("WEBP", "a.webp")),
        *(("TIFF", "a.tif"), ("BMP", "a.bmp"), ("AVIF", "a.avif"), ("HEIF", "a.heic")),
    ],
)
def test_an_intact_file_is_not_blamed(tmp_path, kind, name):
    path = tmp_path / name
    path.write_bytes(encoded(kind))
    assert record(path).damage == ""


def test_damage_inside_of_metadata_is_no_damage_of_the_picture(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg_with((0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff")))
    assert record(path).damage == ""


@pytest.mark.parametrize("text", ["2019:01:01 10:00:00", "2019-01-01T10:00:00+02:00"])
def test_the_date_is_told_in_one_form(tmp_path, text):
    exif = Image.Exif()
    exif[0x8769] = {0x9003: text}
    path = tmp_path / "a.jpg"
    photo(80, 60).save(path, exif=exif)
    assert record(path).taken == "2019-01-01 10:00:00"
