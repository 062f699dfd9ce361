"""The index of features: tables, each of which says which pictures have features that look alike.

A table can be asked by itself, in any process: threads of this one do, or the workers of a cluster.
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

_SPARSE: Final = 256
"""Of so many beginnings of keys, one at most is that of a new code."""

_CROWD: Final = 64
"""Codes that are compared with each other, at most."""

_TURNED_TABLES: Final = 4
_TURNED: Final = 250
"""For mirrored and inverted pictures: so many tables, so many of the first features of each."""

_VOTES: Final = 1 << 22
"""Room for votes at first; twice as much whenever it is too little."""


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


class Ballot(msgspec.Struct, frozen=True, eq=False):
    """What a table says.

    Attributes:
        votes: each once, rising; see `loops.cast_votes`.
        counts: how often each was cast.
        crowded: features that were not compared with all that share their key's first bits.
    """

    votes: Words
    counts: NDArray[np.int64]
    crowded: int


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


def tables_for(codes: int) -> Iterator[Table]:
    """The tables of an index of so many codes."""
    chance = np.random.default_rng(1)
    length = BITS - max(2, (4 * codes).bit_length())
    flipped = flips()
    for turned, tables in ((False, _TABLES), (True, _TURNED_TABLES)):
        masks = np.empty(0, np.uint64)
        # Who looks for the others does not count what lies in each other as it is.
        ways = np.array([~np.uint64(0), *flipped[1:]]) if turned else flipped[:1]
        for _ in range(tables):
            bits = chance.permutation(BITS)[:length]
            yield Table(turned, bits, masks, ways)
            masks = np.append(masks, _mask(bits[:_LEAST]))


def _mask(bits: NDArray[np.int64]) -> np.uint64:
    return np.uint64(sum(1 << bit for bit in bits.tolist()))


def ask(index: Index, table: Table) -> Ballot:
    """What a table says of all features."""
    some = None
    if table.turned:
        number = np.arange(len(index.codes)) - index.starts[index.pictures]
        some = np.flatnonzero(number < _TURNED)
    votes, crowded = _cast(index, table, _entries(index.codes, some, table.bits, index.new))
    return Ballot(*np.unique(votes, return_counts=True), crowded)


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


def _cast(index: Index, table: Table, entries: Words) -> tuple[Words, int]:
    room = _VOTES
    while True:
        votes = np.empty(room, np.uint64)
        count, crowded = loops.cast_votes(
            *index[:4],
            table.masks,
            table.ways,
            entries,
            ALIKE,
            len(table.bits),
            _LEAST,
            _CROWD,
            votes,
        )
        if count <= room:
            return votes[:count], crowded
        room = max(count, 2 * room)
