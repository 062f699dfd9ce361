"""Compiled loops and Pillow make the same of every picture, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from harness.native import compiled_loops
from harness.pictures import look, photo, tensor_of, with_alpha
from PIL import Image

from difd.engine.native import twin
from difd.engine.native.chosen import WHY_NOT
from difd.engine.read import resample
from difd.engine.read.fingerprint import channel_sums
from difd.engine.read.grey import grey_of_pixels
from difd.engine.read.pixel_memory import CHANNELS, pixels_of
from difd.engine.read.resample import (
    narrow,
    narrow_by_loops,
    narrow_by_pillow,
    shorten_by_loops,
    shorten_by_pillow,
    weights,
)

loops = compiled_loops()

CHANCE = np.random.default_rng(11)


def without_compiled_loops(monkeypatch) -> None:
    """As in a process that has none."""
    assert not WHY_NOT, WHY_NOT
    monkeypatch.setattr("difd.engine.read.fingerprint.loops", twin)
    monkeypatch.setattr(resample, "WHY_NOT", "a test")


def noise(width: int, height: int, kind: str) -> np.ndarray:
    shape = (height, width, 3)
    if kind == "noise":
        return CHANCE.integers(0, 256, shape, np.uint8)
    if kind == "black and white":
        return CHANCE.integers(0, 2, shape, np.uint8) * np.uint8(255)
    if kind == "stripes":
        return np.ascontiguousarray(
            np.broadcast_to((np.arange(width)[:, None] % 2 * 255).astype(np.uint8), shape)
        )
    return np.asarray(photo(width, height))


KINDS = ("noise", "black and white", "stripes", "photo")


def widths(count: int) -> list[tuple[int, int]]:
    some = [(1, 10), (1, 200), (2, 50), (49, 50), (50, 50), (51, 50), (3000, 10), (3000, 200)]
    return some + [
        (int(CHANCE.integers(1, 3001)), int(CHANCE.integers(10, 201))) for _ in range(count)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_resized_as_pillow_does(kind):
    for width, px in widths(150):
        picture = Image.fromarray(noise(width, 3, kind))
        for band in (picture, picture.convert("L")):
            made = narrow_by_loops(pixels_of(band), px)
            assert np.array_equal(made, narrow_by_pillow(band, px)), (width, px, band.mode)


@pytest.mark.parametrize("kind", KINDS)
def test_both_passes_are_pillows_resize(kind):
    for height, px in widths(60):
        picture = Image.fromarray(noise(61, height, kind))
        for band in (picture, picture.convert("L")):
            strip = narrow(pixels_of(band), px)
            made = shorten_by_loops(strip, px)
            assert np.array_equal(made, shorten_by_pillow(strip, px)), (height, px, band.mode)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_halved_as_pillow_reduces_it(kind):
    picture = Image.fromarray(noise(84, 46, kind))
    half = np.zeros((23, 42), np.uint32)
    loops.halve(pixels_of(picture), half)
    colours = half.view(np.uint8).reshape(23, 42, 4)[..., :3]
    assert np.array_equal(colours, np.asarray(picture.reduce(2)))


def grey_twice(module, pixels: np.ndarray, across: int, down: int) -> np.ndarray:
    height, width = pixels.shape
    out = np.empty((-(-width // across), -(-height // down)), np.uint8)
    grey = pixels.dtype.itemsize == 1
    (module.columns_of_grey if grey else module.columns_of_colours)(pixels, across, down, out)
    back = np.empty(out.shape[::-1], np.uint8)
    module.turn_over(out, back)
    assert np.array_equal(back, out.T)
    return back


@pytest.mark.parametrize("kind", KINDS)
def test_means_of_blocks_are_those_of_pillow(kind):
    blocks = [(1, 1), (2, 2), (3, 3), (1, 2), (4, 5), (7, 6), (40, 30)]
    for across, down in blocks:
        width, height = CHANCE.integers(1, 130, 2).tolist()
        for picture in (one := Image.fromarray(noise(width, height, kind)), one.convert("L")):
            pixels = pixels_of(picture)
            expected = np.asarray(picture.convert("L").reduce((across, down)))
            for module in (loops, twin):
                assert np.array_equal(grey_twice(module, pixels, across, down), expected)


SIZES = [(640, 480), (33, 21), (100, 900), (900, 100), (1, 1), (77, 1), (1201, 803)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_picture_in_grey_is_what_pillow_makes_of_it(size, mode):
    picture = photo(*size).convert(mode)
    pixels = pixels_of(picture)
    for cut in (0, 0.25, 0.625):
        within = (max(0.5, size[0] - cut), max(0.5, size[1] - cut))
        for zoom in (0.1, 0.3, 0.49, 0.77, 1, 2.5):
            wanted = (max(1, round(size[0] * zoom)), max(1, round(size[1] * zoom)))
            expected = picture.convert("L").resize(
                wanted, Image.Resampling.BICUBIC, (0, 0, *within), reducing_gap=2.0
            )
            made = grey_of_pixels(pixels, within, wanted)
            assert np.array_equal(made, np.asarray(expected)), (within, wanted)


@pytest.mark.long
def test_rows_of_every_width_are_resized_as_pillow_does():
    for width in range(1, 3001):
        for px in {10, 50, 200, int(CHANCE.integers(10, 201))}:
            band = Image.fromarray(noise(width, 2, KINDS[width % 3]))
            made = narrow_by_loops(pixels_of(band), px)
            assert np.array_equal(made, narrow_by_pillow(band, px)), (width, px)
            weights.cache_clear()


def pictures() -> dict[str, Image.Image]:
    """One of every mode that a file can be in, and of every shape that takes another way."""
    made = {mode: photo(301, 200).convert(mode) for mode in ("1", "L", "P", "RGB", "CMYK", "YCbCr")}
    made |= {"LA": with_alpha(301, 200).convert("LA"), "RGBA": with_alpha(301, 200)}
    made["opaque RGBA"] = photo(301, 200).convert("RGBA")
    late = photo(301, 200).convert("RGBA")
    late.putpixel((5, 190), (1, 2, 3, 77))
    made["transparent at the end"] = late
    grey = np.asarray(photo(301, 200).convert("L"))
    made["I;16"] = Image.fromarray(grey.astype(np.uint16) * 250)
    made["F"] = Image.fromarray(grey.astype(np.float32))
    made["I"] = Image.fromarray(grey.astype(np.int32))
    made |= {"tall": photo(60, 700), "wide": photo(700, 60), "small": photo(7, 5)}
    made["dot"] = photo(1, 1)
    return made


TURNED = [
    (name, orientation)
    for name in ("RGB", "L", "P", "RGBA", "opaque RGBA", "transparent at the end", "tall", "wide")
    for orientation in (3, 5, 6)
]


@pytest.mark.parametrize(("name", "orientation"), [(name, 1) for name in pictures()] + TURNED)
def test_a_picture_becomes_the_same_record_with_and_without_loops(
    tmp_path, monkeypatch, name, orientation
):
    picture = pictures()[name]
    exif = Image.Exif()
    exif[0x0112] = orientation
    # Pillow turns TIFF by itself; PNG has not all the modes.
    path = tmp_path / ("a.tif" if orientation == 1 else "a.png")
    picture.save(path, **({} if orientation == 1 else {"exif": exif}))
    monkeypatch.setattr("difd.engine.read.bands.BAND_PIXELS", 301 * 13)
    fast = look(path)
    without_compiled_loops(monkeypatch)
    plain = look(path)
    assert np.array_equal(plain.planes, fast.planes)
    assert (plain.pixel_digest, plain.sums_digest) == (fast.pixel_digest, fast.sums_digest)
    if name == "RGB" and orientation == 1:
        assert np.array_equal(fast.tensor, tensor_of(picture))


def test_a_keyed_colour_is_transparent_with_loops_too(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    picture = photo(301, 200)
    picture.save(path, transparency=picture.getpixel((5, 5)))
    fast = look(path)
    without_compiled_loops(monkeypatch)
    assert len(fast.planes) == 2
    assert np.array_equal(look(path).planes, fast.planes)


def test_the_digest_does_not_depend_on_how_a_picture_is_cut(tmp_path, monkeypatch):
    photo(301, 200).save(tmp_path / "a.png")
    digests = set()
    for pixels in (1, 301 * 7, 1 << 20):
        monkeypatch.setattr("difd.engine.read.bands.BAND_PIXELS", pixels)
        digests.add(look(tmp_path / "a.png").pixel_digest)
    assert len(digests) == 1


@pytest.mark.parametrize("width", [1, 100, (1 << 14) - 1, (1 << 14) + 1, 70_000])
def test_sums_of_the_largest_values_are_exact(width):
    for mode in ("RGB", "CMYK"):
        channels = CHANNELS[mode]
        pixels = pixels_of(Image.new(mode, (width, 2), (255,) * channels))
        totals = np.zeros(channels + channels * (channels + 1) // 2, np.int64)
        planes = np.empty((2, channels, width), np.uint8)
        loops.split_and_add(pixels, planes, totals)
        expected = [2 * width * 255] * channels
        expected += [2 * width * 255**2] * (channels * (channels + 1) // 2)
        assert totals.tolist() == expected
        assert planes.min() == 255
    totals = np.zeros(2, np.int64)
    loops.add_grey(pixels_of(Image.new("L", (width, 2), 255)), totals)
    assert totals.tolist() == [2 * width * 255, 2 * width * 255**2]


def test_sums_by_channel_are_those_of_numpy():
    values = CHANCE.integers(0, 256, (30, 50, 4), np.uint8)
    totals, planes = np.zeros(14, np.int64), np.empty((30, 4, 50), np.uint8)
    loops.split_and_add(pixels_of(Image.fromarray(values, "CMYK")), planes, totals)
    assert totals.tolist() == list(channel_sums(values.reshape(-1, 4)))
    assert np.array_equal(planes, values.transpose(0, 2, 1))


@pytest.mark.parametrize("mode", CHANNELS)
def test_the_memory_of_a_picture_is_read_in_place_and_kept_alive(mode):
    picture = photo(33, 21).convert(mode)
    expected = np.asarray(picture).reshape(21, 33, -1)
    pixels = pixels_of(picture)
    rows = pixels[5:9]
    del picture, pixels
    for _ in range(50):  # whoever gets the memory now would write to it
        Image.new(mode, (33, 21))
    assert np.array_equal(rows.view(np.uint8).reshape(4, 33, -1)[..., : expected.shape[2]],
                          expected[5:9])  # fmt: skip


def test_a_pillow_that_rounds_otherwise_is_left_to_itself(monkeypatch):
    picture = photo(4001, 30)
    resample.rounds_alike.cache_clear()
    monkeypatch.setattr(resample, "narrow_by_loops", lambda *_given: np.zeros((2, 3), np.uint8))
    try:
        assert np.array_equal(narrow(pixels_of(picture), 50), narrow_by_pillow(picture, 50))
    finally:
        resample.rounds_alike.cache_clear()


def test_rows_that_are_very_wide_are_left_to_pillow():
    picture = photo(70_000, 2)
    assert np.array_equal(narrow(pixels_of(picture), 50), narrow_by_pillow(picture, 50))
    weights.cache_clear()
