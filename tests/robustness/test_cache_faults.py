"""The tensor cache on failing disks, in crashing processes, and in the wrong hands."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from harness.caches import build, gallery, same, settle
from harness.disks import small_disk

from difd.store.cache import upkeep
from difd.store.cache.layout import index_path
from difd.store.cache.tensor_cache import TensorCache

PICTURES = 24

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
import difd.store.cache.tensor_cache as module
from harness.caches import build
module._BATCH_RECORDS = 2
cache = module.TensorCache(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for px in map(int, sys.argv[4:]):
    built = build(Path(sys.argv[2]), cache, px=px)
    print(len(built.records), len(built.decoded), flush=True)
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Old enough to be trusted; not to be changed."""
    folder = gallery(tmp_path_factory.mktemp("pictures"), PICTURES)
    settle(folder)
    return folder


@pytest.fixture(scope="module")
def truth(pictures):
    return build(pictures, None).records


@pytest.fixture
def place(tmp_path):
    return tmp_path / "cache" / "tensors"


@contextmanager
def opened(place):
    cache = TensorCache(place)
    try:
        yield cache
    finally:
        cache.close()


def filled(place: Path, pictures: Path) -> Path:
    with opened(place) as cache:
        build(pictures, cache)
    return place


def check(place: Path, pictures: Path, truth) -> int:
    """A build says what a fresh one says; how many pictures had to be decoded for it."""
    with opened(place) as cache:
        built = build(pictures, cache)
    assert sorted(built.records) == sorted(truth)
    assert all(same(record, truth[name]) for name, record in built.records.items())
    return len(built.decoded)


def slabs(place: Path) -> list[Path]:
    return sorted((place / "slabs").glob("*.slab"))


def start(place: Path, pictures: Path, *sizes: int) -> subprocess.Popen[str]:
    """A process that builds with the cache when it is told to."""
    harness = str(Path(__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, place, pictures, harness, *map(str, sizes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bits_in_a_slab_cost_a_decode_and_never_a_wrong_record(
    place, pictures, truth, seed
):
    chance = random.Random(seed)
    (slab,) = slabs(filled(place, pictures))
    content = bytearray(slab.read_bytes())
    flips = 1 + seed * 3
    for _ in range(flips):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    slab.write_bytes(content)
    decoded = check(place, pictures, truth)
    assert 1 <= decoded <= flips
    assert check(place, pictures, truth) == 0
    assert upkeep.verify(place) == upkeep.CacheCheck(PICTURES, 0, rebuilt=False)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_slab_loses_only_what_was_cut_off(place, pictures, truth, share):
    (slab,) = slabs(filled(place, pictures))
    os.truncate(slab, int(slab.stat().st_size * share))
    found = upkeep.verify(place)
    assert found.records + found.damaged == PICTURES
    assert abs(found.damaged - (1 - share) * PICTURES) <= 1
    assert check(place, pictures, truth) == found.damaged
    assert check(place, pictures, truth) == 0


def test_a_missing_slab_is_no_more_than_forgotten(place, pictures, truth):
    (slab,) = slabs(filled(place, pictures))
    slab.unlink()
    assert check(place, pictures, truth) == PICTURES
    assert check(place, pictures, truth) == 0


def test_slabs_in_each_others_place_are_not_believed(tmp_path, place, pictures, truth):
    (slab,) = slabs(filled(place, pictures))
    elsewhere = filled(tmp_path / "other" / "tensors", gallery(tmp_path / "more", PICTURES + 3))
    shutil.copyfile(slabs(elsewhere)[0], slab)
    check(place, pictures, truth)


def test_a_deleted_index_is_begun_anew_and_its_slabs_are_removed(place, pictures, truth):
    (slab,) = slabs(filled(place, pictures))
    index_path(place).unlink()
    assert check(place, pictures, truth) == PICTURES
    assert slab not in slabs(place)
    assert check(place, pictures, truth) == 0


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_index_never_leads_to_a_wrong_record(place, pictures, truth, seed):
    chance = random.Random(seed)
    filled(place, pictures)
    path = index_path(place)
    content = bytearray(path.read_bytes())
    if seed == 0:
        content = bytearray(b"this is no database, and never was one" * 200)
    elif seed == 1:
        del content[len(content) // 3 :]
    else:
        for _ in range(1 << seed):
            content[chance.randrange(len(content))] = chance.randrange(256)
    path.write_bytes(content)
    check(place, pictures, truth)
    check(place, pictures, truth)
    upkeep.clear(place)
    assert check(place, pictures, truth) == PICTURES
    assert check(place, pictures, truth) == 0


def test_a_damaged_index_is_noticed_by_a_check_and_by_clearing(place, pictures, truth):
    for act in (upkeep.verify, upkeep.clear):
        filled(place, pictures)
        index_path(place).write_bytes(b"nothing of the kind" * 500)
        act(place)
        assert check(place, pictures, truth) == PICTURES


def test_an_index_that_goes_while_it_is_open_does_no_harm(place, pictures):
    with opened(place) as cache:
        build(pictures, cache)
        index_path(place).unlink()
        assert len(build(pictures, cache).decoded) == PICTURES
        assert build(pictures, cache).decoded == []


def test_processes_that_write_at_once_leave_one_sound_cache(place, pictures, truth):
    processes = [start(place, pictures, 20, 21 + n, 20) for n in range(4)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        output, _ = process.communicate(timeout=60)
        counts = [tuple(map(int, line.split())) for line in output.splitlines()]
        assert [records for records, _ in counts] == [PICTURES] * 3
        assert counts[2][1] == 0
    assert upkeep.verify(place) == upkeep.CacheCheck(5 * PICTURES, 0, rebuilt=False)
    assert check(place, pictures, truth) == 0


def kill_somewhere(place: Path, pictures: Path, seed: int, seconds: float) -> None:
    process = start(place, pictures, *range(20, 40))
    process.stdin.write("\n")
    process.stdin.flush()
    time.sleep(random.Random(seed).uniform(0, seconds))
    process.send_signal(signal.SIGKILL)
    process.communicate()


def kill_often(place: Path, pictures: Path, truth, seeds: range) -> None:
    before = 0
    for seed in seeds:
        kill_somewhere(place, pictures, seed, 1.2)
        found = upkeep.verify(place)
        assert found.damaged == 0
        assert found.records >= before, "a finished batch is gone"
        before = found.records
    check(place, pictures, truth)
    with opened(place) as cache:
        cache.begin()
    assert len(slabs(place)) <= len(seeds) + 1
    assert check(place, pictures, truth) == 0


def test_a_build_that_is_killed_loses_no_finished_batch(place, pictures, truth):
    kill_often(place, pictures, truth, range(6))


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_builds_that_are_killed_at_two_hundred_moments_lose_no_finished_batch(
    place, pictures, truth
):
    kill_often(place, pictures, truth, range(200))


@pytest.mark.parametrize("size", ["4k", "16k", "32k", "48k", "64k", "80k"])
def test_a_full_disk_costs_the_cache_and_nothing_else(tmp_path, pictures, truth, size, caplog):
    with small_disk(tmp_path / "disk", size) as disk:
        place = disk / "difd" / "tensors"
        for _ in range(3):
            check(place, pictures, truth)
        assert "going on without the tensor cache" in caplog.text
        with suppress(sqlite3.OperationalError):  # there may not even be room for that
            assert upkeep.verify(place).damaged == 0


def test_room_that_appears_is_used_again(tmp_path, pictures):
    with small_disk(tmp_path / "disk", "1m") as disk:
        place = disk / "difd" / "tensors"
        with opened(place) as cache:
            ballast = disk / "ballast"
            ballast.write_bytes(bytes(950 << 10))
            build(pictures, cache)
            ballast.unlink()
            build(pictures, cache)
            assert build(pictures, cache).decoded == []


def test_a_limit_on_the_size_of_files_costs_the_cache_and_nothing_else(
    place, pictures, truth, caplog
):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    filled(place, pictures)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with opened(place) as cache:
            built = build(pictures, cache, px=40)
            assert len(built.records) == PICTURES
        assert "going on without the tensor cache" in caplog.text
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert upkeep.verify(place).damaged == 0
    assert check(place, pictures, truth) == 0


def test_a_cache_on_a_read_only_disk_is_read(tmp_path, pictures, truth, caplog):
    with small_disk(tmp_path / "disk", "4m") as disk:
        place = filled(disk / "difd" / "tensors", pictures)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert check(place, pictures, truth) == 0
        assert "it can only be read" in caplog.text
        with opened(place) as cache:
            assert len(build(pictures, cache, px=30).decoded) == PICTURES


def test_a_place_that_cannot_be_made_costs_the_cache_and_nothing_else(
    tmp_path, pictures, truth, caplog
):
    (tmp_path / "file").write_bytes(b"")
    assert check(tmp_path / "file" / "tensors", pictures, truth) == PICTURES
    assert "going on without the tensor cache" in caplog.text


def test_a_busy_index_costs_the_cache_and_nothing_else(place, pictures, truth, monkeypatch):
    monkeypatch.setattr("difd.store.cache.index._BUSY_SECONDS", 0.1)
    filled(place, pictures)
    other = sqlite3.connect(index_path(place), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        assert check(place, pictures, truth) == PICTURES
    finally:
        other.close()
    assert check(place, pictures, truth) == 0
