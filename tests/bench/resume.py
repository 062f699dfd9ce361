"""Interrupted and taken up again: until a daemon is gone, and until a search is where it was.

python -m bench.resume          (from the folder `tests`)
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from bench.peers import difctl, own_difd
from bench.table import Row, show
from difclient.client import Client

RUNS = 5
FILES = 900
STEP = 40
"""Pictures that are read between two interruptions."""


def measure() -> list[Row]:
    """The rows of the table, medians of several runs."""
    rows = []
    with tempfile.TemporaryDirectory() as place:
        _make_pictures(Path(place))
        for how in (signal.SIGTERM, signal.SIGKILL):
            with own_difd() as environment:
                rows.append(_interrupted(environment, place, how))
    return rows


def _interrupted(environment: dict[str, str], place: str, how: signal.Signals) -> Row:
    os.environ.update(environment)  # for our own client
    gone, resumed = [], []
    job = json.loads(_difctl(environment, "search", "--no-wait", "--json", place))["job"]
    known = 0
    for _ in range(RUNS):
        pid, known = _wait(job, known + STEP)
        daemon = psutil.Process(pid)
        beside = daemon.children(recursive=True)
        begun = time.perf_counter()
        daemon.send_signal(how)
        daemon.wait()
        gone.append(time.perf_counter() - begun)
        psutil.wait_procs(beside)
        begun = time.perf_counter()
        _difctl(environment, "resume", "--no-wait", job)
        _, known = _wait(job, known)
        resumed.append(time.perf_counter() - begun)
    return {
        "how": how.name,
        "daemon gone, s": statistics.median(gone),
        "from `difctl resume` to where it was, s": statistics.median(resumed),
        "at most, s": max(resumed),
    }


def _wait(job: str, wanted: int) -> tuple[int, int]:
    """Wait until the job has read so many pictures; the daemon's process, and how many it has."""
    with Client(start=False) as client:
        while (decoded := client.job(job).progress.decoded) < wanted:
            time.sleep(0.02)
        return client.status().pid, decoded


def _difctl(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [difctl(), *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def _make_pictures(folder: Path) -> None:
    """Pictures of 800×600 that have nothing in common."""
    chance = np.random.default_rng(1)
    for number in range(FILES):
        small = chance.integers(0, 256, (6, 8, 3), np.uint8)
        picture = Image.fromarray(small).resize((800, 600), Image.Resampling.BICUBIC)
        picture.save(folder / f"{number}.jpg")


if __name__ == "__main__":
    show("Interrupted and taken up again", measure())
