"""Which pictures may show parts of each other: those with features that look alike.

An index in several tables. In each of them codes with some equal bits lie together, and only those
are compared; who would differ in one of the bits of a table is found in another one. Features that
so many pictures have that their table is crowded (skies, grids, letterheads) say little, and are
compared with their neighbours only: so the work grows with the number of codes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.ballots import Ballot, Index, VotePool, Words, ask, tables_for
from difd.engine.features.features import Features
from difd.engine.threads import Threads
from difd.engine.work import WorkPool

WAYS: Final = ("plain", "mirrored", "inverted", "mirrored and inverted")
"""How one picture may lie in the other, besides its position, size and turn."""

_LAST_TURN: Final = np.uint64(7)
"""Of the eight that votes tell apart, in their lowest bits."""

_LEAST_SCALE: Final = 2.0**-12

Pairs = NDArray[np.int64]


class Gathered(msgspec.Struct, frozen=True, eq=False):
    """The features of many pictures.

    Attributes:
        starts: (pictures + 1,), where the features of each begin.
        pictures: (n,), whose they are.
        codes, x, y, scales, turns: (n,), see `Features`.
    """

    starts: NDArray[np.int64]
    pictures: NDArray[np.int32]
    codes: Words
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    scales: NDArray[np.float32]
    turns: NDArray[np.float32]


class Likely(msgspec.Struct, frozen=True, eq=False):
    """Pictures that may show parts of each other.

    Attributes:
        pairs: (m, 2), the lower number first.
        ways: (m,), as numbers of `WAYS`.
        votes: (m,), how many features speak for it and agree on its size and turn.
        crowded: how many features were not compared with all that are like them.
    """

    pairs: Pairs
    ways: NDArray[np.int64]
    votes: NDArray[np.int64]
    crowded: int


def gather(some: Sequence[Features]) -> Gathered:
    """The features of pictures, one after the other."""
    counts = [len(one.codes) for one in some]

    def joined(name: str) -> NDArray[Any]:
        parts = [getattr(one, name) for one in some]
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    return Gathered(
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        pictures=np.repeat(np.arange(len(some), dtype=np.int32), counts),
        codes=joined("codes").astype(np.uint64),
        **{name: joined(name).astype(np.float32) for name in ("x", "y", "scales", "turns")},
    )


def likely(  # noqa: PLR0917  what it is about, and who does it
    gathered: Gathered,
    least: int,
    check: Callable[[], None],
    threads: int = 1,
    new: int = 0,
    pool: WorkPool | None = None,
) -> Likely:
    """All pairs of pictures for which at least `least` features speak.

    Args:
        gathered: the features, of less than 2^24 pictures.
        least: votes.
        check: called between the tables; may raise to stop.
        threads: how many look into tables at once; the pairs do not depend on it.
        new: only pairs with one of the pictures from this one on are wanted. They are the same; of
            others only some come.
        pool: asks the tables, if it is a `VotePool`; else threads of this process do.
    """
    zooms = np.log2(np.maximum(gathered.scales, _LEAST_SCALE) / _LEAST_SCALE) * 8
    index = Index(
        gathered.codes,
        gathered.pictures,
        (np.rint(gathered.turns * 256).astype(np.int64) & 255).astype(np.uint8),
        np.rint(zooms).clip(0, 127).astype(np.uint8),
        gathered.starts,
        int(gathered.starts[new]),
    )
    tables = tables_for(len(gathered.codes))
    if isinstance(pool, VotePool):
        return _counted([*pool.cast(index, tables, check)], least)
    ballots = []
    with Threads(threads, check) as some:
        for ballot in some.in_order(partial(ask, index), tables):
            check()
            ballots.append(ballot)
    return _counted(ballots, least)


def _counted(ballots: Sequence[Ballot], least: int) -> Likely:
    votes = np.concatenate([ballot.votes for ballot in ballots])
    counts = np.concatenate([ballot.counts for ballot in ballots])
    crowded = sum(ballot.crowded for ballot in ballots)
    order = np.argsort(votes, kind="stable")
    votes, counts = votes[order], counts[order]
    starts = np.flatnonzero(np.diff(votes, prepend=~votes[:1]))
    votes = votes[starts]
    counts = np.add.reduceat(counts, starts) if len(starts) else np.empty(0, np.int64)
    # Who agrees on the zoom and nearly on the turn may be on two sides of a border between turns.
    beside = np.append(np.diff(votes) == 1, False)[: len(votes)] & (
        votes & _LAST_TURN != _LAST_TURN
    )
    together = counts + np.where(beside, np.append(counts[1:], 0)[: len(counts)], 0)
    pairs = votes >> np.uint64(14)
    starts = np.flatnonzero(np.diff(pairs, prepend=~pairs[:1]))
    total = np.maximum.reduceat(together, starts) if len(starts) else np.empty(0, np.int64)
    pairs = pairs[starts]
    ways = (pairs & np.uint64(3)).astype(np.int64)
    kept = total >= least
    both = pairs[kept] >> np.uint64(2)
    one = (both >> np.uint64(24)).astype(np.int64)
    other = (both & np.uint64((1 << 24) - 1)).astype(np.int64)
    return Likely(np.stack([one, other], axis=1), ways[kept], total[kept], crowded)
