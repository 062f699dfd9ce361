"""Searches from nothing, no daemon and no cache, beside the peers that people would take instead.

python -m bench.cold [--runs N]          (from the folder `tests`)

The floor is a bare load of every file by Pillow on all processors, in full and in a reduced size.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path

from bench.corpus import photo_folder
from bench.peers import (
    Run,
    own_difd,
    run_czkawka,
    run_difd,
    run_find_dups,
    run_findimagedupes,
    run_loads,
)
from bench.table import Row, show

FEW = 34
"""Pictures of a first search that somebody waits for."""

RUNS = 3

CORPORA = {
    "1,500 photos 800×600, similar": (1500, (800, 600), False, "similar"),
    "80 photos 4000×3000, similar": (80, (4000, 3000), False, "similar"),
    "10,000 thumbnails 120×90, similar": (10_000, (120, 90), False, "similar"),
    "2,000 photos 800×600, half copies, duplicates": (2000, (800, 600), True, "duplicates"),
}

SLOW = {"10,000 thumbnails 120×90, similar": ("findimagedupes",)}
"""What takes minutes and is left out."""


def cold(folder: Path, *options: str) -> Run:
    """A search by difd of which nothing is warm."""
    with own_difd() as environment:
        return run_difd(environment, folder, *options)


def measure(runs: int = RUNS) -> list[Row]:
    """Medians of some runs, the tools one after the other in each."""
    rows = []
    for name, (count, size, copies, similarity) in CORPORA.items():
        folder = photo_folder(count, size=size, copies=copies)
        tools: dict[str, Callable[[], Run]] = {
            "difd": lambda folder=folder, like=similarity: cold(folder, "-s", like),
            "czkawka": lambda folder=folder: run_czkawka(folder),
            "find-dups": lambda folder=folder: run_find_dups(folder),
            "findimagedupes": lambda folder=folder: run_findimagedupes(folder),
            "floor, load": lambda folder=folder: run_loads(folder, reduced=False),
            "floor, reduced": lambda folder=folder: run_loads(folder, reduced=True),
        }
        for slow in SLOW.get(name, ()):
            del tools[slow]
        taken: dict[str, list[float]] = {tool: [] for tool in tools}
        for _ in range(runs):
            for tool, run in tools.items():
                taken[tool].append(run().seconds)
        seconds = {tool: statistics.median(some) for tool, some in taken.items()}
        rows.append({"work": name, **seconds, "by czkawka": seconds["difd"] / seconds["czkawka"]})
    few = photo_folder(FEW, copies=False)
    first = statistics.median(cold(few, "-s", "similar").seconds for _ in range(2 * runs))
    rows.append({"work": f"{FEW} photos 800×600, similar", "difd": first})
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    show("From nothing, in seconds", measure(parser.parse_args().runs))
