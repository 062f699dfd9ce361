"""A picture is taken as it is displayed, whichever decoder turns it."""

from __future__ import annotations

import numpy as np
import pytest
from harness.pictures import (
    EXIF_ORIENTATION,
    LOSSLESS,
    UPRIGHT,
    photo,
    record,
    tensor_of,
)
from PIL import Image


def turned_upright(picture, orientation):
    return picture.copy() if orientation == 1 else picture.transpose(UPRIGHT[orientation])


def save_oriented(picture, path, orientation):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    extension = path.suffix[1:]
    if extension == "jxl":
        picture.save(path, lossless=True, exif=exif.tobytes())
    else:
        # pillow-heif takes the orientation from bytes only.
        picture.save(path, exif=exif.tobytes(), **LOSSLESS.get(extension, {}))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif", "heic", "tif"])
def test_a_picture_is_taken_as_displayed(tmp_path, extension, orientation):
    path = tmp_path / f"a.{extension}"
    save_oriented(photo(), path, orientation)
    with Image.open(path) as reopened:
        reopened.load()
        left = reopened.getexif().get(EXIF_ORIENTATION, 1)
        upright = turned_upright(reopened, left)
    expected = turned_upright(photo(), orientation)
    assert upright.size == expected.size
    made = record(path)
    assert (made.width, made.height) == expected.size
    assert made.orientation == left
    # Lossy codecs and Pillow's rounding between the passes leave a little.
    difference = made.tensor.astype(int) - tensor_of(expected)
    assert np.abs(difference).mean() < 3
    # A lossless copy, physically turned, has the same pixels.
    upright.save(tmp_path / "upright.png", exif=b"", icc_profile=None)
    turned = record(tmp_path / "upright.png")
    assert turned.pixel_digest == made.pixel_digest
    assert turned.sums_digest == made.sums_digest


def test_jpeg_xl_is_turned_by_its_decoder(tmp_path):
    path = tmp_path / "a.jxl"
    save_oriented(photo(), path, 6)
    with Image.open(path) as reopened:
        expected = tensor_of(reopened)
        size = reopened.size
    made = record(path)
    assert (made.width, made.height) == size
    assert np.array_equal(made.tensor, expected)


def test_a_packed_jpeg_in_jpeg_xl_is_taken_as_displayed(tmp_path):
    save_oriented(photo(), tmp_path / "a.jpg", 6)
    with Image.open(tmp_path / "a.jpg") as picture:
        picture.save(tmp_path / "a.jxl", lossless_jpeg=True)
    packed, plain = record(tmp_path / "a.jxl"), record(tmp_path / "a.jpg")
    assert (packed.width, packed.height) == (plain.width, plain.height) == (100, 150)
    assert np.array_equal(packed.tensor, plain.tensor)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_impossible_orientation_is_ignored(tmp_path, value):
    save_oriented(photo(), tmp_path / "a.png", value)
    made = record(tmp_path / "a.png")
    assert made.orientation == 1
    assert np.array_equal(made.tensor, tensor_of(photo()))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tall_picture_is_turned_like_any_other(tmp_path, orientation):
    """Pillow resizes its columns first, so it is read in other bands."""
    tall = photo(60, 200)
    save_oriented(tall, tmp_path / "a.png", orientation)
    turned_upright(tall, orientation).save(tmp_path / "upright.png")
    made, upright = record(tmp_path / "a.png"), record(tmp_path / "upright.png")
    expected = turned_upright(Image.fromarray(tensor_of(tall)), orientation)
    assert np.array_equal(made.tensor, np.asarray(expected))
    assert (made.width, made.height) == (upright.width, upright.height)
    assert made.pixel_digest == upright.pixel_digest
    assert made.sums_digest == upright.sums_digest
