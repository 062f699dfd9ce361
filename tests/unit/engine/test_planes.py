"""The tensor and its witnesses: difPy's values, on white and on black, in every mode."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
import skimage.data
from harness.pictures import (
    LOSSLESS,
    on_ground,
    photo,
    record,
    tensor_of,
    with_alpha,
)
from PIL import Image, ImageCms

PHOTOS = ("astronaut", "chelsea", "coffee", "rocket", "camera", "cell", "horse")


@pytest.mark.parametrize("px", [10, 50, 51, 300, 1000])
@pytest.mark.parametrize("name", PHOTOS)
def test_the_tensor_of_an_opaque_picture_is_difpys_bit_for_bit(tmp_path, name, px):
    path = tmp_path / "a.png"
    picture = Image.fromarray(getattr(skimage.data, name)())
    picture.save(path)
    with Image.open(path) as reopened:
        expected = tensor_of(reopened, px)
    made = record(path, px)
    assert made.planes.shape == (1, px, px, 3)
    assert np.array_equal(made.tensor, expected)
    assert (made.width, made.height) == picture.size


TALL = [(49, 500), (60, 70), (60, 71), (400, 1000)]
"""Of these, Pillow 13 takes the columns first, but for the second."""


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 900), (900, 1), (50, 50), (50, 999), (3000, 7), *TALL]
)
def test_the_tensor_is_difpys_for_odd_shapes_and_band_borders(tmp_path, size, monkeypatch):
    path = tmp_path / "a.png"
    photo(*size).save(path)
    with Image.open(path) as reopened:
        expected = tensor_of(reopened)
    assert np.array_equal(record(path).tensor, expected)
    monkeypatch.setattr("difd.engine.read.bands.BAND_PIXELS", size[0] * 13)
    assert np.array_equal(record(path).tensor, expected)


@pytest.mark.parametrize(
    ("extension", "options"),
    [
        ("jpg", {"quality": 90}),
        ("jpg", {"quality": 70, "progressive": True}),
        ("bmp", {}),
        ("gif", {}),
        ("png", {}),
        ("tif", {}),
        ("tif", {"compression": "tiff_lzw"}),
        ("webp", {}),
        ("avif", {}),
        ("jp2", {}),
        ("ppm", {}),
        ("tga", {}),
        ("pcx", {}),
        ("sgi", {}),
        ("ico", {}),
        ("dds", {}),
        ("heic", {}),
        ("qoi", {}),
    ],
)
def test_every_common_format_is_read(tmp_path, extension, options):
    path = tmp_path / f"a.{extension}"
    photo(128, 96).save(path, **options)
    with Image.open(path) as reopened:
        expected = tensor_of(on_ground(reopened, 255))
    made = record(path)
    assert np.array_equal(made.tensor, expected)
    assert made.frames == 1
    assert made.format == {"jpg": "JPEG", "tif": "TIFF", "jp2": "JPEG2000", "heic": "HEIF"}.get(
        extension, extension.upper()
    )


def test_jpeg_xl_is_read(tmp_path):
    path = tmp_path / "a.jxl"
    photo().save(path, lossless=True)
    assert np.array_equal(record(path).tensor, tensor_of(photo()))


@pytest.mark.parametrize("mode", ["L", "CMYK", "YCbCr", "1", "P"])
def test_opaque_modes_become_rgb_as_pillow_does(tmp_path, mode):
    path = tmp_path / "a.tif"
    photo().convert(mode).save(path)
    with Image.open(path) as reopened:
        assert reopened.mode == mode
        expected = tensor_of(reopened)
    made = record(path)
    assert np.array_equal(made.planes, expected[None])
    assert made.value_range is None


def test_hsv_and_lab_become_rgb(tmp_path):
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    ImageCms.applyTransform(photo(), to_lab).save(tmp_path / "lab.tif")
    difference = record(tmp_path / "lab.tif").tensor.astype(int) - tensor_of(photo())
    assert np.abs(difference).mean() < 2


def test_sixteen_bits_are_divided_by_257(tmp_path):
    grey = np.asarray(photo().convert("L"))
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "deep.tif")
    Image.fromarray(grey).save(tmp_path / "flat.png")
    flat = record(tmp_path / "flat.png")
    for name in ("deep.png", "deep.tif"):
        made = record(tmp_path / name)
        assert np.array_equal(made.tensor, flat.tensor)
        assert made.value_range is None
        assert made.pixel_digest != flat.pixel_digest


def test_sixteen_bit_pictures_that_differ_in_the_low_byte_only_are_not_the_same_pixels(tmp_path):
    noise = np.random.default_rng(3).integers(0, 65536, (40, 60, 3), dtype=np.uint16)
    write_png16(tmp_path / "a.png", noise)
    write_png16(tmp_path / "b.png", noise ^ 1)
    a, b = record(tmp_path / "a.png"), record(tmp_path / "b.png")
    assert np.array_equal(a.tensor, b.tensor)
    assert a.pixel_digest != b.pixel_digest
    assert a.sums_digest != b.sums_digest


def write_png16(path, pixels):
    """A 16-bit RGB PNG, which Pillow cannot write."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, data in chunks:
            checksum = zlib.crc32(kind + data)
            file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum))


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_modes_without_a_range_are_scaled_and_keep_their_range_as_witness(tmp_path, kind):
    grey = np.asarray(photo().convert("L")).astype(kind)
    Image.fromarray(grey).save(tmp_path / "a.tif")
    Image.fromarray(grey * 2).save(tmp_path / "2a.tif")
    a, doubled = record(tmp_path / "a.tif"), record(tmp_path / "2a.tif")
    assert np.array_equal(a.tensor, doubled.tensor)
    assert a.value_range == (float(grey.min()), float(grey.max()))
    assert doubled.value_range == (2.0 * grey.min(), 2.0 * grey.max())
    assert a.tensor.max() > 200


def test_float_pictures_with_values_that_are_no_numbers_are_read(tmp_path):
    grey = np.asarray(photo().convert("L")).astype(np.float32)
    grey[0, 0], grey[1, 1], grey[2, 2] = np.nan, np.inf, -np.inf
    Image.fromarray(grey).save(tmp_path / "a.tif")
    Image.fromarray(np.full_like(grey, np.nan)).save(tmp_path / "none.tif")
    low, high = record(tmp_path / "a.tif").value_range
    assert 0 <= low < high <= 255
    assert record(tmp_path / "none.tif").value_range == (0.0, 0.0)


@pytest.mark.parametrize("extension", ["png", "webp", "avif", "tif", "heic"])
def test_a_transparent_picture_is_shown_on_white_and_on_black(tmp_path, extension):
    path = tmp_path / f"a.{extension}"
    with_alpha().save(path, **LOSSLESS.get(extension, {}))
    with Image.open(path) as reopened:
        white, black = (tensor_of(on_ground(reopened, ground)) for ground in (255, 0))
    made = record(path)
    assert made.planes.shape == (2, 50, 50, 3)
    assert np.array_equal(made.planes[0], white)
    assert np.array_equal(made.planes[1], black)


@pytest.mark.parametrize("mode", ["LA", "PA"])
def test_grey_and_palette_with_alpha_work(tmp_path, mode):
    path = tmp_path / "a.png"
    picture = with_alpha().convert("LA")
    picture.save(path)
    if mode == "PA":
        path = tmp_path / "a.gif"
        palette = photo().quantize(64)
        palette.save(path, transparency=5)
    with Image.open(path) as reopened:
        white, black = (tensor_of(on_ground(reopened, ground)) for ground in (255, 0))
    assert np.array_equal(record(path).planes, np.stack([white, black]))


def test_an_opaque_picture_with_an_alpha_channel_has_no_witness(tmp_path):
    photo().convert("RGBA").save(tmp_path / "a.png")
    photo().save(tmp_path / "b.png")
    a, b = record(tmp_path / "a.png"), record(tmp_path / "b.png")
    assert np.array_equal(a.planes, b.planes)
    assert a.pixel_digest != b.pixel_digest


def test_transparency_that_begins_in_a_later_band_counts(tmp_path, monkeypatch):
    monkeypatch.setattr("difd.engine.read.bands.BAND_PIXELS", 150 * 7)
    picture = photo().convert("RGBA")
    picture.putpixel((3, 90), (10, 20, 30, 0))
    picture.save(tmp_path / "a.png")
    white, black = (tensor_of(on_ground(picture, ground)) for ground in (255, 0))
    assert np.array_equal(record(tmp_path / "a.png").planes, np.stack([white, black]))


def test_icons_that_differ_in_transparency_only_differ(tmp_path):
    opaque = Image.new("RGBA", (64, 64), (255, 255, 255, 255))
    Image.new("RGBA", (64, 64), (255, 255, 255, 0)).save(tmp_path / "clear.png")
    opaque.save(tmp_path / "white.png")
    clear, white = record(tmp_path / "clear.png"), record(tmp_path / "white.png")
    assert np.array_equal(clear.tensor, white.tensor)
    assert np.all(clear.planes[1] == 0)
    assert white.planes.shape[0] == 1


@pytest.mark.parametrize("transparency", [7, bytes(range(255, 191, -1))])
def test_palettes_with_one_or_many_transparent_entries_work(tmp_path, transparency):
    path = tmp_path / "a.png"
    photo().quantize(64).save(path, transparency=transparency)
    with Image.open(path) as reopened:
        assert reopened.mode == "P"
        white, black = (tensor_of(on_ground(reopened, ground)) for ground in (255, 0))
    assert np.array_equal(record(path).planes, np.stack([white, black]))


@pytest.mark.parametrize(("mode", "key"), [("L", 90), ("RGB", (3, 2, 1)), ("1", 255)])
def test_a_transparent_colour_is_transparent(tmp_path, mode, key):
    path = tmp_path / "a.png"
    picture = photo().convert(mode)
    picture.putpixel((5, 5), key)
    picture.save(path, transparency=key)
    with Image.open(path) as reopened:
        white, black = (tensor_of(on_ground(reopened, ground)) for ground in (255, 0))
    assert not np.array_equal(white, black)
    assert np.array_equal(record(path).planes, np.stack([white, black]))


def test_a_transparent_colour_in_sixteen_bits_is_transparent(tmp_path):
    path = tmp_path / "a.png"
    values = np.asarray(photo().convert("L")).astype(np.uint16) * 257
    Image.fromarray(values).save(path, transparency=int(values[0, 0]))
    assert len(record(path).planes) == 2
