"""All benches in one run: difd beside its peers, the numbers to reach, and everything as JSON.

    cd tests && python -m bench [--quick] [--json FILE]

Corpora are made of Debian packages when they are missing (see `corpus`). `--quick` leaves out
difPy, which takes eleven minutes, and the million pictures. The picture of growth is apart:
`python -m bench.growth`.
"""

from __future__ import annotations

import argparse
import json
import operator
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from bench import cold, decode, matching, million, recall, searches, start
from bench.corpus import cache
from bench.peers import require_peers
from bench.table import Row, show


class Goal(NamedTuple):
    """A figure of a table, and what it is to be at least or at most.

    Attributes:
        what: the goal in words.
        table, line: where the figure is: the line is the one that has these values.
        column: its column.
        sense: "≤" or "≥".
        reach: the number to reach.
    """

    what: str
    table: str
    line: Row
    column: str
    sense: str
    reach: float


_RATIO = "times difd cold"

GOALS = (
    Goal(
        "cold search, duplicates: difPy's time by ours",
        *("searches", {"tool": "difPy duplicates"}, _RATIO, "≥", 30.0),
    ),
    Goal(
        "its search part: difPy's time by ours",
        *("searches", {"tool": "difPy duplicates"}, "search part", "≥", 500.0),
    ),
    Goal(
        "cold search, similar: difPy's time by ours",
        *("searches", {"tool": "difPy similar"}, _RATIO, "≥", 150.0),
    ),
    Goal(
        "cold search: findimagedupes' time by ours",
        *("searches", {"tool": "findimagedupes"}, _RATIO, "≥", 3.0),
    ),
    Goal(
        "exact decode of 12 megapixels, times a bare load()",
        *("decode", {"what": decode.ROWS["tensor"]}, "times the floor", "≤", 1.2),
    ),
    *(
        Goal(
            f"{work}: our time by czkawka's",
            *("cold", {"work": work}, "by czkawka", "≤", 0.6),
        )
        for work in list(cold.CORPORA)[:3]
    ),
    Goal(
        f"first search of {cold.FEW} pictures, s",
        *("cold", {"work": f"{cold.FEW} photos 800×600, similar"}, "difd", "≤", 0.6),
    ),
    Goal(
        "200,000 tensors, threshold 5, s",
        *("matching", {"images": 200_000, "threshold": 5.0}, "in all, s", "≤", 10.0),
    ),
    Goal(
        "200,000 tensors, times the time of 50,000",
        *("matching", {"images": 200_000, "threshold": 5.0}, "times that of 50,000", "≤", 9.0),
    ),
    Goal(
        "a million pictures, MB resident",
        *("million", {"images": 1_000_000}, "MB resident at most", "≤", 3000.0),
    ),
    Goal("second search of 10,000 files, s", "start", {"what": start.AGAIN}, "seconds", "≤", 0.45),
    Goal("difctl --version, s", "start", {"what": "difctl --version"}, "seconds", "≤", 0.15),
    Goal(
        "difctl daemon status, s",
        *("start", {"what": "difctl daemon status"}, "seconds", "≤", 0.15),
    ),
    Goal("idle daemon, MB", "start", {"what": start.RESIDENT}, "figure", "≤", 60.0),
    Goal("idle daemon, wake-ups", "start", {"what": start.WAKE_UPS}, "figure", "≤", 0.0),
)
"""The table at the end of the engine's design, as far as these benches measure it."""

_SENSES: dict[str, Callable[[float, float], bool]] = {"≤": operator.le, "≥": operator.ge}


def measure(*, quick: bool) -> dict[str, list[Row]]:
    """All tables, shown as they come, by the name of their bench."""
    benches: dict[str, tuple[str, Callable[[], list[Row]]]] = {
        "decode": ("Decoding in full", decode.measure),
        "start": ("Starting and waiting", start.measure),
        "cold": ("From nothing, in seconds", cold.measure),
        "searches": (
            f"{searches.PHOTOS:,} photos of 800×600, half of them copies",
            lambda: searches.measure(difpy=not quick),
        ),
        "matching": ("Real tensors, in all rotations", matching.measure),
        "recall": ("What auto finds of what exact finds", recall.measure),
    }
    if not quick:
        benches["million"] = ("A million pictures that are in the cache", million.measure)
    found = {}
    for name, (title, bench) in benches.items():
        found[name] = bench()
        show(title, found[name])
    return found


def compare(found: dict[str, list[Row]]) -> list[Row]:
    """The goals, and how far they are reached; those that were not measured are left out."""
    rows: list[Row] = []
    for goal in GOALS:
        for row in found.get(goal.table, ()):
            if goal.line.items() <= row.items() and goal.column in row:
                figure = row[goal.column]
                reached = _SENSES[goal.sense](figure, goal.reach)
                rows.append(
                    {
                        "goal": goal.what,
                        "measured": figure,
                        "to reach": f"{goal.sense} {goal.reach:g}",
                        "reached": "yes" if reached else "no",
                    }
                )
    return rows


def main() -> None:
    """Measure everything, print the tables, write the JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Run all benches.")
    parser.add_argument("--quick", action="store_true", help="without difPy")
    parser.add_argument("--json", type=Path, default=cache() / "bench.json", metavar="FILE")
    given = parser.parse_args()
    require_peers()
    found = measure(quick=given.quick)
    goals = compare(found)
    show("Numbers to reach", goals)
    machine: dict[str, Any] = {"processors": os.cpu_count(), "system": platform.platform()}
    text = json.dumps({"machine": machine, "goals": goals, "tables": found}, indent=1)
    given.json.write_text(text + "\n")
    print(f"Written: {given.json}")


if __name__ == "__main__":
    main()
