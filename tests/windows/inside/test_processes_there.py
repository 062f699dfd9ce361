"""Workers, hosts and detached processes on Windows. Runs in a Windows only."""

from __future__ import annotations

import operator
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from difd.engine.work import WorkerLoss
from difd.pools.local import LocalPool
from difd.system import channel, processes, stop


def test_a_pool_works():
    with LocalPool(2) as pool:
        done = dict(pool.map(operator.neg, range(20)))
    assert done == {number: -number for number in range(20)}


def test_a_worker_that_ends_costs_one_item():
    with LocalPool(1) as pool:
        done = dict(pool.map(os._exit, [3]))
    assert isinstance(done[3], WorkerLoss)


def test_workers_end_with_their_host():
    code = (
        "import time\n"
        "from difd.pools.local import LocalPool\n"
        "pool = LocalPool(2)\n"
        "list(pool.map(abs, range(8)))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as host:
        assert host.stdout.readline().strip() == b"ready"
        workers = [one.pid for one in psutil.Process(host.pid).children()]
        assert workers
        host.kill()
        host.wait()
        assert gone(workers)


def gone(pids: list[int]) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if not any(processes.is_alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_a_host_gets_its_end_of_the_channel():
    code = (
        "import sys\n"
        "from difd.system import channel\n"
        "pipe = channel.inherited(sys.argv[2])\n"
        "pipe.sendall(pipe.recv(10)[::-1])\n"
    )
    process, pipe = channel.start([sys.executable, "-c", code], "--fd")
    with pipe:
        pipe.sendall(b"abc")
        assert pipe.recv(10) == b"cba"
        assert process.wait(20) == 0
        assert pipe.recv(10) == b""


def test_a_detached_process_says_its_word(tmp_path: Path):
    code = (
        "import os, sys\n"
        "from difd.system import processes\n"
        "os.write(processes.word_of(int(sys.argv[2])), b'READY')\n"
    )
    with open(tmp_path / "log", "wb") as log:
        command = [sys.executable, "-c", code]
        pid, word = processes.start_detached(command, log.fileno(), "--word")
    assert word.read(20) == b"READY"
    assert stop.wait_for_end(pid, 20)
    word.close()


def test_one_that_ends_without_a_word_is_noticed(tmp_path: Path):
    with open(tmp_path / "log", "wb") as log:
        _, word = processes.start_detached([sys.executable, "-c", ""], log.fileno(), "--word")
    assert word.read(20) == b""
    word.close()


def test_a_process_is_told_to_stop_by_its_number_alone():
    code = (
        "import asyncio\n"
        "from difd.system import stop\n"
        "async def main():\n"
        "    told = asyncio.Event()\n"
        "    stop.hear(asyncio.get_running_loop(), told.set, told.clear)\n"
        "    print('hears', flush=True)\n"
        "    await told.wait()\n"
        "asyncio.Runner(loop_factory=stop.NEW_LOOP).run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().strip() == b"hears"
        assert stop.terminate(process.pid, Path(), Path())
        assert process.wait(20) == 0
    with pytest.raises(ProcessLookupError):
        stop.terminate(process.pid, Path(), Path())


def test_who_is_no_daemon_is_not_stopped():
    assert not stop.terminate(os.getpid(), Path(), Path())
