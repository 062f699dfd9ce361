"""Compares the classes of a search: all pairs within the threshold, exactly, and no other.

Signatures rule out nearly all pairs (`join`), integers decide the rest (`distance`), both on
several threads. Matches come as a stream of arrays, so that a threshold that everything meets
still needs bounded memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from difd.engine.match import candidates, join
from difd.engine.match.classes import value_range_key
from difd.engine.match.edges import Edges, join_edges
from difd.engine.match.shards import Shard, Sharding, TilePool
from difd.engine.match.signature import orbit_norms
from difd.engine.match.tiles import Candidates, Field, Terms
from difd.engine.processors import usable_processors
from difd.engine.record import Record
from difd.engine.threads import Threads
from difd.engine.work import WorkPool
from difd.protocol.options import SearchOptions

_SMALL: Final = 8
"""Images that may match each other are compared all with all up to this number."""

_SMALL_SETS: Final = 1024
"""Sets of that size that are compared at once."""

Relevant = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]
"""Which of these pairs need to be compared at all."""

_Piece = tuple[candidates.Tile | list[NDArray[np.int64]], float]
"""A tile or some small sets, and the share of the comparison that is done before it."""


class Comparison:
    """The images of a search (one of each class), and everything their comparison needs.

    Args:
        records: one per class.
        signatures: (m, LENGTH) float32, theirs.
        options: of these, similarity, same_dim, rotate, mirror, px_size, processes and chunksize
            count. `processes` is the number of threads, one per processor if None. `chunksize`
            is the number of images per side of a tile, taken into 64 to 2048 (1024 if None):
            larger ones need memory with their square, up to 300 MB. Results never change.
        pool: compares the tiles, if it is a `TilePool`; else threads of this process do.
        check: called now and then inside long work; may raise to stop.
        alone: (m,) bool, classes that are known to match none; they are left out.
        block: the size of a tile as it is, for tests.
    """

    def __init__(
        self,
        records: Sequence[Record],
        signatures: NDArray[np.float32],
        options: SearchOptions,
        *,
        pool: WorkPool | None = None,
        check: Callable[[], None] = lambda: None,
        alone: NDArray[np.bool_] | None = None,
        block: int | None = None,
    ) -> None:
        self._check, self._pool = check, pool
        frames = np.array([record.frames for record in records], np.int64)
        sizes = np.array([(r.width, r.height) for r in records], np.int64).reshape(-1, 2)
        self._terms = Terms.of(options)
        self._planes = [record.planes for record in records]
        self._field = Field(self._terms, self._planes, frames, sizes, signatures)
        self._threads = options.processes or usable_processors()
        self._block = block or min(max(options.chunksize or join.BLOCK, 64), 2 * join.BLOCK)
        coordinates = () if len(self._terms.turns) == 1 else (orbit_norms,)
        self._points = join.widest(signatures, *coordinates)
        known = () if alone is None else set(np.nonzero(alone)[0].tolist())
        self._pools = self._comparable(records, known)
        self._pool_of = np.full(len(records), -1, np.int32)
        for number, members in enumerate(self._pools):
            self._pool_of[members] = number
        self._lines: dict[int, join.Line] = {}

    def _comparable(
        self, records: Sequence[Record], alone: Container[int]
    ) -> list[NDArray[np.int64]]:
        """Sets of images that may match at all; images that are alone are left out."""
        sets: defaultdict[object, list[int]] = defaultdict(list)
        for number, record in enumerate(records):
            size = sorted((record.width, record.height)) if self._terms.same_dim else ()
            if number not in alone:
                sets[(value_range_key(record), *size)].append(number)
        return [np.array(members) for members in sets.values() if len(members) > 1]

    @property
    def any_animations(self) -> bool:
        """Whether any image has more than one frame."""
        return bool((self._field.frames > 1).any())

    def edges(
        self,
        relevant: Relevant | None = None,
        on_progress: Callable[[float], None] = lambda _fraction: None,
    ) -> Iterator[Edges]:
        """Yield all matches, in any order, every pair once.

        Args:
            relevant: pairs it rejects are not compared, and not yielded. It is asked a little
                ahead of what was yielded.
            on_progress: called with the fraction done all the time; may raise to stop.
        """
        slabs = self._slabs()
        work = sum(slab.work for slab in slabs)
        small = [pool for pool in self._pools if len(pool) <= _SMALL]
        share = work / max(work + len(small), 1.0)
        if slabs and isinstance(self._pool, TilePool):
            tiles = Sharding(self._terms, slabs, self._points, self._block, self._shard)
            for edges, done in self._pool.compare(tiles, self._check):
                on_progress(done * share)
                kept = edges if relevant is None else edges.select(relevant(edges.a, edges.b))
                if len(kept):
                    yield kept
        else:
            yield from self._on_threads(self._tiles(slabs, share), relevant, on_progress)
        # Sets of a few images are sent nowhere: that would cost more than comparing them.
        yield from self._on_threads(self._sets(small, share), relevant, on_progress)
        on_progress(1.0)

    def _on_threads(
        self,
        pieces: Iterator[_Piece],
        relevant: Relevant | None,
        on_progress: Callable[[float], None],
    ) -> Iterator[Edges]:
        with Threads(self._threads, self._check) as threads:

            def wanted() -> Iterator[Candidates]:
                for candidates in threads.in_order(self._candidates, pieces):
                    on_progress(candidates.done)
                    kept = candidates
                    if relevant is not None and len(kept.a):
                        kept = kept.select(relevant(kept.a, kept.b))
                    if len(kept.a):
                        yield kept

            yield from threads.in_order(lambda c: self._field.decide(c, threads.stop), wanted())

    def edges_of(self, number: int, among: NDArray[np.bool_]) -> Edges:
        """The matches of one class with those of `among`, (m,) bool; it is `a` in all of them."""
        place = int(self._pool_of[number])
        if place < 0:
            return join_edges(())
        if place not in self._lines:
            self._lines[place] = join.Line(self._points, self._pools[place])
        others = self._lines[place].near(number, self._terms.reach)
        others = others[among[others] & (others != number)]
        found = []
        for start in range(0, len(others), self._block):
            self._check()
            some = others[start : start + self._block]
            # The class itself is the one that is turned: its copies serve all pairs.
            found.append(self._field.decide(self._field.of_pairs(some, np.full(len(some), number))))
        return join_edges(found).reversed()

    def ssd(self, a: int, b: int) -> int:
        """The SSD of two classes, whatever the threshold; the turns are those of the search."""
        return self._field.ssd(a, b)

    def _slabs(self) -> list[join.Slab]:
        """The cut of all that is worth one; every pool of images by itself."""
        return [
            slab
            for pool in self._pools
            if len(pool) > _SMALL
            for slab in join.cut(self._points, pool, self._terms.reach, self._block)
        ]

    def _tiles(self, slabs: Sequence[join.Slab], share: float) -> Iterator[_Piece]:
        total = sum(slab.work for slab in slabs) / share if slabs else 1.0
        done = 0.0
        signatures, reach = self._field.signatures, self._terms.reach
        for slab in slabs:
            for tile in join.tiles(slab, self._points, signatures, reach, self._block):
                yield tile, (done + tile.done * slab.work) / total
            done += slab.work

    def _sets(self, small: list[NDArray[np.int64]], done: float) -> Iterator[_Piece]:
        # One image size of its own for every few images must not cost a join each.
        for start in range(0, len(small), _SMALL_SETS):
            part = start / len(small)
            yield small[start : start + _SMALL_SETS], done + (1 - done) * part

    def _shard(self, place: int, images: NDArray[np.int64]) -> Shard:
        self._check()
        planes = [self._planes[image] for image in images.tolist()]
        field = self._field
        return Shard(
            place,
            images,
            self._points[images],
            field.signatures[images],
            field.sizes[images],
            field.frames[images],
            np.array([len(own) for own in planes]),
            np.concatenate(planes),
        )

    def _candidates(self, work: _Piece) -> Candidates:
        """The pairs of a piece of work that may match."""
        piece, done = work
        if isinstance(piece, list):
            candidates = self._field.of_pairs(*_all_pairs(piece))
        else:
            candidates = self._field.in_tile(piece)
        return replace(candidates, done=done)


def _all_pairs(sets: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs inside each of some sets."""
    places = [np.triu_indices(len(members), 1) for members in sets]
    return (
        np.concatenate([m[one] for m, (one, _) in zip(sets, places, strict=True)]),
        np.concatenate([m[other] for m, (_, other) in zip(sets, places, strict=True)]),
    )
