"""Finds the pairs of points within a radius, without looking at all pairs.

The points are cut into slabs along the coordinate that spreads them most; every slab also gets a
halo, the points within one radius above it, so that slabs are independent pieces of work. Inside
a slab the points are sorted by a second coordinate, and blocks are compared within its radius.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 1024
"""Points per side of a block: 8 MB of distances."""

_SLAB_BLOCKS: Final = 4
"""Fewest blocks of core points in a slab: below that, its halo costs more than it saves."""


_SAMPLE: Final = 10_000
"""Points whose spread is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """An independent piece of the comparison.

    Attributes:
        core: (c,) int64 points, sorted by the second coordinate; compared with each other.
        halo: (h,) int64 points, sorted likewise; compared with the core, not with each other.
        second: the second coordinate.
    """

    core: NDArray[np.int64]
    halo: NDArray[np.int64]
    second: int

    @property
    def work(self) -> float:
        """An estimate of the comparisons in it."""
        return len(self.core) * (len(self.core) / 2 + len(self.halo)) + 1.0


def cut(points: NDArray[np.float32], radius: float, block: int) -> list[Slab]:
    """Cut the comparison of all points into slabs.

    Args:
        points: (n, d) float32.
        radius: largest distance of a pair.
        block: points per block.
    """
    # Any coordinates would do; some thousand points tell which ones spread.
    spread = points[:: max(1, len(points) // _SAMPLE)].astype(np.float64).var(axis=0)
    first, second = (int(axis) for axis in np.argsort(-spread, kind="stable")[:2])
    lead = points[:, first].astype(np.float64)
    order = np.argsort(lead, kind="stable")
    sorted_lead = lead[order]
    slabs = []
    start = 0
    while start < len(order):
        stop = int(np.searchsorted(sorted_lead, _above(sorted_lead[start], radius), "right"))
        stop = min(max(stop, start + _SLAB_BLOCKS * block), len(order))
        reach = int(np.searchsorted(sorted_lead, _above(sorted_lead[stop - 1], radius), "right"))
        core, halo = order[start:stop], order[stop : max(reach, stop)]
        slabs.append(
            Slab(
                core[np.argsort(points[core, second], kind="stable")],
                halo[np.argsort(points[halo, second], kind="stable")],
                second,
            )
        )
        start = stop
    return slabs


def near_pairs(
    points: NDArray[np.float32], slab: Slab, radius: float, block: int
) -> Iterator[tuple[float, NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the pairs of a slab that are within `radius`, block by block.

    Rounding never loses a pair: it may add a few that are slightly farther.

    Yields:
        the fraction of the slab that is done after this block; the two sides of the pairs,
        (k,) int64 each, as indices of `points`.
    """
    blocks = range(0, len(slab.core), block)
    for done, start in enumerate(blocks):
        rows = slab.core[start : start + block]
        low = -_above(-float(points[rows[0], slab.second]), radius)
        high = _above(float(points[rows[-1], slab.second]), radius)
        fraction = done / len(blocks)
        yield fraction, *_within(points, rows, rows, radius, same=True)
        later = _window(points, slab.core[start + block :], slab.second, low, high)
        halo = _window(points, slab.halo, slab.second, low, high)
        for others in (later, halo):
            for left in range(0, len(others), block):
                columns = others[left : left + block]
                yield fraction, *_within(points, rows, columns, radius, same=False)


def near_point(
    points: NDArray[np.float32], point: int, among: NDArray[np.int64], radius: float
) -> NDArray[np.int64]:
    """Those of `among` that are within `radius` of one point (rounding may add a few)."""
    found = [
        _within(points, np.array([point]), among[start : start + 64 * BLOCK], radius, same=False)[1]
        for start in range(0, len(among), 64 * BLOCK)
    ]
    return np.concatenate(found) if found else among[:0]


def _above(value: float, radius: float) -> float:
    """A number that is certainly not below `value` + `radius`, in spite of rounding."""
    return value + radius + 4e-16 * (abs(value) + radius)


def _window(
    points: NDArray[np.float32],
    sorted_points: NDArray[np.int64],
    axis: int,
    low: float,
    high: float,
) -> NDArray[np.int64]:
    values = points[sorted_points, axis].astype(np.float64)
    return sorted_points[np.searchsorted(values, low) : np.searchsorted(values, high, "right")]


def _within(
    points: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    radius: float,
    *,
    same: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of `rows` and `columns` within `radius`; each pair once if they are the `same`."""
    near = near_table(points[rows], points[columns], radius)
    if same:
        near &= np.tri(len(rows), dtype=bool, k=-1).T
    first, second = np.nonzero(near)
    return rows[first], columns[second]


def near_table(
    rows: NDArray[np.float32], columns: NDArray[np.float32], radius: float
) -> NDArray[np.bool_]:
    """Which of two lists of points are within `radius` of each other, (r, c).

    Distances come from |x|² + |y|² - 2·x·y in float64. The rounding error of that is at most
    (2d + 4)·2^-53·(|x| + |y|)², below 10^-13·(|x| + |y|)² for d ≤ 400, which is added.
    """
    x, y = rows.astype(np.float64), columns.astype(np.float64)
    # Differences to one of the points make short vectors, and so a small rounding error; rounding
    # the differences themselves is covered by the same bound.
    centre = x[0]
    x, y = x - centre, y - centre
    xx = np.einsum("ij,ij->i", x, x)
    yy = np.einsum("ij,ij->i", y, y)
    # The two squares ride along as coordinates: one matrix product does all, which halves the time.
    left = np.column_stack((-2 * x, xx, np.ones(len(x))))
    right = np.column_stack((y, np.ones(len(y)), yy))
    size = float(np.sqrt(xx.max(initial=0)) + np.sqrt(yy.max(initial=0)))
    near: NDArray[np.bool_] = left @ right.T <= radius**2 * (1 + 1e-12) + 1e-13 * size**2
    return near
