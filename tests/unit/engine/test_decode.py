"""Reading a file: its digests, its metadata, and every way in which it can fail."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest
from harness.pictures import (
    EXIF_ORIENTATION,
    LOSSLESS,
    found,
    look,
    photo,
    reason,
    record,
    with_alpha,
)
from PIL import Image, ImageCms

from difd.engine import formats
from difd.engine.read import decode
from difd.engine.read.decode import ReadRequest, read
from difd.engine.record import Unreadable


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
        monkeypatch.setattr("difd.engine.read.bands.BAND_PIXELS", 1000 + 100 * turn)
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
    assert [len(made) for made in (a.digest, a.pixel_digest, a.sums_digest)] == [32, 32, 16]


def test_large_files_are_digested_and_decoded_from_the_file(tmp_path, monkeypatch):
    photo().save(tmp_path / "a.png")
    small = record(tmp_path / "a.png")
    monkeypatch.setattr("difd.engine.read.source._IN_MEMORY", 100)
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
        b"hello": "not recognised as an image, or damaged at its beginning",
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
    monkeypatch.setattr(formats, "PIXEL_LIMIT", 10_000)
    assert reason(tmp_path / "a.png").startswith("too large: over")


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
    with pytest.raises(AttributeError):
        made.width = 3


@pytest.mark.parametrize("name", ["a.cr2", "a.NEF", "a.dng"])
def test_a_broken_camera_file_is_reported(tmp_path, name):
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
