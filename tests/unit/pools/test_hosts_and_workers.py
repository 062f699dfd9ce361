"""Workers end with the process that started them, however that is, and get nothing of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest

from difd.pools.worker_process import can_copy

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
