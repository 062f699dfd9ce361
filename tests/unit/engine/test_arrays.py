"""Tensors in mapped files: compared the same wherever they lie, without filling memory."""

from __future__ import annotations

import errno
import mmap
from pathlib import Path

import numpy as np
import pytest
from harness.memory import resident_of

from difd.engine.match.arrays import Arrays
from difd.engine.match.distance import Planes
from difd.engine.match.signature import signatures
from difd.system import mapped

PX = 16


@pytest.fixture(autouse=True)
def _all_are_many(monkeypatch):
    monkeypatch.setattr(mapped, "RESIDENT_BYTES", 1000)


def in_files(tensors, folder, *, of=3):
    """The same tensors in mapped files, `of` in each, behind a few bytes of something else."""
    lying = []
    for start in range(0, len(tensors), of):
        some = tensors[start : start + of]
        path = folder / f"{start}"
        path.write_bytes(b"head" + b"".join(tensor.tobytes() for tensor in some))
        with path.open("rb") as file:
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            mapped.add(whole, file.fileno())
        at = 4
        for tensor in some:
            own = np.frombuffer(whole, np.uint8, tensor.size, at).reshape(tensor.shape)
            lying.append(own)
            at += tensor.size
    return lying


def tensors_of(planes):
    random = np.random.default_rng(0)
    first = random.integers(0, 256, (6, PX, PX, 3), np.uint8)
    return [
        np.clip(first[:count] + random.integers(0, 3, (count, PX, PX, 3)), 0, 255).astype(np.uint8)
        for count in planes
    ]


def test_they_are_compared_as_those_in_memory_are(tmp_path):
    counts = [1, 2, 1, 3, 6, 1, 2, 3, 1]
    tensors = tensors_of(counts)
    frames = np.array([3 if count in {3, 6} else 1 for count in counts], np.int64)
    lying = in_files(tensors, tmp_path)
    lying[2] = tensors[2]  # not every one of them is in a file
    # Some pairs come twice, some have the later image first.
    a = np.array([0, 3, 1, 8, 8, 2, 5, 4, 0], np.int64)
    b = np.array([2, 4, 5, 0, 0, 8, 8, 8, 8], np.int64)
    turns = np.full(len(a), 255, np.uint8)
    far = Planes(lying, frames, PX)
    assert far._lying.are_far
    near = Planes(tensors, frames, PX)
    assert not near._lying.are_far
    for limit in (10, 40_000, 2**40):
        for one, other in zip(
            far.closest(a, b, turns, limit), near.closest(a, b, turns, limit), strict=True
        ):
            assert np.array_equal(one, other)
    nothing = np.empty(0, np.int64)
    assert len(far.closest(nothing, nothing, turns[:0], 1)[0]) == 0


def test_their_signatures_are_those_of_tensors_in_memory(tmp_path):
    tensors = list(np.random.default_rng(2).integers(0, 256, (9, PX, PX, 3), np.uint8))
    lying = in_files(tensors, tmp_path)
    assert Arrays(lying).are_far
    for far, near in zip(signatures(lying, PX), signatures(tensors, PX), strict=True):
        assert np.array_equal(far, near)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="Linux says what is resident")
def test_they_take_no_memory_but_their_own(tmp_path):
    tensors = list(np.random.default_rng(1).integers(0, 256, (40, 1, PX, PX, 3), np.uint8))
    arrays = Arrays(in_files(tensors, tmp_path, of=40))
    before = resident_of(tmp_path)
    taken = arrays.take([39, 0, 7])
    assert [np.array_equal(t, tensors[n]) for t, n in zip(taken, (39, 0, 7), strict=True)] == [
        True
    ] * 3
    assert resident_of(tmp_path) == before == 0


def test_a_file_that_was_cut_off_is_said(tmp_path):
    arrays = Arrays(in_files(tensors_of([1] * 6), tmp_path, of=6))
    with (tmp_path / "0").open("r+b") as file:
        file.truncate(2000)
    with pytest.raises(OSError, match="cut off"):
        arrays.take([5])
    assert len(arrays.take([0])) == 1


def test_few_are_read_where_they_lie(tmp_path, monkeypatch):
    monkeypatch.setattr(mapped, "RESIDENT_BYTES", 1 << 20)
    assert not Arrays(in_files(tensors_of([1] * 6), tmp_path)).are_far


def test_where_no_more_files_can_be_opened_they_are_read_through_the_map(tmp_path, monkeypatch):
    def refuse(_descriptor: int) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(mapped.os, "dup", refuse)
    tensors = tensors_of([1] * 6)
    arrays = Arrays(in_files(tensors, tmp_path))
    assert not arrays.are_far
    assert np.array_equal(arrays.take([4])[0], tensors[4])


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Linux says what is open")
def test_files_are_closed_with_their_maps(tmp_path):
    lying = in_files(tensors_of([1, 1]), tmp_path)
    assert [path for path in open_files() if str(tmp_path) in path]
    del lying
    assert not [path for path in open_files() if str(tmp_path) in path]


def open_files():
    return [str(link.resolve()) for link in Path("/proc/self/fd").iterdir()]
