"""JPEGs decoded without Pillow: the same pixels bit for bit, and Pillow for all that is odd."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from harness.pictures import found, photo
from PIL import Image

from difd.engine.read import jpeg
from difd.engine.read.decode import read
from difd.engine.read.jpeg import decode, header_of, pixels_of_jpeg
from difd.engine.read.pixel_memory import pixels_of
from difd.engine.record import ReadRequest, Record, Unreadable

CHANCE = np.random.default_rng(5)
SIZES = [(150, 100), (37, 61), (1, 1), (8, 300), (16, 16)]


def saved(picture: Image.Image, **options) -> bytes:
    made = io.BytesIO()
    picture.save(made, "JPEG", **options)
    return made.getvalue()


def ours(data: bytes, eighths: int = 8):
    header = header_of(data)
    return None if header is None else decode(data, header.size, header.channels, eighths)


def assert_as_pillow(data: bytes) -> None:
    made = ours(data)
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        theirs = pixels_of(picture)
        assert made is not None
        mask = 0xFF if picture.mode == "L" else 0xFFFFFF
        assert np.array_equal(made & mask, theirs & mask)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}, {"quality": 5}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", SIZES)
def test_pixels_are_those_of_pillow(size, mode, options):
    noise = CHANCE.integers(0, 256, (size[1], size[0], 3), np.uint8)
    for picture in (photo(*size), Image.fromarray(noise)):
        for subsampling in (0, 1, 2):
            data = saved(picture.convert(mode), subsampling=subsampling, **options)
            assert_as_pillow(data)
            assert_as_pillow(saved(picture.convert(mode), restart_marker_blocks=2, **options))


@pytest.mark.parametrize("form", ["444", "422", "420", "440", "411"])
def test_colours_that_are_stored_for_several_pixels_are_spread_as_pillow_does(form):
    for size in SIZES:
        noise = CHANCE.integers(0, 256, (size[1], size[0], 3), np.uint8)
        assert_as_pillow(simplejpeg.encode_jpeg(noise, colorsubsampling=form))


def test_pixels_that_are_stored_as_rgb_are_taken_as_such():
    assert_as_pillow(saved(photo(90, 60), keep_rgb=True))


def test_smaller_pictures_have_their_edges_rounded_up():
    data = saved(photo(1001, 333))
    for eighths, shape in ((1, (42, 126)), (2, (84, 251)), (4, (167, 501))):
        assert ours(data, eighths).shape == shape


@pytest.mark.parametrize(
    "spoilt",
    {
        "cut": lambda data: data[: len(data) // 2],
        "without an end": lambda data: data[:-2],
        "another file": lambda _: b"\x89PNG\r\n\x1a\n" + bytes(100),
        "nothing": lambda _: b"",
        "a marker": lambda _: b"\xff\xd8",
        "a short part": lambda data: data[:4] + b"\0\1" + data[6:],
        "ever the same part": lambda _: b"\xff\xd8" + b"\xff\xfe\0\2" * 10_000,
        "12 bits": lambda data: data.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c"),
        "arithmetic coding": lambda data: data.replace(b"\xff\xc0\0\x11", b"\xff\xc9\0\x11"),
        "two frames": lambda data: data.replace(
            b"\xff\xc0", data[data.index(b"\xff\xc0") :][:19] + b"\xff\xc0", 1
        ),
        "MPF": lambda data: data[:2] + b"\xff\xe2\0\x08MPF\0\0\0" + data[2:],
    }.items(),
    ids=lambda spoilt: spoilt[0],
)
def test_what_is_odd_is_left_to_pillow(spoilt):
    assert ours(spoilt[1](saved(photo(90, 60)))) is None


def test_four_inks_are_left_to_pillow():
    assert ours(saved(photo(90, 60).convert("CMYK"))) is None


def test_where_libraries_differ_pillow_decodes(tmp_path, monkeypatch):
    photo(90, 60).save(tmp_path / "a.jpg")
    before = read(ReadRequest(found(tmp_path / "a.jpg"), 50))
    monkeypatch.setattr(jpeg, "_decodes_alike", lambda: False)
    with Image.open(tmp_path / "a.jpg") as picture:
        assert pixels_of_jpeg(picture) is None
    after = read(ReadRequest(found(tmp_path / "a.jpg"), 50))
    assert before.pixel_digest == after.pixel_digest
    assert read(ReadRequest(found(tmp_path / "a.jpg"), 50, mode="fast")).exact


def test_flipped_bits_are_read_as_pillow_reads_them(tmp_path):
    data = bytearray(saved(photo(64, 48)))
    path = tmp_path / "a.jpg"
    looks = 0
    for _ in range(300):
        place, bit = int(CHANCE.integers(len(data))), 1 << int(CHANCE.integers(8))
        data[place] ^= bit
        path.write_bytes(data)
        quick = read(ReadRequest(found(path), 20, mode="fast"))
        if isinstance(quick, Record) and not quick.exact:
            assert np.array_equal(quick.tensor, tensor_by_pillow(path))
            looks += 1
        exact = read(ReadRequest(found(path), 20))
        if isinstance(quick, Unreadable):
            assert isinstance(exact, Unreadable)
        data[place] ^= bit
    assert looks > 100


def tensor_by_pillow(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB").resize((20, 20), Image.Resampling.BICUBIC))


@pytest.mark.skipif("DIFD_CORPUS" not in os.environ, reason="DIFD_CORPUS names no corpus")
def test_every_jpeg_of_the_corpus_is_what_pillow_makes_of_it():
    taken = 0
    for path in sorted(Path(os.environ["DIFD_CORPUS"]).rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        if data[:2] == b"\xff\xd8" and ours(data) is not None:
            assert_as_pillow(data)
            taken += 1
    assert taken > 30
