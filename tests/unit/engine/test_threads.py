"""Work on threads: every result comes, whenever it is ready."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from difd.engine import threads
from difd.engine.threads import Threads


def test_work_that_ends_as_its_time_is_up_is_not_lost(monkeypatch):
    monkeypatch.setattr(threads, "_TICK", 0.001)

    def work(number: int) -> int:
        time.sleep(0.001)
        return number

    with Threads(2, lambda: None) as pool:
        for _ in range(10):
            assert list(pool.in_order(work, range(200))) == list(range(200))


def test_a_time_out_of_the_work_itself_reaches_who_asked():
    def work(_number: int) -> None:
        raise TimeoutError("the work's own")

    with (
        Threads(2, lambda: None) as pool,
        pytest.raises(TimeoutError, match="the work's own"),
    ):
        list(pool.in_order(work, range(4)))


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs affinity")
def test_processors_that_this_process_may_not_use_are_not_counted():
    script = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from difd.engine.processors import usable_processors\n"
        "from difd.pools.local import LocalPool\n"
        "assert usable_processors() == LocalPool().processes == 1\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_nobody_else_counts_processors():
    found = subprocess.run(
        ["grep", "-rlE", "cpu_count|sched_getaffinity", os.path.dirname(threads.__file__) + "/.."],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    sources = [path for path in found if path.endswith(".py")]
    assert [os.path.basename(path) for path in sources] == ["processors.py"]
