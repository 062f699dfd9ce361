"""Folds identical images into classes, so that a thousand copies of one picture cost a thousand.

Two images are in one class if an allowed turn makes them agree in every plane, in the number of
frames, in width and height, and in the value range. Images of an ignored group share a class with
copies of the same bytes only, and images of a side with those of the same side, so that a class as
a whole does or does not match another one.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.digests import digest_of
from difd.engine.orientation import COMPOSE, INVERSE, TURNS, turn_image
from difd.engine.record import Record

_CHECK_EVERY: Final = 256
"""Images between two looks at cancellation."""


_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
"""Spreads numbers over 64 bits: 2^64 divided by the golden ratio."""


class Classes(msgspec.Struct, frozen=True, eq=False):
    """The images of a search, by class. Images and classes are numbered in path order.

    Attributes:
        class_of: (n,) int32, the class of every image.
        onto_first: (n,) int8, the turn of every image onto the first image of its class.
        members: (n,) int32, all images, class after class, in path order inside a class.
        start: (m + 1,) int64: class c is `members[start[c]:start[c + 1]]`.
    """

    class_of: NDArray[np.int32]
    onto_first: NDArray[np.int8]
    members: NDArray[np.int32]
    start: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start) - 1

    def of(self, number: int) -> NDArray[np.int32]:
        """The images of one class, first path first."""
        return self.members[self.start[number] : self.start[number + 1]]

    @property
    def first(self) -> NDArray[np.int32]:
        """(m,) int32, the first image of every class."""
        return self.members[self.start[:-1]]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(m,) int64, how many images every class has."""
        return np.diff(self.start)


def value_range_key(record: Record) -> bytes:
    """The value range as bytes, so that equality is that of bits (NaN equals itself)."""
    return b"" if record.value_range is None else struct.pack("<2d", *record.value_range)


def fold(
    records: Sequence[Record],
    sums: NDArray[np.int64],
    turns: tuple[int, ...],
    contents: NDArray[np.int32],
    check: Callable[[], None] = lambda: None,
    *,
    sides: NDArray[np.int32] | None = None,
) -> Classes:
    """Sort images into classes of identical ones.

    Images that share no orientation-free number with another one, or only with images that are
    identical as they are, are never turned or hashed.

    Args:
        records: in path order.
        sums: (n, 3) int64, the channel sums of the tensors (see `signature.signatures`).
        turns: the allowed turns.
        contents: (n,) int32, the images' ignored contents (see `ignoring.Contents`).
        check: called now and then; may raise to stop.
        sides: (n,) int32, the images' sides (see `roles.assign_sides`); all alike if None.
    """
    count = len(records)
    first = np.arange(count)
    onto_first = np.zeros(count, np.int8)
    classes: dict[object, tuple[int, int]] = {}
    key: object
    canonical = _Canonical(turns)
    for place, (number, identical) in enumerate(_not_alone(records, sums, check)):
        if place % _CHECK_EVERY == 0:
            check()
        key, turn = canonical.of(records[number]) if identical is None else (identical, 0)
        if contents[number]:
            key = (key, int(contents[number]))
        if sides is not None and sides[number]:
            key = (key, "side", int(sides[number]))
        first[number], turn_of_first = classes.setdefault(key, (number, turn))
        onto_first[number] = COMPOSE[turn, INVERSE[turn_of_first]]
    begins = first == np.arange(count)
    class_of = (np.cumsum(begins) - 1)[first].astype(np.int32)
    members = np.argsort(class_of, kind="stable").astype(np.int32)
    start = np.zeros(np.count_nonzero(begins) + 1, np.int64)
    np.cumsum(np.bincount(class_of), out=start[1:])
    return Classes(class_of, onto_first, members, start)


def _not_alone(
    records: Sequence[Record], sums: NDArray[np.int64], check: Callable[[], None]
) -> Iterator[tuple[int, int | None]]:
    """The images that share their orientation-free numbers with another one, first path first.

    Beside each: if all images with these numbers are identical as they are, the number of their
    set, for none has to be turned then (most of the time of a search among copies); else None.
    """
    rest = ((len(r.planes), r.frames, r.width + r.height, r.width * r.height) for r in records)
    numbers = np.fromiter(rest, np.dtype((np.uint64, 4)), len(records))
    # A chance meeting of two hashes only costs a look at their tensors.
    hashes = np.zeros(len(records), np.uint64)
    for column in (*sums.astype(np.uint64).T, *numbers.T):
        hashes = (hashes ^ column) * _MIX
        hashes ^= hashes >> np.uint64(32)
    _, own, images = np.unique(hashes, return_inverse=True, return_counts=True)
    alike = np.nonzero(images[own] > 1)[0].tolist()
    sets = own[alike].tolist()
    first: dict[int, Record] = {}
    mixed: set[int] = set()
    for place, (number, meeting) in enumerate(zip(alike, sets, strict=True)):
        if place % _CHECK_EVERY == 0:
            check()
        if not _is_identical(records[number], first.setdefault(meeting, records[number])):
            mixed.add(meeting)
    for number, meeting in zip(alike, sets, strict=True):
        yield number, None if meeting in mixed else meeting


def _is_identical(one: Record, other: Record) -> bool:
    """Whether two images agree as they are, without a turn."""
    return one is other or (
        (one.width, one.height, one.frames) == (other.width, other.height, other.frames)
        and value_range_key(one) == value_range_key(other)
        and (one.planes is other.planes or np.array_equal(one.planes, other.planes))
    )


class _Canonical:
    """Names the class of an image: the smallest digest among its allowed turns."""

    def __init__(self, turns: tuple[int, ...]) -> None:
        self._turns = turns
        self._known: dict[bytes, list[bytes]] = {}

    def of(self, record: Record) -> tuple[object, int]:
        """The name of the class, and the turn of the image onto the class's canonical form."""
        upright = _digest(record.planes)
        digests = self._known.get(upright)
        if digests is None:
            digests = [_digest(turn_image(record.planes, code)) for code in self._turns]
            self._known[upright] = digests
        size = (record.width, record.height)
        named = [
            (digest, size[::-1] if TURNS[code].swaps else size)
            for digest, code in zip(digests, self._turns, strict=True)
        ]
        smallest = min(named)
        key = (smallest, record.frames, len(record.planes), value_range_key(record))
        return key, self._turns[named.index(smallest)]


def _digest(planes: NDArray[np.uint8]) -> bytes:
    return digest_of(np.ascontiguousarray(planes).data)
