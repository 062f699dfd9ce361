"""Searches of many real tensors, beside brute force, and where their time goes.

    python -m bench.matching [--profile]          (from the folder `tests`)

Every search runs in a process of its own; its largest resident memory counts the mapped tensors.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from harness.records import make_library, make_options, make_record, run

from bench.crops import tensors
from bench.table import Row, show
from difd.engine.library import Library
from difd.engine.match.classes import fold
from difd.engine.match.comparison import Comparison
from difd.engine.match.distance import ssd_limit
from difd.engine.match.edges import Edges, join_edges
from difd.engine.match.signature import signatures
from difd.engine.orientation import allowed_turns, turn_image
from difd.engine.processors import usable_processors
from difd.engine.record import Record
from difd.protocol.options import SearchOptions

PX = 50
COUNTS = (20_000, 50_000, 200_000)
THRESHOLDS = (0.0, 5.0, 200.0)
ROUNDS = 3
BRUTE = 4_000
"""Images that brute force compares in a minute or so."""

PROFILED = 200_000

MOST_MATCHES = (50_000, 200.0)
"""Beyond both, every image has hundreds of matches: minutes for what shows nothing new."""


def options_of(threshold: float, **more: Any) -> SearchOptions:
    """A search in all rotations, whatever the dimensions."""
    return make_options(similarity=threshold, px_size=PX, decode="exact", **more)


def records_of(count: int) -> list[Record]:
    """The first crops, as if each were a file."""
    return [make_record(f"/p/{n:07}", tensor) for n, tensor in enumerate(tensors(count))]


def search_once(count: int, threshold: float) -> Row:
    """Signatures, and a whole search with groups and keepers; all is imported before."""
    options = options_of(threshold)
    run(make_library(records_of(100), options), options)
    records = records_of(count)
    begun = time.perf_counter()
    coefficients, sums = signatures(
        [record.tensor for record in records], PX, threads=usable_processors()
    )
    signed = time.perf_counter()
    library = Library(options, (b"/p",), (), tuple(records), (), coefficients, sums, 0.0, 1.0)
    outcome = run(library, options)
    done = time.perf_counter()
    return {
        "images": count,
        "threshold": threshold,
        "signatures, s": signed - begun,
        "search, s": done - signed,
        "in all, s": done - begun,
        "groups": outcome.summary.groups,
        "listed pairs": outcome.statistics.duplicates + outcome.statistics.similar,
        "MB resident": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }


def measure() -> list[Row]:
    """All searches, the medians of several runs in turn."""
    runs: dict[tuple[int, float], list[Row]] = {}
    for _ in range(ROUNDS):
        for count in COUNTS:
            for threshold in THRESHOLDS:
                if count > MOST_MATCHES[0] and threshold >= MOST_MATCHES[1]:
                    continue
                command = [sys.executable, "-m", "bench.matching", str(count), str(threshold)]
                answer = subprocess.run(command, check=True, capture_output=True, text=True)
                runs.setdefault((count, threshold), []).append(json.loads(answer.stdout))
    rows = [
        {name: statistics.median(row[name] for row in same) for name in same[0]}
        for same in runs.values()
    ]
    seconds = {(row["images"], row["threshold"]): row["in all, s"] for row in rows}
    for row in rows:
        before = seconds.get((COUNTS[-2], row["threshold"]))
        if row["images"] == COUNTS[-1] and before:
            row["times that of 50,000"] = row["in all, s"] / before
    return rows


def brute_force(count: int, limit: int) -> dict[tuple[int, int], int]:
    """The SSD of every pair within the limit, from tables of all scalar products."""
    flat = np.asarray(tensors(count), np.float64).reshape(count, -1)  # products are exact
    squares = np.einsum("ij,ij->i", flat, flat)
    best = np.full((count, count), np.inf)
    for code in allowed_turns(rotate=True, mirror=False):
        turned = turn_image(tensors(count), code).reshape(count, -1).astype(np.float64)
        np.minimum(best, squares[:, None] + squares - 2 * (flat @ turned.T), out=best)
    one, other = np.nonzero(np.triu(best <= limit, 1))
    return dict(
        zip(
            zip(one.tolist(), other.tolist(), strict=True),
            best[one, other].astype(np.int64).tolist(),
            strict=True,
        )
    )


def beside_brute_force() -> list[Row]:
    """The same pairs with the same SSD, and the seconds of both."""
    records = records_of(BRUTE)
    rows: list[Row] = []
    for threshold in THRESHOLDS:
        options = options_of(threshold)
        begun = time.perf_counter()
        coefficients, _ = signatures([record.tensor for record in records], PX)
        edges = join_edges(list(Comparison(records, coefficients, options).edges()))
        ours = time.perf_counter() - begun
        found = dict(
            zip(
                zip(
                    np.minimum(edges.a, edges.b).tolist(),
                    np.maximum(edges.a, edges.b).tolist(),
                    strict=True,
                ),
                edges.ssd.tolist(),
                strict=True,
            )
        )
        begun = time.perf_counter()
        expected = brute_force(BRUTE, ssd_limit(threshold, PX))
        theirs = time.perf_counter() - begun
        rows.append(
            {
                "images": BRUTE,
                "threshold": threshold,
                "pairs": len(expected),
                "ours, s": ours,
                "brute force, s": theirs,
                "the same pairs and SSDs": str(found == expected),
            }
        )
    return rows


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, stage: str, work: Callable[[], Any]) -> Any:
        """Do some work, and count its time for a stage."""
        begun = time.perf_counter()
        try:
            return work()
        finally:
            passed = time.perf_counter() - begun
            self.seconds[stage] = self.seconds.get(stage, 0.0) + passed


def profile(count: int, threshold: float) -> list[Row]:
    """Where a search spends its time, in one thread, stage by stage."""
    clock = Clock()
    options = options_of(threshold, processes=1)
    turns = allowed_turns(rotate=True, mirror=False)
    records = clock.timed("records of mapped tensors", lambda: records_of(count))
    planes = [record.tensor for record in records]
    coefficients, sums = clock.timed("signatures", lambda: signatures(planes, PX))
    nothing_ignored = np.zeros(len(records), np.int32)
    classes = clock.timed("fold", lambda: fold(records, sums, turns, nothing_ignored))
    first = classes.first
    chosen, own = [records[n] for n in first.tolist()], coefficients[first]
    comparison = clock.timed("coordinates", lambda: Comparison(chosen, own, options))
    work: Iterator[Any] = comparison._tiles(comparison._slabs(), 1.0)
    candidates = pairs = 0
    while (piece := clock.timed("sort, cut into tiles", lambda: next(work, None))) is not None:
        near = clock.timed("join", lambda piece=piece: comparison._candidates(piece))
        edges: Edges = clock.timed("exact check", lambda near=near: comparison._field.decide(near))
        candidates += len(near.a)
        pairs += len(edges)
    rows: list[Row] = [{"stage": name, "s": passed} for name, passed in clock.seconds.items()]
    rows.append({"stage": "in all", "s": sum(clock.seconds.values())})
    rows.append({"stage": "candidates", "number": candidates})
    rows.append({"stage": "pairs", "number": pairs})
    return rows


def main() -> None:
    """Measure what the command line asks for."""
    match sys.argv[1:]:
        case []:
            show("Real tensors, in all rotations", measure())
            show("Beside brute force", beside_brute_force())
        case ["--profile"]:
            for threshold in THRESHOLDS[:2]:
                title = f"{PROFILED:,} tensors, threshold {threshold:g}, in one thread"
                show(title, profile(PROFILED, threshold))
        case [count, threshold]:
            print(json.dumps(search_once(int(count), float(threshold))))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
