"""Processes that do something over and over until they are killed at a seeded moment."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

_FOREVER = """
import os, sys
sys.path.insert(0, sys.argv[1])
from harness.witnesses import witness
{setup}
print("ready", flush=True)
while True:
{code}
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
