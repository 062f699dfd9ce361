"""Processes that are killed at a seeded moment: of what they repeat, or of their own time."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Self

_FOREVER = """
import os, sys
sys.path.insert(0, sys.argv[1])
from harness.witnesses import witness
{setup}
print("ready", flush=True)
while True:
{code}
"""

_IN_CHILDREN = """
import os, signal, sys
{setup}
for line in sys.stdin:
    seconds, *arguments = line.rstrip("\\n").split("\\t")
    pid = os.fork()
    if pid == 0:
        # Nobody handles SIGPROF: the kernel ends the process as it does with SIGKILL, but after so
        # much time of its own, which means the same moment however busy the machine is.
        signal.setitimer(signal.ITIMER_PROF, float(seconds))
        {call}
        os._exit(0)
    _, status, used = os.wait4(pid, 0)
    print(status, used.ru_utime + used.ru_stime, flush=True)
"""


def killed_while_it_repeats(seed: int, setup: str, code: str, *arguments: Path | bytes) -> None:
    """Run code again and again in a process of its own, and kill it in the middle.

    Args:
        seed: decides the moment, up to 50 ms after the first round began.
        setup: lines before; `witness` and `sys.argv[2:]` are there.
        code: indented lines.
        arguments: for the process.
    """
    script = _FOREVER.format(setup=setup, code=code)
    with subprocess.Popen(
        [sys.executable, "-c", script, Path(__file__).parent.parent, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n", process.communicate()[1].decode()
        try:
            process.wait(random.Random(seed).uniform(0, 0.05))
        except subprocess.TimeoutExpired:
            process.kill()
        else:
            raise AssertionError(process.communicate()[1].decode())


class Mortals:
    """Runs a call in one process after the other, each killed after some time of its own.

    They are forked from one that has imported everything: two hundred cost what ten starts cost.

    Args:
        setup: lines that import what the call needs.
        call: one line; `arguments` is a list of strings.
    """

    def __init__(self, setup: str, call: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _IN_CHILDREN.format(setup=setup, call=call)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def live(self, seconds: float, *arguments: object) -> float | None:
        """One life, of so many seconds on a processor; 0 ends by itself.

        Returns:
            How long it took if it came to its end, None if it was killed.
        """
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\t".join(map(str, (seconds, *arguments))) + "\n")
        self._process.stdin.flush()
        status, used = self._process.stdout.readline().split()
        assert not os.WIFEXITED(int(status)) or os.WEXITSTATUS(int(status)) == 0
        return float(used) if os.WIFEXITED(int(status)) else None
