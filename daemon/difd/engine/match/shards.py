"""The comparison as pieces that can travel: shards of images, and tasks that name their shards.

A task is a few tiles, the very ones that are compared in one process (`join.spans`). A shard is a
stretch of a slab with everything that comparing its images takes, so that it is sent once for all
tiles that meet there. A halo lies in the next slab, and so in shards that are sent anyway.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.match.candidates import Tile
from difd.engine.match.edges import Edges, join_edges
from difd.engine.match.join import Slab, Span, second_first, spans
from difd.engine.match.tiles import Field, Terms
from difd.engine.work import WorkPool

TASK_PAIRS: Final = 4 << 20
"""Most pairs of a task, near or not: four tiles, some 40 ms on photos. If all of them match, the
answer takes 110 MB."""

_TASK_SHARDS: Final = 16
"""Shards that a task may need before it takes no further tile."""

SHARD_BYTES: Final = 16 << 20
"""Most bytes of tensors of a shard, if that is not a single image."""


class Shard(msgspec.Struct, frozen=True, eq=False):
    """Some images of a slab's core, in its order.

    Attributes:
        place: of the first of them among the cores of all slabs.
        images: (k,) int64, their numbers in the search.
        points: (k, d) float32, coordinates.
        signatures: (k, LENGTH) float32.
        sizes: (k, 2) int64, width and height.
        frames: (k,) int64.
        counts: (k,) int64, how many planes every image has.
        planes: (sum of counts, px, px, 3) uint8.
    """

    place: int
    images: NDArray[np.int64]
    points: NDArray[np.float32]
    signatures: NDArray[np.float32]
    sizes: NDArray[np.int64]
    frames: NDArray[np.int64]
    counts: NDArray[np.int64]
    planes: NDArray[np.uint8]

    def __sizeof__(self) -> int:
        # What schedulers go by when they choose where a task costs least to run.
        parts = (self.images, self.points, self.signatures, self.sizes, self.frames, self.planes)
        return sum(part.nbytes for part in parts)


class Stretch(msgspec.Struct, frozen=True):
    """A tile as places among the cores of all slabs.

    Attributes:
        rows, columns: from where to where; equal, or apart.
        below: columns whose first coordinate is above it are left out: they are not in the halo.
        second: the coordinate by which both are sorted.
    """

    rows: tuple[int, int]
    columns: tuple[int, int]
    below: float
    second: int


class TileTask(msgspec.Struct, frozen=True):
    """Some tiles that are compared in one go.

    Attributes:
        shards: the numbers of the shards that it needs, ascending.
        stretches: the tiles.
        done: share of the comparison that is done before it.
        oldest: no later task needs a shard with a number below this one.
    """

    shards: tuple[int, ...]
    stretches: tuple[Stretch, ...]
    done: float
    oldest: int


@runtime_checkable
class TilePool(WorkPool, Protocol):
    """A pool that compares tiles, too; without one, threads of this process do."""

    def compare(
        self, sharding: Sharding, check: Callable[[], None]
    ) -> Iterator[tuple[Edges, float]]:
        """Yield the matches of all tasks of `sharding`, each with the share that was done before.

        Args:
            sharding: the tasks, and the shards that they need.
            check: called all the time; may raise to stop, and then nothing more is computed.
        """


class Sharding:
    """The cut of a comparison into tasks and shards.

    Args:
        terms: what a match is.
        slabs: from `join.cut`, those of one set of images after those of another.
        points: (n, d) float32, coordinates of all images.
        block: images on a side of a tile.
        load: makes the shard of some images, which begins at a place.
    """

    def __init__(
        self,
        terms: Terms,
        slabs: Sequence[Slab],
        points: NDArray[np.float32],
        block: int,
        load: Callable[[int, NDArray[np.int64]], Shard],
    ) -> None:
        self.terms = terms
        self._slabs, self._points, self._block, self._load = slabs, points, block, load
        lengths = np.array([len(slab.core) for slab in slabs], np.int64)
        self._starts = np.concatenate(([0], np.cumsum(lengths)))
        self._order = np.concatenate([slab.core for slab in slabs] or [np.empty(0, np.int64)])
        self._places = np.full(len(points), -1, np.int64)
        self._places[self._order] = np.arange(len(self._order))
        self._size = max(1, min(block, SHARD_BYTES // (3 * terms.px**2)))
        self._first_shard = np.concatenate(([0], np.cumsum(-(-lengths // self._size))))
        self._work = np.concatenate(([0.0], np.cumsum([slab.work for slab in slabs])))

    def shard(self, number: int) -> Shard:
        """The shard with a number; made anew every time."""
        slab = int(np.searchsorted(self._first_shard, number, "right")) - 1
        start = int(self._starts[slab]) + (number - int(self._first_shard[slab])) * self._size
        stop = min(start + self._size, int(self._starts[slab + 1]))
        return self._load(start, self._order[start:stop])

    def tasks(self) -> Iterator[TileTask]:
        """All tasks, in the order of the slabs."""
        waiting: list[Stretch] = []
        shards: set[int] = set()
        pairs, done, oldest = 0, 0.0, 0
        for number, slab in enumerate(self._slabs):
            below = float(self._points[slab.halo, 0].max(initial=-np.inf))
            for span in spans(slab, self._points, self.terms.reach, self._block):
                stretch = self._stretch(number, slab, span, below)
                needed = self._shards_of(number, stretch)
                full = pairs + span.pairs > TASK_PAIRS or len(shards | needed) > _TASK_SHARDS
                if waiting and full:
                    yield TileTask(tuple(sorted(shards)), tuple(waiting), done, oldest)
                    waiting, shards, pairs = [], set(), 0
                if not waiting:
                    done = float((self._work[number] + span.done * slab.work) / self._work[-1])
                    # Rows go forward through a slab, and columns are never before its rows.
                    oldest = self._shard_at(number, span.rows[0])
                waiting.append(stretch)
                shards |= needed
                pairs += span.pairs
        if waiting:
            yield TileTask(tuple(sorted(shards)), tuple(waiting), done, oldest)

    def _stretch(self, number: int, slab: Slab, span: Span, below: float) -> Stretch:
        start, core = int(self._starts[number]), len(slab.core)
        rows = (start + span.rows[0], start + span.rows[1])
        if span.columns[0] < core:
            columns = (start + span.columns[0], start + span.columns[1])
            return Stretch(rows, columns, math.inf, slab.second)
        # The halo is what lies below a line in the next slab, and has its order.
        ends = slab.halo[[span.columns[0] - core, span.columns[1] - core - 1]]
        first, last = self._places[ends].tolist()
        return Stretch(rows, (first, last + 1), below, slab.second)

    def _shards_of(self, number: int, stretch: Stretch) -> set[int]:
        needed: set[int] = set()
        for start, stop in (stretch.rows, stretch.columns):
            slab = number if start < self._starts[number + 1] else number + 1
            ends = (place - int(self._starts[slab]) for place in (start, stop - 1))
            first, last = (self._shard_at(slab, place) for place in ends)
            needed.update(range(first, last + 1))
        return needed

    def _shard_at(self, slab: int, place: int) -> int:
        return int(self._first_shard[slab]) + place // self._size


def compare_stretches(
    terms: Terms, stretches: Sequence[Stretch], shards: Mapping[int, Shard]
) -> Edges:
    """The matches of a task, in the numbers of the search.

    Args:
        terms: what a match is.
        stretches: the tiles of the task.
        shards: what it needs, by number.
    """
    parts = [shards[number] for number in sorted(shards)]
    images = np.concatenate([part.images for part in parts])
    order = np.argsort(images)
    rank = np.argsort(order)
    planes = [own for part in parts for own in np.split(part.planes, np.cumsum(part.counts)[:-1])]
    points = np.concatenate([part.points for part in parts])
    signatures = np.concatenate([part.signatures for part in parts])
    field = Field(
        terms,
        [planes[place] for place in order.tolist()],
        np.concatenate([part.frames for part in parts])[order],
        np.concatenate([part.sizes for part in parts])[order],
        signatures[order],
    )
    first = np.array([part.place for part in parts])
    offsets = np.concatenate(([0], np.cumsum([len(part.images) for part in parts])))

    def at(stretch: tuple[int, int]) -> NDArray[np.int64]:
        """Where a stretch of places is among the images that are here."""
        part = int(np.searchsorted(first, stretch[0], "right")) - 1
        start = int(offsets[part]) + stretch[0] - int(first[part])
        return np.arange(start, start + stretch[1] - stretch[0])

    found = []
    for stretch in stretches:
        rows = at(stretch.rows)
        together = rows
        if stretch.columns != stretch.rows:
            columns = at(stretch.columns)
            together = np.concatenate((rows, columns[points[columns, 0] <= stretch.below]))
        axes = second_first(points.shape[1], stretch.second)
        columns_start = 0 if together is rows else len(rows)
        tile = Tile(
            rank[together],
            len(rows),
            np.ascontiguousarray(points[together].T[axes]),
            signatures[together],
            (0, len(rows)),
            (columns_start, len(together)),
            0.0,
        )
        found.append(field.decide(field.in_tile(tile)))
    edges = join_edges(found)
    numbers = images[order]
    return Edges(numbers[edges.a], numbers[edges.b], edges.ssd, edges.turn, edges.first_frame)
