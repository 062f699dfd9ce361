"""Hostile and broken pictures, through the real pool: each is read or reported, alone."""

from __future__ import annotations

import os
import random
import struct
import zlib
from pathlib import Path

import pillow_heif
import pytest
from harness.clip_art import CLIP_ART, clip_art, fetch_clip_art
from harness.pictures import found, photo, with_alpha
from PIL import Image

from difd.engine.find.discover import discover
from difd.engine.read.decode import ReadRequest, read
from difd.engine.record import Record, Unreadable
from difd.engine.work import WorkerLoss
from difd.pools.local import LocalPool
from difd.protocol.options import SearchOptions

pillow_heif.register_heif_opener()

SAMPLE = 12
"""Prefixes per format in the default run."""


@pytest.fixture(scope="module")
def pool():
    with LocalPool(2, item_seconds=120) as made:  # a busy machine is no fault of a picture
        yield made


def read_all(pool: LocalPool, paths: list[Path]) -> dict[Path, Record | Unreadable | WorkerLoss]:
    requests = [ReadRequest(found(path), 50) for path in paths]
    return {
        Path(os.fsdecode(request.file.path)): result for request, result in pool.map(read, requests)
    }


def assert_reported(results: dict[Path, Record | Unreadable | WorkerLoss]) -> None:
    for path, result in results.items():
        if not isinstance(result, Record):
            assert 0 < len(result.reason) < 250, path
            assert "\n" not in result.reason, path


def test_every_hostile_picture_is_read_or_reported(pool, corpus, tmp_path):
    paths = sorted(path for path in (corpus / "hostile").rglob("*") if path.is_file())
    good = []
    for index in range(len(paths)):
        if index % 20 == 0:
            good.append(tmp_path / f"{index}.png")
            photo(100 + index, 60).save(good[-1])
    mixed = [*paths, *good]
    random.Random(5).shuffle(mixed)
    results = read_all(pool, mixed)
    assert set(results) == set(mixed)
    assert_reported(results)
    assert all(isinstance(results[path], Record) for path in good)
    crashed = {path.name for path in paths if isinstance(results[path], WorkerLoss)}
    assert not crashed
    # Most of them are odd, not broken.
    assert sum(isinstance(results[path], Record) for path in paths) > len(paths) * 0.7


def test_variants_are_all_read(pool, corpus):
    paths = [
        path
        for path in sorted((corpus / "variants").rglob("*"))
        if path.suffix in {".jpg", ".png", ".webp"}
    ]
    results = read_all(pool, paths)
    assert [path.name for path in paths if not isinstance(results[path], Record)] == []


def test_programs_and_drawings_are_never_run(pool, corpus):
    results = read_all(pool, sorted((corpus / "hostile/eps").glob("*.eps")))
    assert results
    assert {result.reason for result in results.values()} == {
        "EPS needs a program to be run and is never opened"
    }


def test_bombs_are_refused(pool, corpus):
    paths = sorted((corpus / "hostile").glob("decompression_bomb.*"))
    results = read_all(pool, paths)
    assert len(results) == 2
    assert all(result.reason.startswith("too large") for result in results.values())


def test_a_picture_that_claims_too_many_pixels_is_refused(pool, tmp_path):
    path = tmp_path / "bomb.png"
    photo(64, 48).save(path)
    content = path.read_bytes()
    header = b"IHDR" + struct.pack(">II", 65_000, 30_000) + content[24:29]
    checksum = struct.pack(">I", zlib.crc32(header))
    path.write_bytes(content[:12] + header + checksum + content[33:])
    (result,) = read_all(pool, [path]).values()
    assert result.reason == "too large: over 500 megapixels"


def sharing_tiff(*sizes: tuple[int, int]) -> bytes:
    """A TIFF of floats whose frames have strips of 20 rows, all of which share the same data."""
    content = b"II*\0" + bytes(4)
    link = 4
    for width, height in sizes:
        data = zlib.compress(bytes(width * 20 * 4), 9)
        strips = -(-height // 20)
        offsets = len(content)
        content += struct.pack("<I", offsets + 8 * strips) * strips
        content += struct.pack("<I", len(data)) * strips + data
        content += bytes(len(content) % 2)
        entries = [
            *((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 32), (259, 3, 1, 8)),
            *((262, 3, 1, 1), (273, 4, strips, offsets), (277, 3, 1, 1), (278, 4, 1, 20)),
            *((279, 4, strips, offsets + 4 * strips), (339, 3, 1, 3)),
        ]
        start = struct.pack("<I", len(content))
        content = content[:link] + start + content[link + 4 :]
        content += struct.pack("<H", len(entries))
        content += b"".join(struct.pack("<HHII", *entry) for entry in entries)
        link = len(content)
        content += bytes(4)
    return content


@pytest.mark.parametrize("sizes", [[(20_000, 19_550)], [(40, 40), (20_000, 19_550)]])
def test_pixels_that_have_no_room_in_their_file_are_refused_before_they_are_decoded(
    pool, tmp_path, sizes
):
    path = tmp_path / "claim.tif"
    path.write_bytes(sharing_tiff(*sizes))
    assert path.stat().st_size < 20_000
    (result,) = read_all(pool, [path]).values()
    assert "20000 x 19550 pixels have no room in" in result.reason
    path.write_bytes(sharing_tiff(*((width, 400) for width, _ in sizes)))
    (result,) = read_all(pool, [path]).values()
    assert isinstance(result, Record)
    assert result.frames == len(sizes)


def test_blank_scans_are_read_however_little_they_take(pool, tmp_path):
    scans = {
        "group4.tif": ("1", {"compression": "group4"}),
        "deflate.tif": ("1", {"compression": "tiff_adobe_deflate"}),
        "lzw.tif": ("L", {"compression": "tiff_lzw"}),
        "grey.png": ("L", {}),
        "grey.webp": ("L", {"lossless": True}),
    }
    for name, (mode, options) in scans.items():
        size = (16_000, 4_200)
        Image.new(mode, size, 255).save(tmp_path / name, **options)
    results = read_all(pool, [tmp_path / name for name in scans])
    assert {path.name for path, result in results.items() if isinstance(result, Record)} == {*scans}


def samples(folder: Path) -> list[Path]:
    """A small picture in every format that can be written here."""
    made = []
    for name, options in {
        "a.jpg": {},
        "progressive.jpg": {"progressive": True},
        "a.png": {},
        "a.gif": {},
        "a.bmp": {},
        "a.webp": {},
        "lossless.webp": {"lossless": True},
        "a.tif": {},
        "lzw.tif": {"compression": "tiff_lzw"},
        "jpeg.tif": {"compression": "jpeg"},
        "a.avif": {},
        "a.heic": {},
        "a.jp2": {},
        "a.ppm": {},
        "a.tga": {"compression": "tga_rle"},
        "a.pcx": {},
        "a.sgi": {},
        "a.ico": {},
        "a.icns": {},
        "a.dds": {},
        "a.qoi": {},
    }.items():
        made.append(folder / name)
        photo(64, 48).save(made[-1], **options)
    for name in ("animated.png", "animated.gif", "animated.webp", "pages.tif", "animated.avif"):
        made.append(folder / name)
        frames = [with_alpha(40, 30).rotate(30 * index) for index in range(4)]
        frames[0].save(made[-1], save_all=True, append_images=frames[1:])
    if Image.registered_extensions().get(".jxl"):
        made.append(folder / "a.jxl")
        photo(64, 48).save(made[-1])
    return made


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("share", [SAMPLE, pytest.param(None, marks=pytest.mark.long)])
def test_every_prefix_of_every_format_is_read_or_reported(pool, tmp_path, share):
    chance = random.Random(17)
    (tmp_path / "whole").mkdir()
    paths = []
    for path in samples(tmp_path / "whole"):
        content = path.read_bytes()
        lengths = range(0, len(content), 64)
        for length in (
            lengths if share is None else chance.sample(lengths, min(share, len(lengths)))
        ):
            paths.append(tmp_path / f"{path.stem}-{length}{path.suffix}")
            paths[-1].write_bytes(content[:length])
    results = read_all(pool, paths)
    assert set(results) == set(paths)
    assert_reported(results)
    assert [path.name for path in paths if isinstance(results[path], WorkerLoss)] == []


def test_a_picture_that_is_cut_short_is_not_taken_for_a_picture(pool, tmp_path):
    (tmp_path / "whole").mkdir()
    paths = []
    for path in samples(tmp_path / "whole"):
        paths.append(tmp_path / path.name)
        content = path.read_bytes()
        paths[-1].write_bytes(content[: len(content) // 2])
    results = read_all(pool, paths)
    taken = [path.name for path in paths if isinstance(results[path], Record)]
    assert taken == []


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("rounds", [4, pytest.param(200, marks=pytest.mark.long)])
def test_flipped_bits_are_read_or_reported(pool, tmp_path, rounds):
    chance = random.Random(23)
    (tmp_path / "whole").mkdir()
    paths = []
    for path in samples(tmp_path / "whole"):
        for number in range(rounds):
            content = bytearray(path.read_bytes())
            for _ in range(1 + number % 9):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            paths.append(tmp_path / f"{path.stem}-{number}{path.suffix}")
            paths[-1].write_bytes(content)
    results = read_all(pool, paths)
    assert set(results) == set(paths)
    assert_reported(results)


def assert_none_rejected(pool, paths):
    results = read_all(pool, paths)
    rejected = {
        path: result.reason for path, result in results.items() if not isinstance(result, Record)
    }
    for path in rejected:
        with pytest.raises(Exception), Image.open(path) as picture:  # noqa: B017, PT011
            picture.load()


def test_a_part_of_the_clip_art_is_read_where_it_is_cached(pool):
    paths = clip_art()
    if not paths:
        pytest.skip(f"needs Debian's {CLIP_ART}, which `pytest -m long` fetches")
    assert_none_rejected(pool, random.Random(3).sample(paths, 60))


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_none_of_a_thousand_clip_arts_that_pillow_reads_is_rejected(pool):
    if not clip_art():
        fetch_clip_art()
    paths = clip_art()
    assert_none_rejected(pool, random.Random(1).sample(paths, 1000))


def test_discovery_and_reading_survive_the_hostile_folder(pool, corpus):
    options = SearchOptions(paths=(os.fsencode(corpus / "hostile"),), limit_extensions=False)
    seen = discover(options, lambda: False, lambda _: None)
    results = list(pool.map(read, [ReadRequest(file, 50) for file in seen.files]))
    assert len(results) == len(seen.files)
