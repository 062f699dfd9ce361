"""One action at a time: the others wait, say for whom, and not for ever."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from difd.actions.files.lock import action_lock
from difd.protocol.errors import ActionRefused

HOLDER = """
import sys
from pathlib import Path
from difd.actions.files.lock import action_lock
with action_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that is at it until it gets a line."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_who_waits_is_told_for_how_long_and_for_whom(tmp_path, holder):
    told = []

    def on_wait(seconds, pid):
        told.append((seconds, pid))
        if len(told) == 2:
            holder.stdin.write("\n")
            holder.stdin.flush()

    with action_lock(tmp_path, on_wait):
        pass
    assert told[0] == (0.0, holder.pid)
    assert told[1][0] >= 1


def test_nobody_waits_for_ever(tmp_path, holder):
    refusal = f"Another difd action is running or hangs \\(process {holder.pid}\\)"
    with (
        pytest.raises(ActionRefused, match=refusal) as refused,
        action_lock(tmp_path, limit=0.2),
    ):
        pass
    assert refused.value.hint


def test_who_does_not_wait_is_told_nothing(tmp_path):
    told = []
    for _ in range(2):
        with action_lock(tmp_path, lambda *given: told.append(given)):
            (name,) = os.listdir(tmp_path)
            assert (tmp_path / name).read_text() == f"{os.getpid()}\n"
    assert told == []
    assert (tmp_path / name).read_text() == ""
