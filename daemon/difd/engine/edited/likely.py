"""Which pictures may show parts of each other: those for which enough features vote.

The tables of `ballots` are asked, and their votes counted; those that agree on how much larger and
how far turned one picture is in the other count together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.ballots import Ballot, Index, VotePool, Words, ask, tables_for
from difd.engine.features.features import FORM, turns_and_zooms
from difd.engine.threads import Threads
from difd.engine.work import WorkPool

WAYS: Final = ("plain", "mirrored", "inverted", "mirrored and inverted")
"""How one picture may lie in the other, besides its position, size and turn."""

_LAST_TURN: Final = np.uint64(7)
"""Of the eight that votes tell apart, in their lowest bits."""

_REMEMBERED: Final = 1 << 23
_REMEMBERED_EACH: Final = 64
"""Votes that are remembered, about, or so many for each picture if that is more: 16 bytes each.
Where pictures share features only if they are related, there are a few for each."""

Pairs = NDArray[np.int64]
Counts = NDArray[np.int64]


class Gathered(msgspec.Struct, frozen=True, eq=False):
    """The features of many pictures.

    Attributes:
        starts: (pictures + 1,), where the features of each begin.
        codes: (n,), see `Features`.
        places: (n,), see `features.placed`.
    """

    starts: NDArray[np.int64]
    codes: Words
    places: NDArray[np.uint32]


class Likely(msgspec.Struct, frozen=True, eq=False):
    """Pictures that may show parts of each other.

    Attributes:
        pairs: (m, 2), the lower number first.
        ways: (m,), as numbers of `WAYS`.
        votes: (m,), how many features speak for it and agree on its size and turn.
    """

    pairs: Pairs
    ways: NDArray[np.int64]
    votes: NDArray[np.int64]


def gather(packed: Sequence[bytes]) -> Gathered:
    """The features of pictures, one after the other.

    Args:
        packed: as `Features.packed` made them.
    """
    counts = [len(one) // FORM.itemsize for one in packed]
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    codes, places = np.empty(starts[-1], np.uint64), np.empty(starts[-1], np.uint32)
    for one, begin in zip(packed, starts.tolist(), strict=False):
        held = np.frombuffer(one, FORM)
        codes[begin : begin + len(held)] = held["code"]
        places[begin : begin + len(held)] = held["place"]
    return Gathered(starts, codes, places)


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
    pictures = np.repeat(
        np.arange(len(gathered.starts) - 1, dtype=np.int32), np.diff(gathered.starts)
    )
    index = Index(
        gathered.codes,
        pictures,
        *turns_and_zooms(gathered.places),
        gathered.starts,
        int(gathered.starts[new]),
    )
    votes = _Votes(max(_REMEMBERED, _REMEMBERED_EACH * (len(gathered.starts) - 1)))
    tables = tables_for(index)
    if isinstance(pool, VotePool):
        for ballot in pool.cast(index, tables, check):
            votes.add(ballot)
    else:
        with Threads(threads, check) as some:
            for ballot in some.in_order(partial(ask, index), tables):
                check()
                votes.add(ballot)
    return _elected(*votes.merged(), least)


class _Votes:
    """All votes, of which the rarest are forgotten where there are more than `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: list[tuple[Words, Counts]] = [(np.empty(0, np.uint64), np.empty(0, np.int64))]
        self._count = 0

    def add(self, ballot: Ballot) -> None:
        """Add what a table says."""
        self._held.append((ballot.votes, ballot.counts))
        self._count += len(ballot.votes)
        if self._count <= self._most:
            return
        votes, counts = self.merged()
        rare = 0
        while len(votes) > self._most // 2:
            rare += 1
            votes, counts = votes[counts > rare], counts[counts > rare]
        self._held, self._count = [(votes, counts)], len(votes)

    def merged(self) -> tuple[Words, Counts]:
        """Each once, rising, and how often it was cast."""
        votes = np.concatenate([some for some, _ in self._held])
        counts = np.concatenate([some for _, some in self._held])
        order = np.argsort(votes, kind="stable")
        votes, counts = votes[order], counts[order]
        starts = np.flatnonzero(np.diff(votes, prepend=~votes[:1]))
        return votes[starts], np.add.reduceat(counts, starts) if len(starts) else counts


def _elected(votes: Words, counts: Counts, least: int) -> Likely:
    """The pairs that enough of the votes are for."""
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
    return Likely(np.stack([one, other], axis=1), ways[kept], total[kept])
