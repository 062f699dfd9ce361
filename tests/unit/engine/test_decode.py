"""What a picture becomes: its tensor, its witnesses, its digests."""

from __future__ import annotations

import dataclasses
import os
import random
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
import skimage.data
from harness.pictures import (
    EXIF_ORIENTATION,
    UPRIGHT,
    found,
    look,
    on_ground,
    photo,
    reason,
    record,
    tensor_of,
    with_alpha,
)
from PIL import Image, ImageCms, ImageDraw

from difd.engine import decode, formats
from difd.engine.decode import ReadRequest, read
from difd.engine.record import Unreadable

pillow_heif.register_heif_opener()

PHOTOS = ("astronaut", "chelsea", "coffee", "rocket", "camera", "cell", "horse")

LOSSLESS = {"webp": {"lossless": True}, "avif": {"quality": 100, "subsampling": "4:4:4"}}


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


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (50, 50), (50, 999), (3000, 7)])
def test_the_tensor_is_difpys_for_odd_shapes_and_band_borders(tmp_path, size, monkeypatch):
    path = tmp_path / "a.png"
    photo(*size).save(path)
    with Image.open(path) as reopened:
        expected = tensor_of(reopened)
    assert np.array_equal(record(path).tensor, expected)
    monkeypatch.setattr("difd.engine.bands.BAND_PIXELS", size[0] * 13)
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
    pytest.importorskip("pillow_jxl", reason="needs difd[formats]")
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
    monkeypatch.setattr("difd.engine.bands.BAND_PIXELS", 150 * 7)
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


def turned_upright(picture, orientation):
    return picture.copy() if orientation == 1 else picture.transpose(UPRIGHT[orientation])


def save_oriented(picture, path, orientation):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    extension = path.suffix[1:]
    if extension == "jxl":
        pytest.importorskip("pillow_jxl", reason="needs difd[formats]")
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
    pytest.importorskip("pillow_jxl", reason="needs difd[formats]")
    path = tmp_path / "a.jxl"
    save_oriented(photo(), path, 6)
    with Image.open(path) as reopened:
        expected = tensor_of(reopened)
        size = reopened.size
    made = record(path)
    assert (made.width, made.height) == size
    assert np.array_equal(made.tensor, expected)


def test_a_packed_jpeg_in_jpeg_xl_is_taken_as_displayed(tmp_path):
    pytest.importorskip("pillow_jxl", reason="needs difd[formats]")
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


def frames_of(count, *, alpha=False):
    made = []
    for index in range(count):
        frame = with_alpha() if alpha else photo()
        ImageDraw.Draw(frame).rectangle(
            (index * 9, 10, index * 9 + 30, 60), fill=(index * 40, 9, 99)
        )
        made.append(frame)
    return made


def save_frames(path, frames, **options):
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("extension", ["png", "webp", "tif", "avif"])
def test_first_middle_and_last_frame_are_compared(tmp_path, extension, alpha):
    path = tmp_path / f"a.{extension}"
    save_frames(path, frames_of(5, alpha=alpha), **LOSSLESS.get(extension, {}))
    expected = []
    with Image.open(path) as reopened:
        for index in (0, 2, 4):
            reopened.seek(index)
            grounds = (255, 0) if alpha else (255,)
            expected += [tensor_of(on_ground(reopened, ground)) for ground in grounds]
    made = record(path)
    assert made.frames == 5
    assert np.array_equal(made.planes, np.stack(expected))


def test_frames_of_a_gif_are_compared(tmp_path):
    save_frames(tmp_path / "a.gif", frames_of(4))
    made = record(tmp_path / "a.gif")
    assert made.frames == 4
    assert made.planes.shape == (3, 50, 50, 3)
    assert not np.array_equal(made.planes[0], made.planes[1])


def test_two_frames_have_the_second_as_middle_and_last(tmp_path):
    save_frames(tmp_path / "a.png", frames_of(2))
    planes = record(tmp_path / "a.png").planes
    assert np.array_equal(planes[1], planes[2])
    assert not np.array_equal(planes[0], planes[1])


def test_an_animation_with_one_transparent_frame_has_a_witness_for_each(tmp_path):
    frames = frames_of(3)
    frames[0] = frames[0].convert("RGBA")
    frames[1] = with_alpha()
    save_frames(tmp_path / "a.png", [frame.convert("RGBA") for frame in frames], blend=0)
    planes = record(tmp_path / "a.png").planes
    assert planes.shape == (6, 50, 50, 3)
    assert np.array_equal(planes[0], planes[1])
    assert not np.array_equal(planes[2], planes[3])


def test_animations_that_differ_between_the_compared_frames_differ_in_pixels(tmp_path):
    frames = frames_of(7)
    save_frames(tmp_path / "a.png", frames)
    frames[1] = frames[1].transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    save_frames(tmp_path / "b.png", frames)
    a, b = record(tmp_path / "a.png"), record(tmp_path / "b.png")
    assert np.array_equal(a.planes, b.planes)
    assert a.pixel_digest != b.pixel_digest


def test_a_still_is_not_the_pixels_of_an_animation_that_begins_with_it(tmp_path):
    save_frames(tmp_path / "a.png", frames_of(3))
    frames_of(1)[0].save(tmp_path / "b.png")
    a, b = record(tmp_path / "a.png"), record(tmp_path / "b.png")
    assert np.array_equal(a.tensor, b.tensor)
    assert (a.frames, b.frames) == (3, 1)
    assert a.pixel_digest != b.pixel_digest


def test_an_animation_too_long_to_digest_equals_only_its_own_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(decode, "ANIMATION_LIMIT", 1000)
    save_frames(tmp_path / "a.png", frames_of(5))
    save_frames(tmp_path / "b.png", frames_of(5), compress_level=1)
    a, b = record(tmp_path / "a.png"), record(tmp_path / "b.png")
    assert np.array_equal(a.planes, b.planes)
    assert a.planes.shape[0] == 3
    assert a.pixel_digest != b.pixel_digest
    (tmp_path / "c.png").write_bytes((tmp_path / "a.png").read_bytes())
    assert record(tmp_path / "c.png").pixel_digest == a.pixel_digest


def test_the_first_image_of_an_mpo_is_the_picture(tmp_path):
    save_frames(tmp_path / "a.mpo", frames_of(3), format="MPO")
    made = record(tmp_path / "a.mpo")
    assert (made.format, made.frames, len(made.planes)) == ("MPO", 1, 1)


def test_a_lossless_copy_in_another_format_has_the_same_pixels(tmp_path):
    for name in ("a.png", "a.bmp", "a.tif", "a.ppm", "a.webp", "a.qoi", "a.tga"):
        photo().save(tmp_path / name, **LOSSLESS.get(name[2:], {}))
    digests = {record(tmp_path / name.name).pixel_digest for name in tmp_path.iterdir()}
    assert len(digests) == 1


def test_one_changed_pixel_changes_the_pixel_digest(tmp_path):
    picture = photo(2000, 1000)
    picture.save(tmp_path / "a.png", compress_level=1)
    r, g, b = picture.getpixel((1999, 999))
    picture.putpixel((1999, 999), (r, g, b ^ 1))
    picture.save(tmp_path / "b.png", compress_level=1)
    a, b = record(tmp_path / "a.png"), record(tmp_path / "b.png")
    assert np.array_equal(a.tensor, b.tensor)
    assert a.pixel_digest != b.pixel_digest
    assert a.sums_digest != b.sums_digest


def test_another_colour_profile_is_another_picture(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo().save(tmp_path / "a.png")
    photo().save(tmp_path / "b.png", icc_profile=profile)
    a, b = record(tmp_path / "a.png"), record(tmp_path / "b.png")
    assert a.pixel_digest != b.pixel_digest
    assert a.sums_digest != b.sums_digest


def test_the_order_of_a_palette_does_not_count(tmp_path):
    palette = photo().quantize(16)
    palette.save(tmp_path / "a.png")
    palette.remap_palette(list(range(15, -1, -1))).save(tmp_path / "b.png")
    assert record(tmp_path / "a.png").pixel_digest == record(tmp_path / "b.png").pixel_digest


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1", "P", "I;16", "F", "CMYK", "I"])
def test_turned_and_mirrored_copies_share_their_sums(tmp_path, mode, monkeypatch):
    picture = photo()
    if mode in ("I;16", "F", "I"):
        kind = {"I;16": np.uint16, "F": np.float32, "I": np.int32}[mode]
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(kind) * 200)
    elif mode == "RGBA":
        picture = with_alpha()
    else:
        picture = picture.convert(mode)
    assert picture.mode == mode
    picture.save(tmp_path / "0.tif")
    original = record(tmp_path / "0.tif")
    for turn in Image.Transpose:
        monkeypatch.setattr("difd.engine.bands.BAND_PIXELS", 1000 + 100 * turn)
        picture.transpose(turn).save(tmp_path / f"{turn}.tif")
        turned = record(tmp_path / f"{turn}.tif")
        assert turned.sums_digest == original.sums_digest
        assert turned.pixel_digest != original.pixel_digest


def test_the_digest_is_of_the_bytes(tmp_path):
    photo().save(tmp_path / "a.png")
    photo().save(tmp_path / "b.png", compress_level=1)
    (tmp_path / "c.jpg").write_bytes((tmp_path / "a.png").read_bytes())
    a, b, c = (record(tmp_path / name) for name in ("a.png", "b.png", "c.jpg"))
    assert a.digest == c.digest != b.digest
    assert len(a.digest) == len(a.pixel_digest) == len(a.sums_digest) == 16


def test_large_files_are_digested_and_decoded_from_the_file(tmp_path, monkeypatch):
    photo().save(tmp_path / "a.png")
    small = record(tmp_path / "a.png")
    monkeypatch.setattr("difd.engine.source._IN_MEMORY", 100)
    large = record(tmp_path / "a.png")
    assert small.digest == large.digest
    assert np.array_equal(small.planes, large.planes)


def test_kinds_of_metadata_are_named(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x010E] = "A title"
    exif[0x4746] = 4
    exif.get_ifd(0x8769)[0x9003] = "2024:05:06 07:08:09"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 0.0)
    photo().save(tmp_path / "a.jpg", exif=exif)
    assert record(tmp_path / "a.jpg").metadata == ("date", "place", "camera", "rating", "title")
    photo().save(tmp_path / "b.jpg")
    assert record(tmp_path / "b.jpg").metadata == ()
    photo().save(tmp_path / "c.jpg", xmp=b'<x:xmpmeta xmp:Rating="3"><dc:title/></x:xmpmeta>')
    assert record(tmp_path / "c.jpg").metadata == ("rating", "title")


def test_what_is_no_image_says_so(tmp_path):
    cases = {
        b"": "the file is empty",
        b"hello": "not recognized as an image, or damaged at its beginning",
        b"%!PS-Adobe-3.0 EPSF-3.0": "EPS needs a program to be run and is never opened",
        b"%PDF-1.7": "PDF is a document, not an image",
    }
    for content, expected in cases.items():
        (tmp_path / "a.jpg").write_bytes(content)
        assert reason(tmp_path / "a.jpg") == expected


def test_a_missing_or_replaced_file_is_reported(tmp_path):
    path = tmp_path / "a.png"
    photo().save(path)
    seen = found(path)
    photo(40, 40).save(path)
    assert read(ReadRequest(seen, 50)) == Unreadable(seen.path, "changed during the search")
    path.unlink()
    assert read(ReadRequest(seen, 50)) == Unreadable(seen.path, "vanished during the search")
    os.mkfifo(path)
    assert read(ReadRequest(seen, 50)) == Unreadable(seen.path, "is not a regular file")
    path.unlink()
    photo().save(tmp_path / "b.png")
    path.symlink_to("b.png")
    assert read(ReadRequest(seen, 50)) == Unreadable(seen.path, "is a symbolic link")


def test_a_file_that_changes_while_it_is_read_is_reported(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    photo().save(path)
    seen = found(path)
    original = decode.load_frame

    def load_and_touch(*arguments):
        original(*arguments)
        os.utime(path, ns=(1, 1))

    monkeypatch.setattr(decode, "load_frame", load_and_touch)
    assert read(ReadRequest(seen, 50)) == Unreadable(seen.path, "changed while it was read")


def test_pictures_over_the_limit_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    photo().save(tmp_path / "a.png")
    monkeypatch.setattr(formats.check_size, "__defaults__", (10_000,))
    monkeypatch.setattr(formats.open_picture, "__defaults__", (10_000,))
    assert reason(tmp_path / "a.png").startswith("too large: 150 x 100 pixels")


def test_a_picture_of_250_megapixels_is_read(tmp_path):
    Image.new("1", (25_000, 10_000)).save(tmp_path / "a.png")
    made = record(tmp_path / "a.png")
    assert (made.width, made.height) == (25_000, 10_000)


def test_pillows_own_settings_are_left_as_they_were(tmp_path):
    photo().save(tmp_path / "a.png")
    before = Image.MAX_IMAGE_PIXELS
    look(tmp_path / "a.png")
    assert before == Image.MAX_IMAGE_PIXELS


def test_names_that_are_not_utf8_are_read(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff\n\x80.png"
    photo().save(tmp_path / "a.png")
    os.rename(tmp_path / "a.png", path)
    assert record(path).file.path == path


def test_a_record_is_plain_data(tmp_path):
    photo().save(tmp_path / "a.png")
    made = record(tmp_path / "a.png")
    assert made.planes.dtype == np.uint8
    assert made.planes.flags.c_contiguous
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.width = 3


@pytest.mark.parametrize("name", ["a.cr2", "a.NEF", "a.dng"])
def test_a_broken_camera_file_is_reported(tmp_path, name):
    pytest.importorskip("rawpy", reason="needs difd[formats]")
    (tmp_path / name).write_bytes(b"II*\0" + bytes(100))
    assert reason(tmp_path / name).startswith("camera raw file cannot be read")


def test_formats_that_are_not_installed_name_what_to_install(tmp_path, monkeypatch):
    for module in ("rawpy", "pillow_jxl.JpegXLImagePlugin"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    formats._other_formats.cache_clear()
    monkeypatch.setattr(formats, "OTHERS", tuple(n for n in formats.OTHERS if n != "JXL"))
    (tmp_path / "a.jxl").write_bytes(b"\xff\x0a" + bytes(50))
    (tmp_path / "a.cr2").write_bytes(b"II*\0" + bytes(50))
    assert reason(tmp_path / "a.jxl") == "JPEG XL needs: pip install 'difd[formats]'"
    assert reason(tmp_path / "a.cr2") == "camera raw files need: pip install 'difd[formats]'"
    formats._other_formats.cache_clear()


def test_damaged_exif_data_do_not_cost_the_picture(tmp_path):
    chance = random.Random(4)
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 1
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8769)[0x9003] = "2024:05:06 07:08:09"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 0.0)
    whole = exif.tobytes()
    path = tmp_path / "a.jpg"
    for _ in range(200):
        damaged = bytearray(whole)
        for _ in range(8):
            damaged[chance.randrange(6, len(whole))] = chance.randrange(256)
        photo().save(path, exif=bytes(damaged[: chance.randrange(8, len(whole) + 1)]))
        record(path)
