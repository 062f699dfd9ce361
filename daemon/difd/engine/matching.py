"""Compares the classes of a search: all pairs within the threshold, exactly, and no other.

Signatures rule out nearly all pairs (`join`), integers decide the rest (`distance`). Matches come
as a stream of arrays, so that a threshold that everything meets still needs bounded memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.engine import join
from difd.engine.distance import plane_pairs, ssd_limit, ssd_of_pairs, ssd_table
from difd.engine.edges import Edges, join_edges
from difd.engine.folding import value_range_key
from difd.engine.orientation import IDENTITY, TURNS, allowed_turns
from difd.engine.record import Record
from difd.engine.signature import norms_slack, orbit_norms, radius, turned_order
from difd.protocol.options import SearchOptions

_DENSE: Final = 0.06
"""Share of a block's pairs above which a whole table is cheaper than its pairs one by one."""

_SMALL: Final = 8
"""Images that may match each other are compared all with all up to this number."""

_SMALL_SETS: Final = 1024
"""Sets of that size that are compared at once."""

_DENSE_PAIRS: Final = 512
"""Fewest pairs for which that is worth finding out."""

_DENSE_SIDE: Final = 8
"""Fewest images on a side of a table that is worth it."""

_ONE_PLANE: Final = 110
"""Two stills without transparency: the code of what `_all_planes` sorts pairs by."""

_SIGNATURES: Final = 1 << 14
"""Pairs whose signatures are compared at once; 21 MB."""

_EVEN: Final = np.array([not turn.swaps for turn in TURNS])
"""Which turns leave width and height where they are."""

Relevant = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]
"""Which of these pairs need to be compared at all."""


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Pairs as places in a table: pair k is `(rows[row[k]], columns[column[k]])`."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]


class Comparison:
    """The images of a search (one of each class), and everything their comparison needs.

    Args:
        records: one per class.
        signatures: (m, LENGTH) float32, theirs.
        options: of these, similarity, same_dim, rotate, mirror, px_size and chunksize count.
            `chunksize` is the number of images per side of a block, taken into 64 to 2048 (1024
            if None): smaller blocks answer a cancellation sooner, larger ones need memory with
            their square, up to 300 MB; results never change.
        check: called now and then inside long work; may raise to stop.
        block: the size of a block as it is, for tests.
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
        self._planes = [record.planes for record in records]
        self._plane_count = np.array([len(record.planes) for record in records], np.int64)
        self._frames = np.array([record.frames for record in records], np.int64)
        self._sizes = np.array([(r.width, r.height) for r in records], np.int64).reshape(-1, 2)
        self._signatures = signatures
        self._same_dim = options.same_dim
        self._turns = allowed_turns(rotate=options.rotate, mirror=options.mirror)
        self._block = block or min(max(options.chunksize or join.BLOCK, 64), 2 * join.BLOCK)
        px = options.px_size
        self.limit = ssd_limit(options.similarity, px)
        self._radius = radius(self.limit, px)
        if len(self._turns) == 1:
            self._points, self._reach = signatures, self._radius
        else:
            self._points = orbit_norms(signatures)
            self._reach = self._radius + norms_slack(px)
        self._pools = self._comparable(records)
        self._pool_of = np.full(len(records), -1, np.int64)
        for number, pool in enumerate(self._pools):
            self._pool_of[pool] = number

    def _comparable(self, records: Sequence[Record]) -> list[NDArray[np.int64]]:
        """Sets of images that may match at all; images that are alone are left out."""
        sets: defaultdict[object, list[int]] = defaultdict(list)
        for number, record in enumerate(records):
            size = sorted((record.width, record.height)) if self._same_dim else ()
            sets[(value_range_key(record), *size)].append(number)
        return [np.array(members) for members in sets.values() if len(members) > 1]

    def _points_of(self, pool: NDArray[np.int64]) -> NDArray[np.float32]:
        """The points of a pool; not copied if it is everything, which is sorted, too."""
        return self._points if len(pool) == len(self._points) else self._points[pool]

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
            relevant: pairs it rejects are not compared, and not yielded.
            on_progress: called with the fraction done before every block; may raise to stop.
        """
        small = [pool for pool in self._pools if len(pool) <= _SMALL]
        large = [pool for pool in self._pools if len(pool) > _SMALL]
        work = [(pool, join.cut(self._points_of(pool), self._reach, self._block)) for pool in large]
        total = sum(slab.work for _, slabs in work for slab in slabs) + len(small)
        done = 0.0
        for pool, slabs in work:
            points = self._points_of(pool)
            for slab in slabs:
                for part, rows, columns in join.near_pairs(points, slab, self._reach, self._block):
                    on_progress((done + part * slab.work) / total)
                    yield self._decide(pool[rows], pool[columns], relevant)
                done += slab.work
        # One image size of its own for every few images must not cost a join each.
        for start in range(0, len(small), _SMALL_SETS):
            on_progress((done + start) / total)
            yield self._decide(*_all_pairs(small[start : start + _SMALL_SETS]), relevant)
        on_progress(1.0)

    def edges_of(self, number: int, among: NDArray[np.bool_]) -> Edges:
        """The matches of one class with those of `among`, (m,) bool; it is `a` in all of them."""
        pool = self._pool_of[number]
        if pool < 0:
            return join_edges(())
        others = self._pools[pool][among[self._pools[pool]]]
        others = others[others != number]
        near = join.near_point(self._points, number, others, self._reach)
        return self._decide(np.full(len(near), number), near, None)

    def ssd(self, a: int, b: int) -> int:
        """The SSD of two classes, whatever the threshold; the turns are those of the search."""
        pair = np.array([a]), np.array([b])
        first_frame = self._frames[pair[0]] != self._frames[pair[1]]
        everything = 2**62
        best = everything
        for code in self._turns:
            first = ssd_of_pairs([self._planes[a][0]], [self._planes[b][0]], code, everything)
            full = self._all_planes(
                *pair, first, first_frame=first_frame, code=code, limit=everything
            )
            best = min(best, int(full[0]))
        return best

    def _decide(
        self, a: NDArray[np.int64], b: NDArray[np.int64], relevant: Relevant | None
    ) -> Edges:
        """The matches among candidate pairs."""
        frames_a, frames_b = self._frames[a], self._frames[b]
        possible = (frames_a == frames_b) | (frames_a == 1) | (frames_b == 1)
        if relevant is not None:
            possible &= relevant(a, b)
        a, b = a[possible], b[possible]
        if not len(a):
            return join_edges(())
        first_frame = self._frames[a] != self._frames[b]
        best = np.full(len(a), self.limit + 1, np.int64)
        turn = np.full(len(a), IDENTITY, np.int8)
        for code in self._turns:
            fits = np.nonzero(self._same_size(a, b, code))[0]
            pairs = fits[self._near(a[fits], b[fits], code)]
            ssd = self._first_plane(a[pairs], b[pairs], code)
            pairs, ssd = pairs[ssd <= self.limit], ssd[ssd <= self.limit]
            ssd = self._all_planes(
                a[pairs],
                b[pairs],
                ssd,
                first_frame=first_frame[pairs],
                code=code,
                limit=self.limit,
            )
            better = ssd < best[pairs]
            best[pairs[better]] = ssd[better]
            turn[pairs[better]] = code
        return Edges(a, b, best, turn, first_frame).select(best <= self.limit)

    def _same_size(
        self, a: NDArray[np.int64], b: NDArray[np.int64], code: int
    ) -> NDArray[np.bool_]:
        """Which pairs have the same width and height once b is turned; all, without same_dim."""
        if not self._same_dim:
            return np.ones(len(a), np.bool_)
        turned = self._sizes[b] if _EVEN[code] else self._sizes[b][:, ::-1]
        equal: NDArray[np.bool_] = (self._sizes[a] == turned).all(axis=1)
        return equal

    def _near(self, a: NDArray[np.int64], b: NDArray[np.int64], code: int) -> NDArray[np.int64]:
        """The places of the pairs whose signatures allow a match in this turn."""
        order, signs = turned_order(code)
        table = self._table_of(a, b)
        if table is not None:
            left, right = self._signatures[table.rows], self._signatures[table.columns]
            near = join.near_table(left, right[:, order] * signs, self._radius)
            return np.nonzero(near[table.row, table.column])[0]
        # Differences and squares in float32 are off by at most 112·2^-24 of the result.
        bound = self._radius**2 * (1 + 2e-5)
        near_ones = [np.empty(0, np.int64)]
        for start in range(0, len(a), _SIGNATURES):
            part = slice(start, start + _SIGNATURES)
            difference = self._signatures[b[part]][:, order]
            difference *= signs
            difference -= self._signatures[a[part]]
            distance = np.einsum("ij,ij->i", difference, difference)
            near_ones.append(start + np.nonzero(distance <= bound)[0])
        return np.concatenate(near_ones)

    def _first_plane(
        self, a: NDArray[np.int64], b: NDArray[np.int64], code: int
    ) -> NDArray[np.int64]:
        """The SSD of every pair on plane 0 in this turn; above the limit it may be cut short."""
        table = self._table_of(a, b)
        if table is not None:
            left = [self._planes[n][0] for n in table.rows]
            right = [self._planes[n][0] for n in table.columns]
            return ssd_table(left, right, code, self._check)[table.row, table.column]
        left = [self._planes[n][0] for n in a]
        right = [self._planes[n][0] for n in b]
        return ssd_of_pairs(left, right, code, self.limit, self._check)

    def _table_of(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> _Table | None:
        """The pairs as places in a table, if they fill so much of it that all of it is cheaper."""
        if len(a) < _DENSE_PAIRS:
            return None
        rows, row = self._numbered(a)
        columns, column = self._numbered(b)
        if len(a) < _DENSE * len(rows) * len(columns) or min(len(rows), len(columns)) < _DENSE_SIDE:
            return None
        return _Table(rows, columns, row, column)

    def _numbered(self, classes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The different classes in an array, and the place of each entry among them."""
        present = np.zeros(len(self._planes), np.bool_)
        present[classes] = True
        different = np.nonzero(present)[0]
        place = np.empty(len(present), np.int64)
        place[different] = np.arange(len(different))
        return different, place[classes]

    def _all_planes(
        self,
        a: NDArray[np.int64],
        b: NDArray[np.int64],
        ssd: NDArray[np.int64],
        *,
        first_frame: NDArray[np.bool_],
        code: int,
        limit: int,
    ) -> NDArray[np.int64]:
        """The largest SSD over all planes that count, from the one of plane 0."""
        counts = self._plane_count
        kinds = 100 * counts[a] + 10 * counts[b] + first_frame
        if not len(kinds) or kinds.max() == kinds.min() == _ONE_PLANE:
            return ssd
        ssd = ssd.copy()
        for kind in np.unique(kinds):
            pairs = np.nonzero(kinds == kind)[0]
            left, right = int(kind) // 100, int(kind) // 10 % 10
            for p, q in plane_pairs(left, right, first_frame=bool(kind % 10))[1:]:
                pairs = pairs[ssd[pairs] <= limit]
                one = [self._planes[n][p] for n in a[pairs]]
                other = [self._planes[n][q] for n in b[pairs]]
                ssd[pairs] = np.maximum(
                    ssd[pairs], ssd_of_pairs(one, other, code, limit, self._check)
                )
        return ssd


def _all_pairs(sets: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs inside each of some sets."""
    places = [np.triu_indices(len(members), 1) for members in sets]
    return (
        np.concatenate([m[one] for m, (one, _) in zip(sets, places, strict=True)]),
        np.concatenate([m[other] for m, (_, other) in zip(sets, places, strict=True)]),
    )
