"""Cuts the comparison of all images into independent pieces, without looking at all pairs.

Images are cut into slabs along the coordinate that spreads them most; every slab also gets a halo,
the images within one radius above it, so that slabs are independent pieces of work. Inside a slab
images are sorted by a second coordinate, and tiles of rows and columns are compared within its
radius (see `candidates`). Coordinates are numbers that turning an image does not change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.match.candidates import Tile, squared

BLOCK: Final = 1024
"""Images on a side of a tile."""

COORDINATES: Final = 8
"""Coordinates that are looked at before signatures are; 6 to 16 take the same time."""

_SLAB_BLOCKS: Final = 4
"""Fewest blocks of core images in a slab: below that, its halo costs more than it saves."""

_SAMPLE: Final = 10_000
"""Images whose spread is measured."""

_BATCH: Final = 1 << 16
"""Images whose coordinates are taken at once."""


class Slab(msgspec.Struct, frozen=True, eq=False):
    """An independent piece of the comparison.

    Attributes:
        core: (c,) int64 images, sorted by the second coordinate; compared with each other.
        halo: (h,) int64 images, sorted likewise; compared with the core, not with each other.
        second: which coordinate that is.
    """

    core: NDArray[np.int64]
    halo: NDArray[np.int64]
    second: int

    @property
    def work(self) -> float:
        """An estimate of the comparisons in it."""
        return len(self.core) * (len(self.core) / 2 + len(self.halo)) + 1.0


class Span(msgspec.Struct, frozen=True):
    """A tile as places in its slab, the core first and then the halo.

    Attributes:
        rows: in the core.
        columns: all in the core, and then the rows themselves or behind them, or all in the halo.
        done: share of the slab that is done before this tile.
    """

    rows: tuple[int, int]
    columns: tuple[int, int]
    done: float

    @property
    def pairs(self) -> int:
        """How many pairs it has, near or not."""
        return (self.rows[1] - self.rows[0]) * (self.columns[1] - self.columns[0])


def widest(
    signatures: NDArray[np.float32],
    coordinates: Callable[[NDArray[np.float32]], NDArray[np.float32]] = lambda same: same,
) -> NDArray[np.float32]:
    """The coordinates of images that spread most, (n, d) float32, widest first.

    Args:
        signatures: (n, LENGTH) float32.
        coordinates: all coordinates of some signatures.
    """
    # Any coordinates would do; some thousand images tell which ones spread.
    sample = coordinates(signatures[:: max(1, len(signatures) // _SAMPLE)])
    spread = sample.astype(np.float64).var(axis=0)
    axes = np.argsort(-spread, kind="stable")[:COORDINATES]
    points = np.empty((len(signatures), len(axes)), np.float32)
    for start in range(0, len(signatures), _BATCH):
        part = slice(start, start + _BATCH)
        points[part] = coordinates(signatures[part])[:, axes]
    return points


def cut(
    points: NDArray[np.float32], members: NDArray[np.int64], radius: float, block: int
) -> list[Slab]:
    """Cut the comparison of some images into slabs.

    Args:
        points: (n, d) float32, the coordinates of all images.
        members: (m,) int64, the images to compare.
        radius: largest distance of a pair.
        block: images on a side of a tile.
    """
    lead = points[members, 0].astype(np.float64)
    order = np.argsort(lead, kind="stable")
    lead, members = lead[order], members[order]
    second = min(1, points.shape[1] - 1)
    slabs = []
    start = 0
    while start < len(members):
        stop = int(np.searchsorted(lead, _above(lead[start], radius), "right"))
        stop = min(max(stop, start + _SLAB_BLOCKS * block), len(members))
        reach = int(np.searchsorted(lead, _above(lead[stop - 1], radius), "right"))
        core, halo = members[start:stop], members[stop : max(reach, stop)]
        slabs.append(
            Slab(
                core[np.argsort(points[core, second], kind="stable")],
                halo[np.argsort(points[halo, second], kind="stable")],
                second,
            )
        )
        start = stop
    return slabs


def spans(slab: Slab, points: NDArray[np.float32], radius: float, block: int) -> Iterator[Span]:
    """Cut a slab into tiles, at most `block` rows and columns each, that hold all near pairs.

    Args:
        slab: one of `cut`.
        points: (n, d) float32, the same as there.
        radius: the same as there.
        block: rows and columns of a tile.
    """
    core = len(slab.core)
    sorted_core = points[slab.core, slab.second].astype(np.float64)
    sorted_halo = points[slab.halo, slab.second].astype(np.float64)
    for start in range(0, core, block):
        stop = min(start + block, core)
        low = -_above(-float(sorted_core[start]), radius)
        high = _above(float(sorted_core[stop - 1]), radius)
        last = np.searchsorted(sorted_core, high, "right")
        halo = core + np.searchsorted(sorted_halo, [low, np.nextafter(high, math.inf)])
        for first, end in ((start, int(last)), halo.tolist()):
            for left in range(first, end, block):
                yield Span((start, stop), (left, min(left + block, end)), start / core)


def tiles(
    slab: Slab,
    points: NDArray[np.float32],
    signatures: NDArray[np.float32],
    radius: float,
    block: int,
) -> Iterator[Tile]:
    """The tiles of a slab with the numbers of their images.

    Args:
        slab: one of `cut`.
        points: (n, d) float32, the same as there.
        signatures: (n, LENGTH) float32.
        radius: the same as there.
        block: rows and columns of a tile.
    """
    images = np.concatenate((slab.core, slab.halo))
    # What is compared lies together: 8,000 images take 2.3 MB.
    axes = second_first(points.shape[1], slab.second)
    coordinates = np.ascontiguousarray(points[images].T[axes])
    together = signatures[images]
    for span in spans(slab, points, radius, block):
        yield Tile(
            images, len(slab.core), coordinates, together, span.rows, span.columns, span.done
        )


def second_first(count: int, second: int) -> NDArray[np.int64]:
    """The numbers of all coordinates, beginning with that by which a slab is sorted."""
    return np.roll(np.arange(count), -second)


class Line:
    """Images along their widest coordinate, to find those near a single one.

    Args:
        points: (n, d) float32, the coordinates of all images.
        members: (m,) int64, the images that count.
    """

    def __init__(self, points: NDArray[np.float32], members: NDArray[np.int64]) -> None:
        self._points = points
        order = np.argsort(points[members, 0], kind="stable")
        self._members = members[order]
        self._lead = points[self._members, 0]

    def near(self, image: int, radius: float) -> NDArray[np.int64]:
        """The members within `radius` of an image, in any order (rounding may add a few)."""
        point = self._points[image]
        low = np.nextafter(np.float32(point[0] - radius), np.float32(-math.inf))
        high = np.nextafter(np.float32(point[0] + radius), np.float32(math.inf))
        window = slice(
            *np.searchsorted(self._lead, [low, np.nextafter(high, np.float32(math.inf))])
        )
        found = [self._members[:0]]
        for start in range(window.start, window.stop, _BATCH):
            members = self._members[start : min(start + _BATCH, window.stop)]
            difference = self._points[members] - point
            distance = np.einsum("ij,ij->i", difference, difference)
            found.append(members[distance <= squared(radius)])
        return np.concatenate(found)


def _above(value: float, radius: float) -> float:
    """A number that is certainly not below `value` + `radius`, in spite of rounding."""
    return value + radius + 4e-16 * (abs(value) + radius)
