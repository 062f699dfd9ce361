"""How the time of a search falls with the number of workers, and where it stops: a simulation.

    python -m bench.scaling ../docs/scaling.svg        (from the folder `tests`)

The plan of ten million images, the very tiles and shards that would be compared, is replayed with
the costs of `bench.cluster_costs` for any number of workers. Coordinates are those of real crops,
drawn again and again and moved a little. What is assumed and not measured stands in capitals.
"""

from __future__ import annotations

import heapq
import sys
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from bench.cluster_costs import MEASURED, THRESHOLD, Costs, costs, pairs_of
from bench.matching import options_of, records_of
from bench.table import Row, show
from difd.engine.match import join
from difd.engine.match.comparison import Comparison
from difd.engine.match.shards import Sharding
from difd.engine.match.signature import signatures

IMAGES = 10_000_000
BYTES_A_SECOND = 1.25e9
"""Of the engine host's network: 10 Gbit/s, all of it used."""

MATCHES = 0.5
"""Matches for every image that is not identical to another one."""

HOST_THREADS = 8
"""Processors of the engine host, for signatures."""

TASK_SECONDS = 0.00080
"""Beside its work, on the engine host; measured by `python -m bench.cluster_costs`."""

BATCH = 16
WORKERS = [2**power for power in range(13)]


class Step(NamedTuple):
    """A task of the plan: pairs of its tiles, and images of shards that are sent for it."""

    pairs: int
    images: int


class Stages(NamedTuple):
    """Seconds of the stages of a search."""

    build: float
    signatures: float
    compare: float


def plan(count: int) -> list[Step]:
    """The tasks of so many images, in order."""
    records = records_of(MEASURED)
    coefficients, _ = signatures([record.tensor for record in records], 50)
    comparison = Comparison(records, coefficients, options_of(THRESHOLD))
    rng = np.random.default_rng(1)
    known = comparison._points[:, :2]
    points = known[rng.integers(0, len(known), count)]
    points += rng.normal(0, 0.01, points.shape).astype(np.float32) * known.std(axis=0)
    terms = comparison._terms
    slabs = join.cut(points, np.arange(count), terms.reach, join.BLOCK)
    sharding = Sharding(terms, slabs, points, join.BLOCK, comparison._shard)
    steps, sent = [], -1
    for task in sharding.tasks():
        fresh = sum(number > sent for number in task.shards)
        sent = max(sent, *task.shards)
        steps.append(Step(pairs_of(task.stretches), fresh * join.BLOCK))
    print(f"{count:,} images: {len(slabs):,} slabs, {len(steps):,} tasks")
    return steps


def replay(steps: list[Step], count: int, workers: int, cost: Costs, times: int = 1) -> float:
    """Seconds of the comparison.

    Args:
        steps: the plan.
        count: its images.
        workers: threads of the cluster.
        cost: of everything.
        times: so many times the images: tiles grow with the square, shards do not.
    """
    per_pair = MATCHES * count * times * cost.match / sum(step.pairs for step in steps) / times**2
    host, window, running, free = 0.0, 2 * workers + 1, [], [0.0] * workers
    for step in steps:
        sending = cost.shard + cost.image_bytes / BYTES_A_SECOND
        host += times**2 * cost.task + times * step.images * sending
        if len(running) == window:
            host = max(host, heapq.heappop(running))
        work = times**2 * step.pairs * (cost.pair + per_pair)
        end = max(host, heapq.heappop(free)) + work
        heapq.heappush(free, end)
        heapq.heappush(running, end)
    return max(host, *free)


def stages(steps: list[Step], workers: int, cost: Costs, times: int = 1) -> Stages:
    """Seconds of all stages with so many workers."""
    count = IMAGES * times
    host = cost.record + cost.task / BATCH + cost.image_bytes / BYTES_A_SECOND
    return Stages(
        build=count * max(cost.photo / workers, host),
        signatures=count * cost.signature / HOST_THREADS,
        compare=replay(steps, IMAGES, workers, cost, times),
    )


def draw(found: dict[str, dict[int, Stages]], target: Path) -> None:
    """Draw the picture."""
    figure, places = plt.subplots(1, len(found), figsize=(10, 4.5), layout="constrained")
    colours = ["#134e9c", "#1d6b3a", "#d1781f", "#5d6068"]
    for axes, (title, by_workers) in zip(places, found.items(), strict=True):
        workers = list(by_workers)
        lines = {
            "reading": [by_workers[n].build for n in workers],
            "comparing": [by_workers[n].compare for n in workers],
            "in all": [sum(by_workers[n]) for n in workers],
        }
        for (name, seconds), colour in zip(lines.items(), colours, strict=False):
            hours = np.array(seconds) / 3600
            axes.plot(workers, hours, marker="o", markersize=3, label=name, color=colour)
        ideal = lines["in all"][0] / 3600 / np.array(workers)
        axes.plot(workers, ideal, ":", color=colours[-1], label="if nothing stopped it")
        axes.set(xscale="log", yscale="log", xlabel="workers", ylabel="hours", title=title)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    places[0].legend(frameon=False)
    plt.rcParams["svg.hashsalt"] = "difd"
    figure.savefig(target, metadata={"Date": None})


def main(target: Path) -> None:
    """Measure, replay, print and draw."""
    cost = costs(TASK_SECONDS)
    for name, value in cost.__dict__.items():
        print(f"{name:>12} {value:.3g}")
    steps = plan(IMAGES)
    found: dict[str, dict[int, Stages]] = {}
    for times in (1, 10):
        title = f"{IMAGES * times // 10**6} million images"
        found[title] = {n: stages(steps, n, cost, times) for n in WORKERS}
        rows: list[Row] = [
            {"workers": n, **{f"{name}, h": value / 3600 for name, value in one._asdict().items()}}
            for n, one in found[title].items()
        ]
        show(title, rows)
    draw(found, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
