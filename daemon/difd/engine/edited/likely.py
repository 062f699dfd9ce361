"""Which pictures may show parts of each other: those with features that look alike.

An index in several tables. In each of them codes with some equal bits lie together, and only those
are compared; who would differ in one of the bits of a table is found in another one. Features that
so many pictures have that their table is crowded (skies, grids, letterheads) say little, and are
compared with their neighbours only: so the work grows with the number of codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.features.codes import ALIKE, BITS, flips
from difd.engine.features.features import Features
from difd.engine.native.chosen import loops
from difd.engine.threads import Threads

WAYS: Final = ("plain", "mirrored", "inverted", "mirrored and inverted")
"""How one picture may lie in the other, besides its position, size and turn."""

_TABLES: Final = 8
_LEAST: Final = 24
"""Bits that codes in a table share, at least."""

_SPARSE: Final = 256
"""Of so many beginnings of keys, one at most is that of a new code."""

_CROWD: Final = 64
"""Codes that are compared with each other, at most."""

_TURNED_TABLES: Final = 4
_TURNED: Final = 250
"""For mirrored and inverted pictures: so many tables, so many of the first features of each."""

_LAST_TURN: Final = np.uint64(7)
"""Of the eight that votes tell apart, in their lowest bits."""

_VOTES: Final = 1 << 22
"""Room for votes at first; twice as much whenever it is too little."""

_LEAST_SCALE: Final = 2.0**-12

Pairs = NDArray[np.int64]
Words = NDArray[np.uint64]


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


class _Index(NamedTuple):
    """What the tables are asked about, see `loops.cast_votes`."""

    codes: Words
    pictures: NDArray[np.int32]
    turns: NDArray[np.uint8]
    zooms: NDArray[np.uint8]


_Ballots = list[tuple[Words, NDArray[np.int64]]]
"""Of each table the votes, each once, and how often they were cast."""


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


def likely(
    gathered: Gathered,
    least: int,
    check: Callable[[], None],
    threads: int = 1,
    new: int = 0,
) -> Likely:
    """All pairs of pictures for which at least `least` features speak.

    Args:
        gathered: the features, of less than 2^24 pictures.
        least: votes.
        check: called between the tables; may raise to stop.
        threads: how many look into tables at once; the pairs do not depend on it.
        new: only pairs with one of the pictures from this one on are wanted. They are the same; of
            others only some come.
    """
    zooms = np.log2(np.maximum(gathered.scales, _LEAST_SCALE) / _LEAST_SCALE) * 8
    index = _Index(
        gathered.codes,
        gathered.pictures,
        (np.rint(gathered.turns * 256).astype(np.int64) & 255).astype(np.uint8),
        np.rint(zooms).clip(0, 127).astype(np.uint8),
    )
    number = np.arange(len(gathered.codes)) - gathered.starts[gathered.pictures]
    first = np.flatnonzero(number < _TURNED)

    def ballot(table: _Table) -> tuple[tuple[Words, NDArray[np.int64]], int]:
        entries = _entries(
            gathered.codes, first if table.turned else None, table.bits, int(gathered.starts[new])
        )
        votes, crowded = _cast(index, table.masks, table.ways, entries, len(table.bits))
        return np.unique(votes, return_counts=True), crowded

    ballots: _Ballots = []
    crowded = 0
    with Threads(threads, check) as pool:
        for votes, more in pool.in_order(ballot, _tables(len(gathered.codes))):
            check()
            ballots.append(votes)
            crowded += more
    return _counted(ballots, least, crowded)


class _Table(NamedTuple):
    """One table of the index.

    Attributes:
        turned: for mirrored and inverted pictures.
        bits: that make a key.
        masks: the bits by which the earlier ones of the same kind group.
        ways: the flips that count, see `loops.cast_votes`.
    """

    turned: bool
    bits: NDArray[np.int64]
    masks: Words
    ways: Words


def _tables(codes: int) -> Iterator[_Table]:
    chance = np.random.default_rng(1)
    length = BITS - max(2, (4 * codes).bit_length())
    flipped = flips()
    for turned, tables in ((False, _TABLES), (True, _TURNED_TABLES)):
        masks = np.empty(0, np.uint64)
        # Who looks for the others does not count what lies in each other as it is.
        ways = np.array([~np.uint64(0), *flipped[1:]]) if turned else flipped[:1]
        for _ in range(tables):
            bits = chance.permutation(BITS)[:length]
            yield _Table(turned, bits, masks, ways)
            masks = np.append(masks, _mask(bits[:_LEAST]))


def _mask(bits: NDArray[np.int64]) -> np.uint64:
    return np.uint64(sum(1 << bit for bit in bits.tolist()))


def _entries(
    codes: Words, some: NDArray[np.intp] | None, bits: NDArray[np.int64], new: int
) -> Words:
    """A table: keys, the index of a code, and how it was flipped, rising.

    Args:
        codes: all of them.
        some: only these, and as they were in a mirrored or inverted picture, too.
        bits: that make a key.
        new: only those are needed that share a key's first bits with a code from this one on.
    """
    number = np.arange(len(codes)) if some is None else some
    own = codes if some is None else codes[some]
    kinds = flips() if some is not None else flips()[:1]
    latest = own[number >= new]
    # Few beginnings fit into a small table, which is looked at sooner.
    length = min(_LEAST, (_SPARSE * len(kinds) * len(latest)).bit_length())
    wanted = np.zeros(1 << length, np.bool_)
    for flip in kinds if new else ():
        wanted[_keys(latest ^ flip, bits[:length])] = True
    parts = []
    for kind, flip in enumerate(kinds):
        kept = np.flatnonzero(wanted[_keys(own ^ flip, bits[:length])]) if new else np.s_[:]
        entries = _keys(own[kept] ^ flip, bits)
        entries <<= np.uint64(BITS - len(bits))
        entries |= number[kept].astype(np.uint64) * np.uint64(4) + np.uint64(kind)
        parts.append(entries)
    made = np.concatenate(parts)
    made.sort()
    return made


def _keys(codes: Words, bits: NDArray[np.int64]) -> Words:
    keys = np.empty(len(codes), np.uint64)
    loops.gather_keys(codes, bits, keys)
    return keys


def _cast(
    index: _Index,
    masks: Words,
    ways: Words,
    entries: Words,
    length: int,
) -> tuple[Words, int]:
    room = _VOTES
    while True:
        votes = np.empty(room, np.uint64)
        count, crowded = loops.cast_votes(
            *index, masks, ways, entries, ALIKE, length, _LEAST, _CROWD, votes
        )
        if count <= room:
            return votes[:count], crowded
        room = max(count, 2 * room)


def _counted(ballots: _Ballots, least: int, crowded: int) -> Likely:
    votes = np.concatenate([keys for keys, _ in ballots])
    counts = np.concatenate([some for _, some in ballots])
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
