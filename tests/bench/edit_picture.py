"""The tables of `bench.edits` as a picture: a line an edit, a column a method.

An empty cell on red is a recall of 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from bench.table import Row

COLOURS = LinearSegmentedColormap.from_list("recall", ["#f6d5d2", "#fbf3d0", "#b9dfbd"])
LINE = 0.19
"""Height of a line, in inches."""


def draw(tables: dict[str, list[Row]], methods: Sequence[str], target: Path) -> None:
    """Draw photos on the left, graphics on the right, and below them what is not recall."""
    photos, graphics, mistakes, costs = tables.values()
    plt.rcParams["svg.hashsalt"] = "difd"
    plt.rcParams["svg.fonttype"] = "none"
    plt.rcParams["font.size"] = 8
    height = (len(photos) + 9) * LINE
    figure, both = plt.subplots(1, 2, figsize=(11, height), layout="constrained", sharey=True)
    for axes, rows, title in zip(both, (photos, graphics), tuple(tables)[:2], strict=True):
        _recall(axes, rows, [row["edit"] for row in photos], methods, title)
    _foot(both[0], len(photos), _figures(methods, mistakes, costs))
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)


def _recall(
    axes: Axes, rows: Sequence[Row], lines: Sequence[str], methods: Sequence[str], title: str
) -> None:
    by_edit = {row["edit"]: row for row in rows}
    built = {name for row in rows for name in row}
    shares = np.full((len(lines), len(methods)), np.nan)
    for place, line in enumerate(lines):
        for column, method in enumerate(methods):
            share = by_edit.get(line, {}).get(method)
            shares[place, column] = np.nan if share is None else share
            text = f"{share:.2f}" if share else ""
            if share is None and line in by_edit and method not in built:
                text = "not built"
            if text:
                weight = "bold" if line == "all edits" else "normal"
                axes.text(column + 0.5, place + 0.5, text, ha="center", va="center", weight=weight)
    axes.add_patch(plt.Rectangle((0, 0), len(methods), len(lines), color="#f0f0f0", linewidth=0))
    axes.pcolormesh(np.ma.masked_invalid(shares), cmap=COLOURS, vmin=0, vmax=1)
    axes.set_title(title, fontsize=10, pad=28)
    axes.set(xlim=(0, len(methods)), ylim=(len(lines) + 7, 0))
    axes.set_xticks([n + 0.5 for n in range(len(methods))], methods, rotation=20)
    axes.xaxis.tick_top()
    axes.set_yticks([n + 0.5 for n in range(len(lines))], lines)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _figures(
    methods: Sequence[str], mistakes: Sequence[Row], costs: Sequence[Row]
) -> list[tuple[str, list[str]]]:
    """Name and a figure for every method."""
    by_method = {row["method"]: row for row in mistakes}
    pairs = next(iter(mistakes), {"different pairs": 0})["different pairs"]
    lines = [
        (
            f"false, of {pairs:,} pairs",
            [_cell(by_method.get(method, {}).get("false")) for method in methods],
        )
    ]
    for size in dict.fromkeys(row["photos of"] for row in costs):
        own = {row["method"]: row for row in costs if row["photos of"] == size}
        for name, column in (("time / decode", "times a decode"), ("bytes", "bytes a picture")):
            cells = [_cell(own.get(method, {}).get(column)) for method in methods]
            lines.append((f"{name}, {size}", cells))
    return lines


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else f"{value:,}"


def _foot(axes: Axes, first: int, lines: Sequence[tuple[str, list[str]]]) -> None:
    ticks, names = list(axes.get_yticks()), [label.get_text() for label in axes.get_yticklabels()]
    for number, (name, cells) in enumerate(lines):
        place = first + 1.5 + number
        ticks.append(place)
        names.append(name)
        for column, cell in enumerate(cells):
            axes.text(column + 0.5, place, cell, ha="center", va="center")
    axes.set_yticks(ticks, names)
