"""What difPy 4.2.1 gets wrong in comparing and grouping, tested on the engine alone.

The list of all 32 defects, with difPy itself beside difd, is `tests/parity/test_difpy_defects.py`.
"""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from harness.pictures import photo, record, with_alpha
from harness.records import (
    PX,
    InPlacePool,
    groups_of,
    lower_of,
    make_library,
    make_options,
    make_record,
    members_of,
    pairs_of,
    run,
    search_records,
    shade,
)
from PIL import Image

from difd.engine import pipeline
from difd.engine import search as one_search
from difd.engine.match import lookup
from difd.engine.orientation import turn_image
from difd.protocol.errors import InvalidOption
from difd.protocol.results import Statistics

MANY = 5_200
"""More images than the 5,000 from which difPy takes another way."""


def noise(seed):
    return np.random.default_rng(seed).integers(0, 256, (PX, PX, 3), np.uint8)


@pytest.fixture(scope="module")
def crowd():
    """Images that resemble nothing; built once, as there are many."""
    rng = np.random.default_rng(77)
    tensors = rng.integers(0, 256, (MANY, PX, PX, 3), np.uint8)
    return [make_record(f"/p/{n:05}", tensor) for n, tensor in enumerate(tensors)]


@pytest.mark.parametrize("difference", [16, 32, 64, 128])
def test_defect_4_differences_do_not_wrap(difference):
    records = [make_record("/p/a", shade(20)), make_record("/p/b", shade(20 + difference))]
    assert pairs_of(search_records(records).rows()) == []
    found = pairs_of(search_records(records, similarity=float(difference**2)).rows())
    assert found == [(b"/p/a", b"/p/b", float(difference**2))]


def test_defect_4_black_and_white_are_65025_apart():
    records = [make_record("/p/a", shade(0)), make_record("/p/b", shade(255))]
    assert pairs_of(search_records(records, similarity=65024.9).rows()) == []
    found = pairs_of(search_records(records, similarity=65025.0).rows())
    assert found == [(b"/p/a", b"/p/b", 65025.0)]


def test_defect_5_equal_sums_of_pixels_are_not_equal_images(crowd):
    tensor = noise(1)
    shuffled = np.random.default_rng(2).permutation(tensor.reshape(-1, 3)).reshape(tensor.shape)
    records = [*crowd, make_record("/q/a", tensor), make_record("/q/b", shuffled)]
    assert search_records(records).summary.groups == 0


def test_defect_6_a_chain_never_leaves_only_a_stranger():
    records = [make_record(f"/p/{n}", shade(2 * n), length=1000 - n) for n in range(4)]
    (group,) = groups_of(search_records(records, similarity=4.0).rows())
    kept = {member.path for member in group if member.action == "keep"}
    assert kept == {b"/p/0", b"/p/2"}
    for member in group:
        assert member.path in kept or member.keeper in kept
        assert member.mse in (None, 4.0)


def test_defect_7_icons_that_differ_in_transparency_only_are_no_duplicates(tmp_path):
    with_alpha().save(tmp_path / "a.png")
    photo().save(tmp_path / "b.png")
    other = photo()
    other.putalpha(128)
    other.save(tmp_path / "c.png")
    records = [record(tmp_path / name) for name in ("a.png", "b.png", "c.png")]
    assert search_records(records, px_size=50, similarity=5.0).summary.groups == 0


def test_defect_7_animations_that_begin_alike_are_no_duplicates(tmp_path):
    for name, last in (("a", 90), ("b", 200)):
        frames = [photo(), Image.new("RGB", (150, 100), "red"), Image.new("L", (150, 100), last)]
        frames = [frame.convert("RGB") for frame in frames]
        frames[0].save(tmp_path / f"{name}.png", save_all=True, append_images=frames[1:])
    records = [record(tmp_path / "a.png"), record(tmp_path / "b.png")]
    assert [one.frames for one in records] == [3, 3]
    assert np.array_equal(records[0].tensor, records[1].tensor)
    assert search_records(records, px_size=50, similarity=5.0).summary.groups == 0


def test_defect_7_twice_as_bright_is_no_duplicate_in_modes_without_a_range(tmp_path):
    ramp = np.outer(np.arange(60), np.arange(80)).astype(np.int32)
    for name, factor in (("a", 1), ("b", 2)):
        Image.fromarray(ramp * factor).save(tmp_path / f"{name}.tif")
    records = [record(tmp_path / "a.tif"), record(tmp_path / "b.tif")]
    assert np.array_equal(records[0].tensor, records[1].tensor)
    assert search_records(records, px_size=50).summary.groups == 0


def test_defect_8_quality_is_the_number_of_pixels():
    records = [
        make_record("/p/long", shade(1), size=(190, 20)),
        make_record("/p/square", shade(1), size=(100, 100)),
    ]
    rows = list(search_records(records, same_dim=False).rows())
    assert lower_of(rows) == [b"/p/long"]
    assert members_of(rows)[b"/p/square"].action == "keep"


def test_defect_8_ties_are_decided_by_bytes_and_then_by_the_keep_rules():
    records = [
        make_record("/p/a", shade(1), length=10),
        make_record("/p/b", shade(1), length=20, mtime_ns=5),
        make_record("/p/c", shade(1), length=20, mtime_ns=4),
    ]
    assert lower_of(search_records(records).rows()) == [b"/p/a", b"/p/b"]


def test_defect_10_the_last_of_many_images_is_compared(crowd):
    records = [*crowd, make_record("/q/last", crowd[0].tensor)]
    assert pairs_of(search_records(records).rows()) == [(b"/p/00000", b"/q/last", 0.0)]


@pytest.mark.parametrize("code", range(4))
def test_defect_11_every_rotation_is_tried(code):
    tensor = noise(1)
    records = [
        make_record("/p/a", tensor),
        make_record("/p/b", np.ascontiguousarray(turn_image(tensor, code))),
    ]
    assert pairs_of(search_records(records).rows()) == [(b"/p/a", b"/p/b", 0.0)]
    assert len(pairs_of(search_records(records, rotate=False).rows())) == (code == 0)


@pytest.mark.parametrize("code", range(4, 8))
def test_defect_12_mirrored_images_are_found_if_asked(code):
    tensor = noise(1)
    records = [
        make_record("/p/a", tensor),
        make_record("/p/b", np.ascontiguousarray(turn_image(tensor, code))),
    ]
    assert pairs_of(search_records(records).rows()) == []
    assert pairs_of(search_records(records, mirror=True).rows()) == [(b"/p/a", b"/p/b", 0.0)]


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_defect_13_a_turned_copy_is_a_duplicate_in_spite_of_rounding(tmp_path, angle):
    photo().save(tmp_path / "a.png")
    photo().rotate(angle, expand=True).save(tmp_path / "b.png")
    records = [record(tmp_path / "a.png"), record(tmp_path / "b.png")]
    rows = list(search_records(records, px_size=50).rows())
    assert [mse for _, _, mse in pairs_of(rows)] == [0.0]
    (removed,) = (m for m in members_of(rows).values() if m.keeper)
    assert (removed.match, removed.rotation) == ("pixels", 360 - angle)


def test_defect_17_duplicates_among_many_images_are_found_turned(crowd):
    turned = np.ascontiguousarray(turn_image(crowd[9].tensor, 3))
    records = [*crowd, make_record("/q/turned", turned)]
    assert pairs_of(search_records(records).rows()) == [(b"/p/00009", b"/q/turned", 0.0)]


def test_defect_18_every_pair_has_its_own_mse(crowd):
    near = [make_record(f"/q/{n}", crowd[n].tensor // 2 + n) for n in range(1, 4)]
    halves = [make_record(f"/r/{n}", crowd[n].tensor // 2) for n in range(1, 4)]
    found = pairs_of(search_records([*crowd, *near, *halves], similarity=9.0).rows())
    assert found == [(b"/q/%d" % n, b"/r/%d" % n, float(n * n)) for n in range(1, 4)]


def test_defect_19_folders_of_many_images_are_searched_by_themselves(crowd):
    options = make_options(in_folder="each")
    copies = [make_record(f"/q/{n}", crowd[n].tensor) for n in range(3)]
    copies.append(make_record("/q/again", crowd[0].tensor))
    rows = run(make_library([*crowd, *copies], options), options).rows()
    assert pairs_of(rows) == [(b"/q/0", b"/q/again", 0.0)]


def test_defect_20_results_are_keyed_by_their_own_folder():
    options = make_options(in_folder="each")
    records = [make_record(f"/p/{f}/{n}", shade(1)) for f in ("a", "b/deep", "c") for n in range(2)]
    rows = list(run(make_library(records, options), options).rows())
    folders = {row.file: row.folder for row in rows if hasattr(row, "file")}
    assert folders == {
        b"/p/a/0": b"/p/a", b"/p/b/deep/0": b"/p/b/deep", b"/p/c/0": b"/p/c",
    }  # fmt: skip


def test_defect_21_a_second_search_changes_nothing_of_the_first():
    records = [make_record(f"/p/{n}", shade(n)) for n in range(6)]
    first = make_options()
    library = make_library(records, first)
    outcome = run(library, first)
    before = list(outcome.rows())
    second = run(library, make_options(similarity=65025.0, mirror=True, keep=("newest",)))
    assert second.summary.extra_files == 5
    assert list(outcome.rows()) == before
    again = list(run(library, first).rows())
    assert again[:-1] == before[:-1]


def test_defect_24_paths_are_plain_bytes_and_numbers_are_plain_numbers():
    records = [make_record(f"/p/{n}", shade(n)) for n in range(6)]
    rows = list(search_records(records, similarity=2.0, mirror=True).rows())
    for row in rows:
        for name in row.__struct_fields__:
            value = getattr(row, name)
            assert type(value) in {bytes, str, int, float, bool, tuple, type(None)}, name
    json.dumps([mse for _, _, mse in pairs_of(rows)])


class ShufflingPool(InPlacePool):
    """A pool whose answers come in any order."""

    def __init__(self, seed):
        super().__init__()
        self.random = random.Random(seed)

    def map(self, function, items):
        answers = list(super().map(function, items))
        self.random.shuffle(answers)
        return iter(answers)


def test_defect_25_the_order_of_completion_does_not_matter(tmp_path):
    for number in range(6):
        photo(150 + number % 2, 100).save(tmp_path / f"{number}.png")
        photo().rotate(90 * number, expand=True).save(tmp_path / f"t{number}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    options = make_options(paths=(bytes(tmp_path),), px_size=50, similarity=20.0)
    results = []
    for seed in range(3):
        pool = ShufflingPool(seed)
        library = pipeline.build(options, pool, lambda _: None, lambda: False)
        rows = pipeline.search(library, options, pool, lambda _: None, lambda: False).rows()
        results.append([row for row in rows if not isinstance(row, Statistics)])
    assert results[0] == results[1] == results[2]
    assert len(results[0]) > 12


def test_defect_28_not_a_number_is_no_threshold():
    options = make_options(similarity=float("nan"))
    with pytest.raises(InvalidOption, match="similarity"):
        run(make_library([make_record("/p/a", shade(1))], make_options()), options)


def test_defect_31_all_pairs_are_never_listed_in_memory(monkeypatch):
    """With a threshold that everything meets, what is kept stays within its capacity."""
    kept = []

    class Watched(lookup.Neighbours):
        def __init__(self, comparison, count, **more):
            super().__init__(comparison, count, 1000, **more)

        def add(self, edges):
            super().add(edges)
            kept.append(sum(len(part) for part in self._parts))

    monkeypatch.setattr(one_search, "Neighbours", Watched)
    records = [make_record(f"/p/{n:04}", noise(n)) for n in range(400)]
    outcome = search_records(records, similarity=65025.0)
    assert outcome.summary.extra_files == 399
    assert max(kept) <= 1000
    assert len(pairs_of(outcome.rows())) == 399
