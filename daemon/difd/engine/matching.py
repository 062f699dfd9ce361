"""Compares the classes of a search: all pairs within the threshold, exactly, and no other.

Signatures rule out nearly all pairs (`join`), integers decide the rest (`distance`), both on
several threads. Matches come as a stream of arrays, so that a threshold that everything meets
still needs bounded memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.engine import join, near
from difd.engine.distance import Planes, ssd_limit
from difd.engine.edges import Edges, join_edges
from difd.engine.folding import value_range_key
from difd.engine.orientation import TURNS, allowed_turns
from difd.engine.record import Record
from difd.engine.signature import norms_slack, orbit_norms, radius, turned_order
from difd.engine.threads import Threads, usable_processors
from difd.protocol.options import SearchOptions

_SMALL: Final = 8
"""Images that may match each other are compared all with all up to this number."""

_SMALL_SETS: Final = 1024
"""Sets of that size that are compared at once."""

_SAME_SIZE: Final = np.uint8(sum(1 << turn.code for turn in TURNS if not turn.swaps))
_SWAPPED_SIZE: Final = np.uint8(sum(1 << turn.code for turn in TURNS if turn.swaps))
"""Turns, as bits, that leave width and height where they are, and those that do not."""

_EVERYTHING: Final = 2**62
"""More than any SSD."""

Relevant = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]
"""Which of these pairs need to be compared at all."""


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """Pairs of classes that may match.

    Attributes:
        a, b: (k,) int64.
        turns: (k,) uint8, a bit for every turn of b in which they may.
        done: share of the search that is done before them.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    turns: NDArray[np.uint8]
    done: float = 0.0

    def select(self, which: NDArray[np.bool_]) -> _Candidates:
        """Some of them."""
        return _Candidates(self.a[which], self.b[which], self.turns[which], self.done)


class Comparison:
    """The images of a search (one of each class), and everything their comparison needs.

    Args:
        records: one per class.
        signatures: (m, LENGTH) float32, theirs.
        options: of these, similarity, same_dim, rotate, mirror, px_size, processes and chunksize
            count. `processes` is the number of threads, one per processor if None. `chunksize`
            is the number of images per side of a tile, taken into 64 to 2048 (1024 if None):
            larger ones need memory with their square, up to 300 MB. Results never change.
        check: called now and then inside long work; may raise to stop.
        block: the size of a tile as it is, for tests.
    """

    def __init__(
        self,
        records: Sequence[Record],
        signatures: NDArray[np.float32],
        options: SearchOptions,
        *,
        check: Callable[[], None] = lambda: None,
        block: int | None = None,
    ) -> None:
        self._check = check
        self._frames = np.array([record.frames for record in records], np.int64)
        self._planes = Planes([record.planes for record in records], self._frames, options.px_size)
        self._sizes = np.array([(r.width, r.height) for r in records], np.int64).reshape(-1, 2)
        self._signatures = signatures
        self._same_dim = options.same_dim
        self._threads = options.processes or usable_processors()
        self._block = block or min(max(options.chunksize or join.BLOCK, 64), 2 * join.BLOCK)
        turns = allowed_turns(rotate=options.rotate, mirror=options.mirror)
        self._turned = near.turned(turns, [turned_order(code) for code in turns])
        px = options.px_size
        self.limit = ssd_limit(options.similarity, px)
        self._radius = radius(self.limit, px)
        if len(turns) == 1:
            self._points, self._reach = join.widest(signatures), self._radius
        else:
            self._points = join.widest(signatures, orbit_norms)
            self._reach = self._radius + norms_slack(px)
        self._pools = self._comparable(records)
        self._pool_of = np.full(len(records), -1, np.int32)
        for number, pool in enumerate(self._pools):
            self._pool_of[pool] = number
        self._lines: dict[int, join.Line] = {}

    def _comparable(self, records: Sequence[Record]) -> list[NDArray[np.int64]]:
        """Sets of images that may match at all; images that are alone are left out."""
        sets: defaultdict[object, list[int]] = defaultdict(list)
        for number, record in enumerate(records):
            size = sorted((record.width, record.height)) if self._same_dim else ()
            sets[(value_range_key(record), *size)].append(number)
        return [np.array(members) for members in sets.values() if len(members) > 1]

    @property
    def any_animations(self) -> bool:
        """Whether any image has more than one frame."""
        return bool((self._frames > 1).any())

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
        with Threads(self._threads, self._check) as threads:

            def wanted() -> Iterator[_Candidates]:
                for candidates in threads.in_order(self._candidates, self._work()):
                    on_progress(candidates.done)
                    kept = candidates
                    if relevant is not None and len(kept.a):
                        kept = kept.select(relevant(kept.a, kept.b))
                    if len(kept.a):
                        yield kept

            yield from threads.in_order(lambda c: self._decide(c, threads.stop), wanted())
        on_progress(1.0)

    def edges_of(self, number: int, among: NDArray[np.bool_]) -> Edges:
        """The matches of one class with those of `among`, (m,) bool; it is `a` in all of them."""
        place = int(self._pool_of[number])
        if place < 0:
            return join_edges(())
        if place not in self._lines:
            self._lines[place] = join.Line(self._points, self._pools[place])
        others = self._lines[place].near(number, self._reach)
        others = others[among[others] & (others != number)]
        if not len(others):
            return join_edges(())
        # The class itself is the one that is turned: its copies serve all pairs.
        return self._decide(self._of_pairs(others, np.full(len(others), number))).reversed()

    def ssd(self, a: int, b: int) -> int:
        """The SSD of two classes, whatever the threshold; the turns are those of the search."""
        turns = np.bitwise_or.reduce(np.uint8(1) << self._turned.codes, keepdims=True)
        best, _ = self._planes.closest(np.array([a]), np.array([b]), turns, _EVERYTHING)
        return int(best[0])

    def _work(self) -> Iterator[tuple[near.Tile | list[NDArray[np.int64]], float]]:
        """Pieces of the comparison, each with the share of all that is done before it."""
        small = [pool for pool in self._pools if len(pool) <= _SMALL]
        slabs = [
            slab
            for pool in self._pools
            if len(pool) > _SMALL
            for slab in join.cut(self._points, pool, self._reach, self._block)
        ]
        total = sum(slab.work for slab in slabs) + len(small)
        done = 0.0
        for slab in slabs:
            for tile in join.tiles(slab, self._points, self._signatures, self._reach, self._block):
                yield tile, (done + tile.done * slab.work) / total
            done += slab.work
        # One image size of its own for every few images must not cost a join each.
        for start in range(0, len(small), _SMALL_SETS):
            yield small[start : start + _SMALL_SETS], (done + start) / total

    def _candidates(self, work: tuple[near.Tile | list[NDArray[np.int64]], float]) -> _Candidates:
        """The pairs of a piece of work that may match."""
        piece, done = work
        if isinstance(piece, list):
            candidates = self._of_pairs(*_all_pairs(piece))
        else:
            found = near.near_pairs(piece, self._reach, self._radius, self._turned)
            candidates = self._possible(*found)
        return replace(candidates, done=done)

    def _of_pairs(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> _Candidates:
        """Those of some pairs that may match."""
        turns = near.turns_of_pairs(self._signatures, a, b, self._radius, self._turned)
        return self._possible(a, b, turns)

    def _possible(
        self, a: NDArray[np.int64], b: NDArray[np.int64], turns: NDArray[np.uint8]
    ) -> _Candidates:
        """Those of some pairs whose frames and sizes allow a match."""
        if self._same_dim:
            same = (self._sizes[a] == self._sizes[b]).all(axis=1)
            swapped = (self._sizes[a] == self._sizes[b][:, ::-1]).all(axis=1)
            turns = turns & (same * _SAME_SIZE | swapped * _SWAPPED_SIZE)
        frames_a, frames_b = self._frames[a], self._frames[b]
        possible = (frames_a == frames_b) | (frames_a == 1) | (frames_b == 1)
        return _Candidates(a, b, turns).select(possible & (turns > 0))

    def _decide(self, candidates: _Candidates, stop: NDArray[np.uint8] | None = None) -> Edges:
        """The matches among candidates."""
        a, b = candidates.a, candidates.b
        ssd, turn = self._planes.closest(a, b, candidates.turns, self.limit, stop)
        first_frame = self._frames[a] != self._frames[b]
        return Edges(a, b, ssd, turn, first_frame).select(ssd <= self.limit)


def _all_pairs(sets: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs inside each of some sets."""
    places = [np.triu_indices(len(members), 1) for members in sets]
    return (
        np.concatenate([m[one] for m, (one, _) in zip(sets, places, strict=True)]),
        np.concatenate([m[other] for m, (_, other) in zip(sets, places, strict=True)]),
    )
