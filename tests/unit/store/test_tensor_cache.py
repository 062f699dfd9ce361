"""Nothing is decoded twice: not the same file, not a copy, not under another name."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from harness.caches import CountingPool, build, gallery, same, settle
from harness.memory import resident_of
from harness.pictures import photo
from harness.records import make_options
from PIL import Image

from difd.engine import memory, pipeline
from difd.engine.work import WorkerLoss
from difd.pools.local import LocalPool
from difd.store.cache.tensor_cache import TensorCache
from difd.store.freshness import is_local, is_settled
from difd.system import mapped
from difd.system.posix import mounts

SECOND = 10**9


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="Linux says what is resident")
def test_recalled_tensors_leave_memory_and_come_back(settled, place, cache, monkeypatch):
    build(settled, cache)
    records = build(settled, cache).records
    before = {name: record.planes.copy() for name, record in records.items()}
    cache.release()
    assert resident_of(place) > 0, "little memory is not worth a page fault"
    monkeypatch.setattr(mapped, "RESIDENT_BYTES", 1)
    with monkeypatch.context() as patched:
        patched.setattr(mapped, "_resident", lambda: 1)
        cache.release()
    assert resident_of(place) > 0, "little of it is in memory"
    cache.release()
    assert resident_of(place) == 0
    for name, planes in before.items():
        assert np.array_equal(records[name].planes, planes)
    assert resident_of(place) > 0


def test_a_second_build_opens_no_file_and_says_the_same(settled, cache):
    first = build(settled, cache)
    assert len(first.decoded) == 9
    again = build(settled, cache)
    assert (again.decoded, again.digested) == ([], [])
    fresh = build(settled, None)
    for name, record in fresh.records.items():
        assert same(record, first.records[name])
        assert same(record, again.records[name])
        assert record.file == again.records[name].file


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """Files that no decoder can read, each for another reason."""
    folder = tmp_path_factory.mktemp("broken")
    photo().save(folder / "whole.png")
    whole = (folder / "whole.png").read_bytes()
    (folder / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_bytes(b"not a picture")
    (folder / "text-copy.jpg").write_bytes(b"not a picture")
    settle(folder)
    return folder


@pytest.mark.parametrize("decode", ["exact", "auto"])
def test_what_cannot_be_read_is_not_tried_again_and_said_again(broken, place, decode):
    first = build(broken, TensorCache(place), decode=decode)
    assert first.refused == ["empty.png", "text-copy.jpg", "truncated.png"]
    assert first.digested == ["text.jpg"]
    again = build(broken, TensorCache(place), decode=decode)
    assert (again.decoded, again.digested, again.refused) == ([], [], [])
    assert again.reasons == first.reasons
    assert len(again.reasons) == 4


def test_a_broken_file_under_another_name_is_read_and_not_tried(broken, cache, tmp_path):
    build(broken, cache)
    folder = tmp_path / "copies"
    folder.mkdir()
    shutil.copy(broken / "truncated.png", folder / "again.png")
    again = build(folder, cache)
    assert (again.digested, again.refused) == (["again.png"], [])
    assert list(again.reasons.values()) == ["the file is truncated"]


def test_a_broken_file_that_was_mended_is_read(cache, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.png").write_bytes(b"not yet")
    assert build(tmp_path / "a", cache).refused == ["a.png"]
    photo().save(tmp_path / "a" / "a.png")
    assert build(tmp_path / "a", cache).decoded == ["a.png"]


def blank_png(edge: int) -> bytes:
    """A PNG of one bit a pixel, which takes eight times as much when it is decoded."""
    rows = zlib.compress(bytes((1 + (edge + 7) // 8) * edge), 1)
    header = struct.pack(">IIBBBBB", edge, edge, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def options_for(folder):
    return make_options(paths=(os.fsencode(folder),), px_size=20)


class LosingPool(CountingPool):
    """A pool in which every worker is killed."""

    def map(self, _function, items):
        for item in items:
            yield item, WorkerLoss("took longer than 60 seconds")


def test_what_a_worker_was_lost_over_is_tried_again(settled, cache):
    lost = build(settled, cache, LosingPool())
    assert len(lost.reasons) == 9
    assert len(build(settled, cache).decoded) == 9


def test_what_there_was_no_memory_for_is_tried_again(cache, tmp_path):
    folder = tmp_path / "large"
    folder.mkdir()
    (folder / "large.png").write_bytes(blank_png(22_000))
    settle(folder)
    with LocalPool(1, memory_limit=1 << 29) as pool:
        library = pipeline.build(options_for(folder), pool, lambda _: None, lambda: False, cache)
    assert [entry.reason for entry in library.unreadable] == [
        "needs more memory than a worker may take"
    ]
    asked_again = build(folder, cache, LosingPool())
    assert list(asked_again.reasons.values()) == ["took longer than 60 seconds"]


def test_another_process_recalls_what_this_one_read(settled, place):
    for expected in (9, 0):
        cache = TensorCache(place)
        assert len(build(settled, cache).decoded) == expected
        cache.close()


def test_records_that_are_on_the_disk_take_no_memory(settled, cache):
    for built in (build(settled, cache), build(settled, cache)):
        for record in built.records.values():
            assert not record.planes.flags.owndata
            assert not record.planes.flags.writeable


def test_another_size_of_tensor_is_another_record(settled, cache):
    build(settled, cache, px=20)
    other = build(settled, cache, px=30)
    assert len(other.decoded) == 9
    assert other.records["0.png"].planes.shape == (1, 30, 30, 3)
    assert build(settled, cache, px=20).decoded == []


def test_another_pillow_or_engine_decodes_again(settled, cache, monkeypatch):
    build(settled, cache)
    monkeypatch.setattr(memory, "decoder_version", lambda: "engine 2")
    assert len(build(settled, cache).decoded) == 9
    monkeypatch.undo()
    assert build(settled, cache).decoded == []


def test_a_renamed_moved_or_copied_file_is_read_but_not_decoded(tmp_path, cache):
    folder = gallery(tmp_path / "a", 3)
    settle(folder)
    build(folder, cache)
    os.rename(folder / "0.png", folder / "renamed.png")
    os.mkdir(folder / "sub")
    os.rename(folder / "1.png", folder / "sub" / "moved.png")
    shutil.copy(folder / "2.png", folder / "copy.png")
    again = build(folder, cache)
    assert again.decoded == []
    # A rename changes the ctime on most file systems, and then costs a read; a copy always does.
    assert {"copy.png"} <= set(again.digested) <= {"renamed.png", "moved.png", "copy.png"}
    assert sorted(again.records) == ["2.png", "copy.png", "moved.png", "renamed.png"]
    assert same(again.records["copy.png"], again.records["2.png"])
    settle(folder)
    build(folder, cache)
    assert build(folder, cache).digested == []


def test_copies_in_one_build_are_decoded_once(tmp_path, cache):
    folder = gallery(tmp_path / "a", 2)
    for number in range(5):
        shutil.copy(folder / "0.png", folder / f"copy {number}.png")
    for memory_of_the_build in (None, cache):
        built = build(folder, memory_of_the_build)
        assert len(built.decoded) == 2
        assert len(built.digested) == 5
        assert len(built.records) == 7
        assert same(built.records["copy 3.png"], built.records["0.png"])
        assert built.records["copy 3.png"].file.path.endswith(b"copy 3.png")


def test_different_files_of_one_size_are_told_apart(tmp_path, cache):
    folder = tmp_path / "a"
    folder.mkdir()
    for number in range(150):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / f"{number}.bmp")
        if number % 10 == 0:
            Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / f"copy {number}.bmp")
    for memory_of_the_build in (None, cache):
        built = build(folder, memory_of_the_build)
        assert len(built.decoded) == 150
        assert len(built.records) == 165
        for number in range(150):
            assert built.records[f"{number}.bmp"].tensor[0, 0].tolist() == [number, 0, 0]
    # Another memory of the same: more are known than are sent along, and none is decoded.
    for path in folder.iterdir():
        os.utime(path)
    assert build(folder, cache).decoded == []


def test_a_copy_named_as_camera_raw_is_not_taken_for_its_twin(tmp_path, cache):
    folder = gallery(tmp_path / "a", 1)
    # Camera raw looks like TIFF from inside; what begins like a PNG is one, whatever its name.
    Image.open(folder / "0.png").save(folder / "0.tif")
    shutil.copy(folder / "0.tif", folder / "0.nef")
    built = build(folder, cache)
    assert sorted(built.records) == ["0.png", "0.tif"]
    assert built.unreadable == ["0.nef"]


def test_a_copy_of_a_file_that_cannot_be_read_cannot_either(tmp_path, cache):
    folder = tmp_path / "a"
    folder.mkdir()
    for name in ("a.png", "b.png", "c.png"):
        (folder / name).write_bytes(b"no picture at all")
    assert build(folder, cache).unreadable == ["a.png", "b.png", "c.png"]


def test_another_threshold_or_turn_opens_no_file(settled, cache):
    build(settled, cache)
    built = build(settled, cache, similarity=50.0, rotate=False, mirror=True)
    assert (built.decoded, built.digested) == ([], [])


def test_a_file_that_was_just_written_is_read_again_next_time(tmp_path, cache):
    folder = gallery(tmp_path / "a", 2)
    build(folder, cache)
    soon = build(folder, cache)
    assert soon.decoded == []
    assert soon.digested == ["0.png", "1.png"]
    settle(folder)
    assert build(folder, cache).digested == ["0.png", "1.png"]
    assert build(folder, cache).digested == []


def test_a_changed_file_is_decoded_again(tmp_path, cache):
    folder = gallery(tmp_path / "a", 2)
    settle(folder)
    before = build(folder, cache)
    photo(60, 40).rotate(180).save(folder / "0.png")
    after = build(folder, cache)
    assert after.decoded == ["0.png"]
    assert not same(after.records["0.png"], before.records["0.png"])


def test_a_changed_file_with_its_old_mtime_and_size_is_noticed(tmp_path, cache):
    folder = tmp_path / "a"
    folder.mkdir()
    path = folder / "a.bmp"
    Image.new("RGB", (8, 8), "red").save(path)
    settle(folder)
    build(folder, cache)
    then = path.stat()
    Image.new("RGB", (8, 8), "blue").save(path)
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))
    assert path.stat().st_size == then.st_size
    assert build(folder, cache).records["a.bmp"].tensor[0, 0].tolist() == [0, 0, 255]


def test_edits_within_one_tick_of_the_clock_are_noticed(tmp_path, cache):
    folder = tmp_path / "a"
    folder.mkdir()
    for number in range(60):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / "a.bmp")
        tensor = build(folder, cache).records["a.bmp"].tensor
        assert tensor[0, 0].tolist() == [number, 0, 0]


@pytest.mark.parametrize(
    ("age", "local", "seen_before", "trusted"),
    [
        (1.9, True, 0, False),
        (2.0, True, 0, True),
        (3600, True, 0, True),
        (-3600, True, 0, False),
        (-3600, True, 2.0, True),
        (3600, False, 0, False),
        (3600, False, 1.9, False),
        (3600, False, 2.0, True),
    ],
)
def test_a_stat_is_trusted_when_it_was_old_by_the_clock_that_set_it(
    age, local, seen_before, trusted
):
    now = 10**18
    seen = now - int(seen_before * SECOND)
    young, old = now - int(age * SECOND), now - 10_000 * SECOND
    for times in ((young, old), (old, young)):
        assert is_settled(*times, now, local=local, seen_ns=seen) is trusted


def test_file_systems_of_other_machines_are_known(tmp_path, monkeypatch):
    table = tmp_path / "mounts"
    table.write_text(
        "22 1 254:0 / / rw - ext4 /dev/vda rw\n"
        "30 22 0:40 / /far rw shared:1 - nfs4 server:/ rw\n"
        "31 22 0:41 / /near rw - fuse.sshfs host: rw\n"
        "32 22 0:42 / /stick rw master:2 - fuseblk /dev/sdb1 rw\n"
    )
    monkeypatch.setattr(mounts, "_MOUNTS", str(table))
    numbers = {"ext4": (254, 0), "nfs": (0, 40), "sshfs": (0, 41), "ntfs": (0, 42), "?": (0, 99)}
    local = {name: is_local(os.makedev(*pair)) for name, pair in numbers.items()}
    assert local == {"ext4": True, "nfs": False, "sshfs": False, "ntfs": True, "?": True}
    monkeypatch.setattr(mounts, "_MOUNTS", str(tmp_path / "none"))
    assert not is_local(os.makedev(254, 0))


def test_asking_about_the_cache_needs_no_numpy():
    code = "import sys, difd.store.cache.upkeep; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_copies_that_waited_for_a_decode_are_not_trusted_too_early(tmp_path, cache):
    folder = tmp_path / "a"
    folder.mkdir()
    for number in range(80):  # more contents of one size than are sent along
        Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / f"{number:02}.bmp")
        shutil.copy(folder / f"{number:02}.bmp", folder / f"{number:02} copy.bmp")
    build(folder, cache)
    assert len(build(folder, cache).digested) == 160
