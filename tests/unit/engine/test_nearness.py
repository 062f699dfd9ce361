"""A quick look first: what it may say by itself, and what it decodes in full before it speaks."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from harness.caches import CountingPool, build, same
from harness.pictures import found, photo
from harness.records import groups_of, make_options, members_of, pairs_of
from PIL import Image, ImageFilter

from difd.engine import pipeline
from difd.engine.read.decode import describe, read
from difd.engine.read.look import ERROR
from difd.engine.record import ReadRequest
from difd.store.cache.tensor_cache import TensorCache

LARGE = (1200, 900)


def rms(one, other) -> float:
    return float(np.sqrt(np.mean((one.astype(float) - other) ** 2)))


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    """Large JPEGs: two saved again, one with a byte for byte copy, two like no other; a PNG."""
    folder = tmp_path_factory.mktemp("album")
    picture = photo(*LARGE)
    picture.save(folder / "a.jpg", quality=92)
    picture.save(folder / "a again.jpg", quality=85)
    picture.transpose(Image.Transpose.ROTATE_90).save(folder / "a turned.jpg", quality=90)
    picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM).filter(ImageFilter.CONTOUR).save(
        folder / "b.jpg"
    )
    shutil.copy(folder / "b.jpg", folder / "b copy.jpg")
    Image.radial_gradient("L").resize(LARGE).save(folder / "grey.jpg")
    Image.linear_gradient("L").convert("RGB").resize(LARGE).save(folder / "lines.jpg")
    picture.crop((0, 0, 600, 600)).save(folder / "part.png")
    return folder


def search(folder, decode, *, pool=None, cache=None, **options):
    pool = pool or CountingPool()
    paths = options.pop("paths", (bytes(folder),))
    made = make_options(paths=paths, px_size=50, decode=decode, **options)
    progress = (lambda _: None), (lambda: False)
    library = pipeline.build(made, pool, *progress, cache)
    return list(pipeline.search(library, made, pool, *progress, memory=cache).rows())[:-1]


def test_a_quick_look_at_a_large_jpeg_is_near_and_says_so(album):
    exact = read(ReadRequest(found(album / "a.jpg"), 50))
    quick = read(ReadRequest(found(album / "a.jpg"), 50, mode="fast"))
    assert (exact.exact, quick.exact) == (True, False)
    assert 0 < rms(exact.tensor, quick.tensor) < ERROR / 2
    for name in ("width", "height", "format", "orientation", "digest", "former"):
        assert getattr(exact, name) == getattr(quick, name)
    assert quick.pixel_digest != exact.pixel_digest
    assert (quick.error, exact.error) == (ERROR, 0)


def test_orientation_and_size_are_those_of_the_whole_picture(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(*LARGE).save(tmp_path / "a.jpg", exif=exif)
    exact = read(ReadRequest(found(tmp_path / "a.jpg"), 50))
    quick = read(ReadRequest(found(tmp_path / "a.jpg"), 50, mode="fast"))
    assert (quick.width, quick.height) == (exact.width, exact.height) == LARGE[::-1]
    assert rms(exact.tensor, quick.tensor) < ERROR / 2


@pytest.mark.parametrize("orientation", [1, 6, 7])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [(300, 250), (61, 700), (7, 5)])
def test_a_first_look_at_a_small_jpeg_has_the_exact_tensor(tmp_path, size, mode, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "a maker"
    photo(*size).convert(mode).save(tmp_path / "a.jpg", exif=exif)
    exact = read(ReadRequest(found(tmp_path / "a.jpg"), 50))
    quick = read(ReadRequest(found(tmp_path / "a.jpg"), 50, mode="fast"))
    assert (quick.exact, quick.described, quick.error, quick.metadata) == (False, False, 0, ())
    assert quick.tally == exact.tally != b""
    assert np.array_equal(quick.planes, exact.planes)
    told = describe(quick)
    assert (told.metadata, told.value, told.described) == (("camera",), exact.value, True)
    assert not told.exact


def test_turned_and_mirrored_copies_share_their_tally(tmp_path):
    picture = photo(300, 200)
    tallies = set()
    for number, method in enumerate((None, *Image.Transpose)):
        made = picture if method is None else picture.transpose(method)
        made.save(tmp_path / f"{number}.png")
        tallies.add(read(ReadRequest(found(tmp_path / f"{number}.png"), 50)).tally)
    assert len(tallies) == 1
    picture.putpixel((3, 3), (1, 2, 3))
    picture.save(tmp_path / "other.png")
    assert read(ReadRequest(found(tmp_path / "other.png"), 50)).tally not in tallies


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_where_a_quick_look_gains_nothing_it_is_exact(tmp_path, name):
    path = tmp_path / name
    photo(500, 400).save(path)
    exact = read(ReadRequest(found(path), 50))
    quick = read(ReadRequest(found(path), 50, mode="fast"))
    assert quick.exact
    assert same(quick, exact)


def test_a_drawing_that_loses_its_lines_in_a_quick_look_is_decoded_in_full(tmp_path):
    lines = np.full((900, 1200, 3), 255, np.uint8)
    lines[:, ::9] = lines[::13] = 0
    Image.fromarray(lines).save(tmp_path / "a.jpg", quality=92)
    exact = read(ReadRequest(found(tmp_path / "a.jpg"), 50))
    quick = read(ReadRequest(found(tmp_path / "a.jpg"), 50, mode="fast"))
    assert (quick.exact, quick.error) == (False, 0)
    assert np.array_equal(quick.planes, exact.planes)


@pytest.mark.parametrize("similarity", [0.0, 0.5, 5.0, 60.0])
@pytest.mark.parametrize("in_folder", ["off", "each"])
def test_auto_finds_what_exact_finds_and_says_the_same(album, similarity, in_folder):
    options = {"similarity": similarity, "in_folder": in_folder, "mirror": True}
    assert search(album, "auto", **options) == search(album, "exact", **options)


@pytest.mark.parametrize("across", ["off", "folders", "reference"])
@pytest.mark.parametrize("similarity", [0.0, 5.0])
def test_copies_of_a_picture_like_no_other_match_from_folder_to_folder(
    album, tmp_path, across, similarity
):
    there = tmp_path / "there"
    there.mkdir()
    for name in ("b.jpg", "grey.jpg", "a.jpg"):
        shutil.copy(album / name, there / f"copy of {name}")
    folders = (bytes(album), bytes(there))
    options = {"similarity": similarity, "across": across}
    if across == "reference":
        options["reference"] = (folders[1],)
    found = [search(album, decode, paths=folders, **options) for decode in ("auto", "exact")]
    assert found[0] == found[1]
    assert found[0]


def test_auto_decodes_in_full_only_what_is_near_a_match(album):
    pool = CountingPool()
    rows = search(album, "auto", pool=pool, similarity=5.0)
    assert {pair[0].rpartition(b"/")[2] for pair in pairs_of(rows)} == {
        b"a again.jpg",
        b"b copy.jpg",
    }
    again = [name for name in set(pool.decoded) if pool.decoded.count(name) > 1]
    assert sorted(again) == ["a again.jpg", "a turned.jpg", "a.jpg"]


def test_equal_bytes_need_no_second_look(album):
    pool = CountingPool()
    rows = search(album, "auto", pool=pool)
    members = members_of(rows)
    assert members[bytes(album / "b copy.jpg")].match == "bytes"
    assert pool.decoded.count("b.jpg") + pool.decoded.count("b copy.jpg") == 1
    assert len(pool.described) == 1


def test_where_one_of_some_copies_goes_another_one_is_asked(album, tmp_path):
    folder = tmp_path / "album"
    folder.mkdir()
    for name in ("1.jpg", "2.jpg", "3.jpg"):
        shutil.copy(album / "b.jpg", folder / name)

    class Thief(CountingPool):
        def map(self, function, items):
            if function is describe:
                (folder / "1.jpg").unlink(missing_ok=True)
            return super().map(function, items)

    rows = search(folder, "auto", pool=(pool := Thief()))
    assert set(members_of(rows)) == {bytes(folder / "2.jpg"), bytes(folder / "3.jpg")}
    gone = [row for row in rows if getattr(row, "path", b"").endswith(b"/1.jpg")]
    assert [row.reason for row in gone] == ["vanished during the search"]
    assert len(pool.described) == 2


def test_fast_decides_by_what_it_saw(album):
    pool = CountingPool()
    rows = search(album, "fast", pool=pool, similarity=5.0)
    assert len(pool.decoded) == len(set(pool.decoded))
    assert len(groups_of(rows)) == 2


def test_a_search_by_another_threshold_decodes_only_what_is_newly_near(album):
    pool = CountingPool()
    options = make_options(paths=(bytes(album),), px_size=50, decode="auto")
    told = (lambda _: None), (lambda: False)
    library = pipeline.build(options, pool, *told)
    before = library.records
    for similarity in (0.0, 5.0):
        made = make_options(paths=(bytes(album),), px_size=50, similarity=similarity)
        pipeline.search(library, made, pool, *told)
    assert library.records is before


def test_exact_records_are_kept_and_taken_before_quick_ones(album, tmp_path):
    cache = TensorCache(tmp_path / "cache" / "tensors")
    quick = build(album, cache, px=50, decode="fast")
    assert not quick.records["lines.jpg"].exact
    assert quick.records["part.png"].exact
    exact = build(album, cache, px=50, decode="exact")
    assert all(record.exact for record in exact.records.values())
    assert "part.png" not in exact.decoded
    again = build(album, cache, px=50, decode="fast")
    assert all(record.exact for record in again.records.values())
    assert again.decoded == []
    cache.close()


def test_a_file_that_goes_before_its_second_look_is_reported(album, tmp_path):
    folder = tmp_path / "album"
    shutil.copytree(album, folder)

    class Thief(CountingPool):
        def map(self, function, items):
            for item, answer in super().map(function, items):
                yield item, answer
                if item.file.path.endswith(b"lines.jpg") and (folder / "a.jpg").exists():
                    (folder / "a.jpg").unlink()

    rows = search(folder, "auto", pool=Thief(), similarity=5.0)
    assert bytes(folder / "a.jpg") not in members_of(rows)
    gone = [row for row in rows if getattr(row, "path", b"").endswith(b"/a.jpg")]
    assert [row.reason for row in gone] == ["vanished during the search"]
