"""How time grows with the number of images: difd and its peers, log-log, as a picture.

    python -m bench.growth ../docs/growth.svg          (from the folder `tests`)

difPy is run up to 2,000 photos only: its time grows with the square of their number. What takes
less than half a minute is run three times, and the quickest counts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.ticker import FormatStrFormatter

from bench.corpus import cache, photo_folder
from bench.peers import own_difd, run_czkawka, run_difd, run_difpy, run_findimagedupes

COUNTS = (250, 500, 1000, 2000, 4000)
DIFPY_MOST = 2000
SIZE = (800, 600)
SHORT = 30


def _difd(similarity: str) -> Callable[[Path], float]:
    def run(folder: Path) -> float:
        with own_difd() as environment:
            return run_difd(environment, folder, "-s", similarity).seconds

    return run


def _difd_again(folder: Path) -> float:
    with own_difd() as environment:
        run_difd(environment, folder)
        return run_difd(environment, folder).seconds


TOOLS: dict[str, tuple[Callable[[Path], float], int]] = {
    "difPy 4.2.1, similar": (lambda folder: run_difpy(folder, "similar").seconds, DIFPY_MOST),
    "difPy 4.2.1, duplicates": (lambda folder: run_difpy(folder, "duplicates").seconds, DIFPY_MOST),
    "findimagedupes 2.20": (lambda folder: run_findimagedupes(folder).seconds, COUNTS[-1]),
    "czkawka 0.1.2, similar": (lambda folder: run_czkawka(folder).seconds, COUNTS[-1]),
    "difd, similar": (_difd("similar"), COUNTS[-1]),
    "difd, duplicates": (_difd("duplicates"), COUNTS[-1]),
    "difd, searched again": (_difd_again, COUNTS[-1]),
}


def measure() -> dict[str, list[tuple[int, float]]]:
    """Seconds by number of photos, for every tool; a cold start each."""
    points: dict[str, list[tuple[int, float]]] = {name: [] for name in TOOLS}
    for count in COUNTS:
        folder = photo_folder(count, size=SIZE)
        for name, (run, most) in TOOLS.items():
            if count <= most:
                seconds = run(folder)
                if seconds < SHORT:
                    seconds = min(seconds, run(folder), run(folder))
                points[name].append((count, seconds))
                print(f"{count:>6}  {points[name][-1][1]:9.2f} s  {name}", flush=True)
    return points


def draw(points: dict[str, list[tuple[int, float]]], target: Path) -> None:
    """Draw the picture."""
    figure, axes = plt.subplots(figsize=(10, 5), layout="constrained")
    colours = ["#a62323", "#d1781f", "#5d6068", "#8d3b97", "#134e9c", "#1d6b3a", "#6fae3d"]
    for (name, line), colour in zip(points.items(), colours, strict=True):
        counts, seconds = zip(*line, strict=True)
        axes.plot(counts, seconds, marker="o", markersize=4, label=name, color=colour)
    axes.set(xscale="log", yscale="log", xlabel="photos of 800×600", ylabel="seconds")
    axes.set_xticks(COUNTS)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FormatStrFormatter("%g"))
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False)
    plt.rcParams["svg.hashsalt"] = "difd"
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    found = measure()
    (cache() / "growth.json").write_text(json.dumps(found))
    draw(found, Path(sys.argv[1]))
