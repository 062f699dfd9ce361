"""Files with more than 8 bits per channel are told apart from what is decoded of them."""

from __future__ import annotations

import io

import numpy as np
import pillow_heif
import pytest
import tifffile
from harness.pictures import photo, record
from PIL import Image

from difd.engine.formats import open_picture
from difd.engine.read.depth import is_reduced

pillow_heif.register_heif_opener()

DEEP = np.random.default_rng(2).integers(0, 65536, (48, 64, 3), dtype=np.uint16)


def write_ppm16(path):
    path.write_bytes(b"P6 64 48 65535\n" + DEEP.astype(">u2").tobytes())


def write_tiff16(path):
    tifffile.imwrite(path, DEEP, photometric="rgb")


def write_sgi16(path):
    photo(64, 48).save(path, bpc=2)


def write_heic10(path):
    pillow_heif.encode("RGB;16", (64, 48), DEEP.tobytes(), str(path), quality=-1)


def patch_jpeg2000_to_16_bits(path):
    photo(64, 48).save(path)
    content = bytearray(path.read_bytes())
    start = content.index(b"\xff\x4f\xff\x51")
    content[start + 42] = 15
    path.write_bytes(content)


def reduced(path):
    with path.open("rb") as file, open_picture(file) as picture:
        return is_reduced(picture, file)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.ppm", write_ppm16),
        ("a.tif", write_tiff16),
        ("a.sgi", write_sgi16),
        ("a.heic", write_heic10),
        ("a.jp2", patch_jpeg2000_to_16_bits),
    ],
)
def test_a_file_with_more_depth_than_is_decoded_is_known(tmp_path, name, write):
    write(tmp_path / name)
    assert reduced(tmp_path / name)


@pytest.mark.parametrize(
    "name",
    [
        *("a.png", "a.jpg", "a.gif", "a.bmp", "a.webp", "a.tif", "a.avif", "a.heic", "a.jp2"),
        *("a.ppm", "a.sgi", "a.tga", "a.dds", "a.qoi", "a.ico"),
    ],
)
def test_eight_bits_are_decoded_in_full(tmp_path, name):
    photo(64, 48).save(tmp_path / name)
    assert not reduced(tmp_path / name)


def test_the_depth_of_avif_is_read_from_its_configuration(tmp_path):
    # No encoder here writes 10 bits, and decoders refuse a box that contradicts the stream.
    photo(64, 48).save(tmp_path / "a.avif")
    head = bytearray((tmp_path / "a.avif").read_bytes())
    with open_picture(io.BytesIO(head)) as picture:
        assert not is_reduced(picture, io.BytesIO(head))
        head[head.index(b"av1C") + 6] |= 0x40
        assert is_reduced(picture, io.BytesIO(head))
        assert is_reduced(picture, io.BytesIO(b"no box"))


def test_sixteen_bit_grey_is_decoded_in_full(tmp_path):
    for name in ("a.png", "a.tif"):
        Image.fromarray(DEEP[..., 0]).save(tmp_path / name)
        assert not reduced(tmp_path / name)


def test_reduced_pictures_equal_only_their_own_bytes(tmp_path):
    write_tiff16(tmp_path / "a.tif")
    (tmp_path / "copy.tif").write_bytes((tmp_path / "a.tif").read_bytes())
    tifffile.imwrite(tmp_path / "other.tif", DEEP ^ 1, photometric="rgb")
    a, copy, other = (record(tmp_path / name) for name in ("a.tif", "copy.tif", "other.tif"))
    assert a.pixel_digest == copy.pixel_digest != other.pixel_digest
    assert np.array_equal(a.tensor, other.tensor)
