"""The local pool: work elsewhere, faults contained, nothing left behind."""

from __future__ import annotations

import importlib
import itertools
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest
from harness.pictures import found, photo

from difd.engine.read.decode import ReadRequest, read
from difd.engine.record import Record
from difd.engine.work import Cancelled, WorkerLoss, WorkPool
from difd.pools import local
from difd.pools.local import LocalPool
from difd.pools.worker_process import can_copy
from difd.protocol.errors import JobFailed

FUNCTIONS = """
import os, signal, time

def square(number):
    return number * number

def die_on_three(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGSEGV)
    return number

def hang_on_three(number):
    if number == 3:
        time.sleep(1000)
    return number

def hold_the_interpreter(path):
    open(path, "w").write(str(os.getpid()))
    sum(range(10**12))

def allocate(size):
    return len(bytes(size))

def blow_up(number):
    raise RuntimeError(f"no {number}")

def blob(size):
    return bytes(size)

class Small:  # little work, so that it travels with others
    def __init__(self, number):
        self.number, self.weight = number, 10

def number_of(small):
    return small.number

def die_on_399(small):
    if small.number == 399:
        os.kill(os.getpid(), signal.SIGSEGV)
    return small.number

def hang_on_399(small):
    if small.number == 399:
        time.sleep(1000)
    return small.number

def fail_on_399(small):
    if small.number == 399:
        raise RuntimeError("no 399")
    return small.number

def surroundings(descriptor):
    import sys
    opened = str(descriptor) in os.listdir("/proc/self/fd")
    return "colorsys" in sys.modules, opened, open("/proc/self/comm").read().strip()

def die_once(path):
    if not os.path.exists(path):
        open(path, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"

def pid(_):
    return os.getpid()
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module of functions that the workers can import, too."""
    (tmp_path / "pool_work.py").write_text(FUNCTIONS)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("pool_work", None)
    return importlib.import_module("pool_work")


@pytest.fixture
def pool():
    with LocalPool(2) as made:
        yield made


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


SCRIPT = """
print("top of the script", flush=True)
import sys, time
from difd.pools.local import LocalPool
pool = LocalPool(2)
for item, result in pool.map({function}, {items}):
    print("result", result, flush=True)
"""


def script(path: Path, function: str, items: str) -> list[str]:
    path.write_text(textwrap.dedent(SCRIPT.format(function=function, items=items)))
    return [sys.executable, str(path)]


def test_a_script_needs_no_main_guard_and_ends_by_itself(tmp_path):
    command = script(tmp_path / "host.py", "len", "['a', 'bb', 'ccc']")
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert run.stderr == ""
    assert sorted(run.stdout.splitlines()) == [
        "result 1",
        "result 2",
        "result 3",
        "top of the script",
    ]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_their_host(tmp_path, how):
    command = script(tmp_path / "host.py", "time.sleep", "[0, 500, 500]")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        while "result" not in host.stdout.readline():
            pass
        workers = psutil.Process(host.pid).children()
        assert len(workers) == 2
        host.send_signal(how)
        host.wait()
    assert_gone(workers)


@pytest.mark.usefixtures("work")
def test_workers_end_even_while_a_decoder_holds_the_interpreter(tmp_path):
    mark = tmp_path / "mark"
    command = script(tmp_path / "host.py", "w.hold_the_interpreter", f"[{str(mark)!r}]")
    text = (tmp_path / "host.py").read_text()
    (tmp_path / "host.py").write_text(text.replace("import sys", "import pool_work as w, sys"))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as host:
        while not mark.exists() or not mark.read_text():
            time.sleep(0.05)
        worker = psutil.Process(int(mark.read_text()))
        host.kill()
    assert_gone([worker])


def test_an_interrupt_from_the_terminal_reaches_the_host_only(pool, work):
    pids = {result for _, result in pool.map(work.pid, range(20))}
    for pid in pids:
        os.kill(pid, signal.SIGINT)
    assert {result for _, result in pool.map(work.pid, range(20))} <= pids


def assert_gone(processes):
    """Ended within two seconds; a process without a parent to reap it may stay as a zombie."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        left = [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
        if not left:
            return
        time.sleep(0.02)
    raise AssertionError(f"still there: {left}")


def numbers_of(pool, function, items) -> dict[int, object]:
    return {item.number: result for item, result in pool.map(function, items)}


def test_small_items_travel_together_and_come_back_one_by_one(pool, work):
    items = [work.Small(number) for number in range(400)]
    assert numbers_of(pool, work.number_of, items) == {n: n for n in range(400)}


def test_a_crash_among_small_items_costs_one_of_them(pool, work):
    found = numbers_of(pool, work.die_on_399, [work.Small(number) for number in range(420)])
    assert found.pop(399) == WorkerLoss("the decoder crashed")
    assert found == {n: n for n in range(420) if n != 399}


def test_one_that_hangs_among_small_items_is_lost_alone(work):
    with LocalPool(2, item_seconds=4.0) as pool:
        found = numbers_of(pool, work.hang_on_399, [work.Small(number) for number in range(420)])
    assert found.pop(399) == WorkerLoss("took longer than 4 seconds")
    assert found == {n: n for n in range(420) if n != 399}


def test_what_fails_among_small_items_fails_alone(pool, work):
    found = numbers_of(pool, work.fail_on_399, [work.Small(number) for number in range(420)])
    assert "no 399" in found.pop(399).reason
    assert found == {n: n for n in range(420) if n != 399}


COPIES = """
import os, sys
import colorsys
from difd.pools.local import LocalPool
import pool_work as w
held = os.dup2(os.open(sys.argv[1], os.O_RDONLY), 50)
pool = LocalPool(2)
pool.start(ahead="colorsys", copied=True)
first = {item: result for item, result in pool.map(w.surroundings, [held] * 8)}
print("loaded", first[held][0], "open", first[held][1], "name", first[held][2], flush=True)
print(dict(pool.map(w.die_on_three, range(6)))[3].reason, flush=True)
print("again", sorted(result for _, result in pool.map(w.square, range(5))), flush=True)
list(pool.map(w.hang_on_three, [3, 3]))
"""


@pytest.mark.usefixtures("work")
def test_copies_have_what_is_loaded_and_nothing_that_is_open_and_end_with_their_host(tmp_path):
    (tmp_path / "host.py").write_text(COPIES)
    command = [sys.executable, str(tmp_path / "host.py"), str(tmp_path / "host.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout.readline() == "loaded True open False name difd worker\n"
        assert host.stdout.readline() == "the decoder crashed\n"
        assert host.stdout.readline() == "again [0, 1, 4, 9, 16]\n"
        workers = psutil.Process(host.pid).children()
        assert len(workers) == 2
        host.kill()
        host.wait()
    assert_gone(workers)


def test_a_process_with_threads_is_not_copied():
    assert can_copy() == (len(os.listdir("/proc/self/task")) == 1)
    threading.Thread(target=(event := threading.Event()).wait, daemon=True).start()
    assert not can_copy()
    event.set()
