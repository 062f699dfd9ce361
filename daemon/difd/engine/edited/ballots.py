"""The index of features: tables, each of which says which pictures have features that look alike.

In each of them codes with some equal bits lie together, and only those are compared; who would
differ in one of the bits of a table is found in another one. Features that so many pictures have
that their table is crowded (skies, grids, letterheads) say little, and are compared with their
neighbours only: so the work grows with the number of codes. A table can be asked by itself, in any
process: threads of this one do, or the workers of a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.features.codes import ALIKE, BITS, flips
from difd.engine.native.chosen import loops
from difd.engine.work import WorkPool

Words = NDArray[np.uint64]

_TABLES: Final = 8
_LEAST: Final = 24
"""Bits that codes in a table share, at least."""

_SPARSE: Final = 64
"""Of so many beginnings of keys, one at most is that of a new code."""

_CROWD: Final = 64
"""Codes that are compared with each other, at most."""

_TURNED_TABLES: Final = 4
_TURNED: Final = 250
"""For mirrored and inverted pictures: so many tables, so many of the first features of each."""

_ENTRIES: Final = 1 << 24
"""Entries of a table that are looked at at once, about: 128 MB. Larger tables come in parts."""

_BLOCK: Final = 1 << 20
"""Codes whose keys are made at once."""

_VOTES: Final = 1 << 22
"""Room for votes at first; twice as much whenever it is too little."""

_MOST_VOTES: Final = 1 << 23
"""Where a table has more of them, thousands of pictures share features: smaller crowds do then."""


class Index(NamedTuple):
    """What the tables are asked about; see `loops.cast_votes`.

    Attributes:
        codes, pictures, turns, zooms: (n,), of each feature.
        starts: (pictures + 1,), where the features of each picture begin.
        new: the first feature of which pairs are wanted; 0 for all pairs.
    """

    codes: Words
    pictures: NDArray[np.int32]
    turns: NDArray[np.uint8]
    zooms: NDArray[np.uint8]
    starts: NDArray[np.int64]
    new: int


class Table(NamedTuple):
    """One table of the index, or a part of it.

    Attributes:
        turned: for mirrored and inverted pictures.
        bits: that make a key.
        masks: the bits by which the earlier ones of the same kind group.
        ways: the flips that count, see `loops.cast_votes`.
        part: keys that begin with this are in it.
        part_bits: in so many bits.
    """

    turned: bool
    bits: NDArray[np.int64]
    masks: Words
    ways: Words
    part: int
    part_bits: int


class Ballot(msgspec.Struct, frozen=True, eq=False):
    """What a table says.

    Attributes:
        votes: each once, rising; see `loops.cast_votes`.
        counts: how often each was cast.
    """

    votes: Words
    counts: NDArray[np.int64]


@runtime_checkable
class VotePool(WorkPool, Protocol):
    """A pool that asks tables, too; without one, threads of this process do."""

    def cast(
        self, index: Index, tables: Iterable[Table], check: Callable[[], None]
    ) -> Iterator[Ballot]:
        """Yield what each table says, in any order.

        Args:
            index: what they are asked about.
            tables: those of `tables_for`.
            check: called all the time; may raise to stop.
        """


def tables_for(index: Index) -> Iterator[Table]:
    """The tables of an index."""
    codes = len(index.codes)
    chance = np.random.default_rng(1)
    length = BITS - max(2, (4 * codes).bit_length())
    flipped = flips()
    for turned, tables in ((False, _TABLES), (True, _TURNED_TABLES)):
        masks = np.empty(0, np.uint64)
        # Who looks for the others does not count what lies in each other as it is.
        ways = np.array([~np.uint64(0), *flipped[1:]]) if turned else flipped[:1]
        entries = min(codes, _TURNED * len(index.starts)) * len(flipped) if turned else codes
        # Next to new pictures few entries matter.
        part_bits = 0 if index.new else (entries // _ENTRIES).bit_length()
        for _ in range(tables):
            bits = chance.permutation(BITS)[:length]
            for part in range(1 << part_bits):
                yield Table(turned, bits, masks, ways, part, part_bits)
            masks = np.append(masks, _mask(bits[:_LEAST]))


def _mask(bits: NDArray[np.int64]) -> np.uint64:
    return np.uint64(sum(1 << bit for bit in bits.tolist()))


def ask(index: Index, table: Table) -> Ballot:
    """What a table says."""
    votes = _cast(index, table, _entries(index, table))
    # In place: there may be millions, and `np.unique` makes several copies.
    votes.sort()
    starts = np.flatnonzero(np.append(len(votes) > 0, votes[1:] != votes[:-1])[: len(votes)])
    return Ballot(votes[starts], np.diff(starts, append=len(votes)))


def _entries(index: Index, table: Table) -> Words:
    """What is in a table: keys, the number of a code, and how it was flipped, rising."""
    kinds = flips() if table.turned else flips()[:1]
    wanted = _wanted(index, table, kinds)
    entered = _entered(index, table, kinds, wanted, 0)
    entries = np.concatenate([np.empty(0, np.uint64), *entered])
    entries.sort()
    return entries


def _entered(
    index: Index, table: Table, kinds: Words, wanted: NDArray[np.uint8], start: int
) -> Iterator[Words]:
    """The entries of the codes from one on, some at a time."""
    room = np.empty(_BLOCK * len(kinds), np.uint64)
    for number in _numbers(index, start, turned=table.turned):
        some = room[: len(number) * len(kinds)]
        count = loops.enter_codes(index.codes, number, kinds, table.bits, wanted, some)
        yield some[:count].copy()


def _numbers(index: Index, start: int, *, turned: bool) -> Iterator[NDArray[np.int64]]:
    """The codes that are in a table, from one on, some at a time."""
    for begin in range(start, len(index.codes), _BLOCK):
        number = np.arange(begin, min(begin + _BLOCK, len(index.codes)))
        if turned:
            number = number[number - index.starts[index.pictures[number]] < _TURNED]
        yield number


def _wanted(index: Index, table: Table, kinds: Words) -> NDArray[np.uint8]:
    """Which keys are looked at, by how they begin; see `loops.enter_codes`."""
    beginning = table.part_bits
    if index.new:
        # Few beginnings fit into a small table, which is looked at sooner.
        latest = len(index.codes) - index.new
        sparse = (_SPARSE * len(kinds) * latest).bit_length()
        beginning = max(beginning, min(_LEAST, sparse))
    wanted = np.full(1 << beginning, not index.new, np.uint8)
    every = np.ones(1, np.uint8)
    for entries in _entered(index, table, kinds, every, index.new) if index.new else ():
        wanted[entries >> np.uint64(BITS - beginning)] = 1
    # Of a part, others begin otherwise.
    parts = wanted.reshape(1 << table.part_bits, -1)
    parts[: table.part] = parts[table.part + 1 :] = 0
    return wanted


def _cast(index: Index, table: Table, entries: Words) -> Words:
    room, crowd = _VOTES, _CROWD
    while True:
        votes = np.empty(room, np.uint64)
        count = loops.cast_votes(
            *index[:4],
            table.masks,
            table.ways,
            entries,
            ALIKE,
            len(table.bits),
            _LEAST,
            crowd,
            votes,
        )
        if count <= room:
            return votes[:count]
        if count > _MOST_VOTES and crowd > 1:
            crowd = max(1, crowd * _MOST_VOTES // count)
        else:
            room = max(count, 2 * room)
