"""What changes how a picture is shown makes it another picture; what says the usual does not."""

from __future__ import annotations

import struct

import pytest
from harness.containers import encoded, jpeg_with, png_with, tiff_with
from harness.pictures import photo, record
from PIL import Image

from difd.engine.prove.pixel_proof import equal_turns


def gamma(value: int) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", value)


def adobe_rgb(space: int, index: str) -> bytes:
    exif = Image.Exif()
    exif[0x8769] = {0xA001: space, 0xA005: {1: index}}
    return jpeg_with((0xE1, exif.tobytes()))


def bmp_with_gamma() -> bytes:
    content = encoded("BMP")
    header = (
        struct.pack("<I", 108) + content[18:54] + bytes(16) + bytes(4) + b"\1" * 36 + b"\2" * 12
    )
    return b"BM" + struct.pack("<IHHI", len(content) + 68, 0, 0, 14 + 108) + header + content[54:]


DIFFERENT = {
    "gamma 1": png_with(gamma(100_000)),
    "primaries": png_with((b"cHRM", struct.pack(">8I", *range(30_000, 38_000, 1000)))),
    "HDR": png_with((b"cICP", bytes([9, 16, 0, 1]))),
    "light": png_with((b"cLLI", bytes(8))),
    "pixels twice as high": png_with((b"pHYs", struct.pack(">IIB", 2, 1, 0))),
    "Adobe RGB by EXIF": adobe_rgb(0xFFFF, "R03"),
    "Adobe RGB by its number": adobe_rgb(2, "R98"),
    "pixels twice as wide in JFIF": encoded("JPEG", dpi=(100, 200)),
    "a GIF's aspect": encoded("GIF")[:12] + b"\x90" + encoded("GIF")[13:],
    "a fax's resolution": tiff_with({}, dpi=(204, 98)),
    "a white point": tiff_with({318: (5, (0.2, 0.4))}),
    "colours of a BMP": bmp_with_gamma(),
}

USUAL = {
    "sRGB's gamma": png_with(gamma(45_455)),
    "sRGB": png_with((b"sRGB", b"\0"), gamma(45_455)),
    "sRGB's primaries": png_with(
        (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))
    ),
    "sRGB as cICP": png_with((b"cICP", bytes([1, 13, 0, 1])), gamma(100_000)),
    "a density": png_with((b"pHYs", struct.pack(">IIB", 2835, 2835, 1))),
    "sRGB by EXIF": adobe_rgb(1, "R98"),
    "advice": png_with((b"sBIT", b"\x08\x08\x08")),
    "a TIFF's density": tiff_with({}, dpi=(300, 300)),
}


def suffix(content: bytes) -> str:
    heads = {b"\x89P": ".png", b"\xff\xd8": ".jpg", b"GI": ".gif", b"II": ".tif", b"BM": ".bmp"}
    return heads[content[:2]]


def written(folder, content: bytes):
    """The file, and a PNG of the same pixels without anything else."""
    path = folder / f"rich{suffix(content)}"
    path.write_bytes(content)
    with Image.open(path) as picture:
        picture.load()
        mode = picture.mode
        plain = folder / "plain.png"
        plain.write_bytes(
            encoded(
                "PNG",
                Image.frombytes(mode, picture.size, picture.tobytes())
                if mode != "P"
                else picture.convert("RGBA"),
            )
        )
        if mode == "P":
            plain = folder / "plain.gif"
            plain.write_bytes(encoded("GIF"))
    return path, plain


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_is_shown_otherwise_is_another_picture(tmp_path, name):
    rich, plain = written(tmp_path, DIFFERENT[name])
    one, other = record(rich), record(plain)
    assert (one.tensor == other.tensor).all()
    assert one.pixel_digest != other.pixel_digest
    assert one.sums_digest != other.sums_digest
    assert equal_turns(bytes(rich), bytes(plain)) == ()


@pytest.mark.parametrize("name", USUAL)
def test_saying_the_usual_is_as_saying_nothing(tmp_path, name):
    rich, plain = written(tmp_path, USUAL[name])
    assert record(rich).pixel_digest == record(plain).pixel_digest


def test_how_often_an_animation_plays_counts(tmp_path):
    more = [photo(80, 60).rotate(180)]
    digests = set()
    for number, loop in enumerate((0, 1, 3)):
        path = tmp_path / f"{number}.gif"
        path.write_bytes(encoded("GIF", save_all=True, append_images=more, loop=loop))
        digests.add(record(path).pixel_digest)
    assert len(digests) == 3


def test_inks_that_only_some_programs_take_as_inverted_are_shown_otherwise(walk):
    adobes = encoded("JPEG", photo(80, 60).convert("CMYK"))
    at = adobes.index(b"\xff\xee")
    assert walk(adobes).shown == b""
    assert walk(adobes[:at] + adobes[at + 16 :]).shown
