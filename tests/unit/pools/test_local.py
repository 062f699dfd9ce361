"""The local pool: work elsewhere, faults contained, nothing left behind."""

from __future__ import annotations

import importlib
import itertools
import os
import random
import threading
import time

import psutil
import pytest
from harness.pictures import found, photo

from difd.engine.read.decode import ReadRequest, read
from difd.engine.record import Record
from difd.engine.work import Cancelled, WorkerLoss, WorkPool
from difd.pools import local
from difd.pools.local import LocalPool
from difd.protocol.errors import JobFailed


def test_every_item_comes_back_with_its_result(pool, work):
    assert dict(pool.map(work.square, range(500))) == {n: n * n for n in range(500)}


def test_what_is_given_up_is_ended_and_the_rest_comes_back(work):
    with LocalPool(2, given_up=lambda number: number == 3) as pool:
        results = dict(pool.map(work.hang_on_three, range(20)))
    assert results.pop(3) == WorkerLoss("was given up")
    assert results == {number: number for number in range(20) if number != 3}


def test_it_is_a_work_pool(pool):
    accepted: WorkPool = pool
    assert accepted.processes == 2


def test_by_default_there_is_a_worker_for_each_usable_processor():
    assert LocalPool().processes == len(os.sched_getaffinity(0))


def test_pictures_are_read_in_workers(pool, tmp_path):
    for index in range(20):
        photo(100 + index, 80).save(tmp_path / f"{index}.png")
    requests = [ReadRequest(found(path), 50) for path in tmp_path.iterdir()]
    results = dict(pool.map(read, requests))
    assert len(results) == 20
    assert all(isinstance(result, Record) for result in results.values())
    assert {result.width for result in results.values()} == set(range(100, 120))


def test_a_crash_costs_one_item(pool, work):
    results = dict(pool.map(work.die_on_three, range(100)))
    assert results.pop(3) == WorkerLoss("the decoder crashed")
    assert results == {n: n for n in range(100) if n != 3}


def test_a_hang_costs_one_item_and_its_time(work):
    with LocalPool(2, item_seconds=1) as pool:
        results = dict(pool.map(work.hang_on_three, range(100)))
    assert results.pop(3) == WorkerLoss("took longer than 1 seconds")
    assert results == {n: n for n in range(100) if n != 3}


def test_a_hang_is_ended_while_other_workers_are_busy(work):
    with LocalPool(2, item_seconds=1) as pool:
        results = pool.map(work.hang_on_three, itertools.count())
        result = next(result for item, result in results if item == 3)
    assert result == WorkerLoss("took longer than 1 seconds")


def test_memory_is_limited_for_each_worker(work):
    with LocalPool(2, memory_limit=1 << 30) as pool:
        results = dict(pool.map(work.allocate, [10, 1 << 31, 20]))
    assert results[10] == 10
    assert results[20] == 20
    assert results[1 << 31] == WorkerLoss("needs more memory than a worker may take")


def test_an_exception_is_the_items_own_loss(pool, work):
    results = dict(pool.map(work.blow_up, [1, 2]))
    assert results[1] == WorkerLoss("the decoder failed: RuntimeError: no 1")
    assert set(results) == {1, 2}


def test_a_worker_that_is_killed_once_costs_nothing(pool, work, tmp_path):
    marks = [str(tmp_path / f"mark{index}") for index in range(5)]
    assert dict(pool.map(work.die_once, marks)) == dict.fromkeys(marks, "survived")


def test_kills_at_random_moments_lose_nothing_else(work):
    chance = random.Random(11)
    stop, answered = threading.Event(), threading.Event()

    def kill_now_and_then():
        while not stop.wait(start * chance.uniform(0.5, 1.5)):
            children = psutil.Process().children()
            # Workers have to come up in between, which takes a busy machine a multiple of the time.
            if children and answered.is_set():
                answered.clear()
                chance.choice(children).kill()

    with LocalPool(2) as pool:
        begun = time.monotonic()
        assert len(list(pool.map(work.blob, [1]))) == 1
        start = time.monotonic() - begun
        killer = threading.Thread(target=kill_now_and_then)
        killer.start()
        try:
            for size in (7_500, 900_000):
                results = []
                for _, result in pool.map(work.blob, [size] * 1500):
                    results.append(result)
                    answered.set()
                assert len(results) == 1500
                assert all(isinstance(r, WorkerLoss) or len(r) == size for r in results)
        finally:
            # It would go on to kill the children of all tests that follow.
            stop.set()
            killer.join()


def test_large_items_and_results_do_not_block_each_other(pool):
    items = [bytes([index]) * 3_000_000 for index in range(12)]
    results = list(pool.map(bytes.upper, items))
    assert sorted(len(result) for _, result in results) == [3_000_000] * 12


def test_items_are_taken_as_they_are_needed(pool, work):
    taken = []

    def items():
        for number in itertools.count():
            taken.append(number)
            yield number

    results = pool.map(work.square, items())
    for _ in range(10):
        next(results)
    assert len(taken) < 10 + 4 * pool.processes
    results.close()


def test_closing_the_results_cancels_the_rest_and_the_pool_goes_on(pool, work):
    results = pool.map(work.hang_on_three, range(10))
    next(results)
    begun = time.monotonic()
    results.close()
    assert time.monotonic() - begun < 10
    assert dict(pool.map(work.square, [5])) == {5: 25}


def test_workers_are_kept_between_maps(pool, work):
    first = {result for _, result in pool.map(work.pid, range(50))}
    second = {result for _, result in pool.map(work.pid, range(50))}
    assert first & second
    assert len(first | second) <= 2


def test_a_draining_pool_finishes_what_is_on_its_way_and_hands_out_no_more(work):
    handed_out, draining = [], threading.Event()

    def numbers():
        for number in itertools.count():
            handed_out.append(number)
            yield number

    with LocalPool(2, draining=draining.is_set) as pool:
        results = []

        def take(stream) -> None:
            for answer in stream:
                results.append(answer)
                draining.set()

        with pytest.raises(Cancelled):
            take(pool.map(work.square, numbers()))
        assert sorted(results) == [(number, number**2) for number in handed_out[: len(results)]]
        # One more may have been fetched that no worker had room for.
        assert len(handed_out) - len(results) <= 1
        assert not pool.is_busy


def test_a_cancelled_pool_says_so_while_it_waits(work):
    cancelled = threading.Event()
    with LocalPool(1, cancelled=cancelled.is_set) as pool:
        threading.Timer(0.5, cancelled.set).start()
        with pytest.raises(Cancelled):
            list(pool.map(work.hang_on_three, [3]))


def test_one_map_at_a_time(pool, work):
    results = pool.map(work.square, range(10))
    next(results)
    with pytest.raises(RuntimeError, match="one map at a time"):
        next(pool.map(work.square, range(10)))
    results.close()


def test_a_pool_that_is_closed_during_a_map_does_not_lose_items_silently(pool, work, monkeypatch):
    # All workers have an answer at the same moment.
    monkeypatch.setattr(local, "wait", lambda all_, **_: [one for one in all_ if one.poll(30)])
    results = pool.map(work.square, range(100))
    next(results)
    pool.close()
    with pytest.raises(RuntimeError, match="closed during a map"):
        list(results)


def test_workers_that_cannot_start_end_the_map(monkeypatch, tmp_path):
    (tmp_path / "broken.py").write_text("raise SystemExit(3)")
    monkeypatch.setattr("difd.pools.worker_process._SCRIPT", tmp_path / "broken.py")
    with LocalPool(2) as pool, pytest.raises(JobFailed, match="cannot be started"):
        list(pool.map(len, ["a"]))


def test_no_worker_stays_after_the_pool_is_closed(work):
    with LocalPool(2) as pool:
        pids = {result for _, result in pool.map(work.pid, range(50))}
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_workers_import_nothing_of_the_client_or_the_daemon(pool, tmp_path, monkeypatch):
    (tmp_path / "pool_modules.py").write_text(
        "import sys\ndef loaded(request):\n"
        "    from difd.engine.read.decode import read\n    read(request)\n"
        "    return list(sys.modules)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    pool_modules = importlib.import_module("pool_modules")
    photo().save(tmp_path / "a.png")
    ((_, modules),) = pool.map(pool_modules.loaded, [ReadRequest(found(tmp_path / "a.png"), 50)])
    assert "PIL" in modules
    unwanted = {"zmq", "rich", "click", "sqlite3", "asyncio", "pebble", "difclient", "scipy"}
    assert not unwanted & set(modules)
