"""Value in a few hundred bytes a file, and what a search asks of it: worth, details, losses.

A million pictures are in memory at once. What is told by its number only ("7 technical details")
is 6 bytes; what is told by its name or size is packed with that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import msgspec

from difd.engine.read.value.holdings import Item
from difd.engine.read.value.kinds import SORTS, Kind

_SHORT: Final = 6
"""Bytes of a digest in a record. They choose what is proposed; before a file goes, both are walked
again and compared by full digests with a secret key."""

_LOST_MAX: Final = 120
"""Characters of a sentence about losses."""


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """Told things by kind, digest and note; and untold ones: kinds, each with its digests."""

    told: tuple[tuple[int, bytes, str], ...]
    counted: dict[int, bytes]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


def pack(items: Iterable[Item]) -> bytes:
    """The items of a file as bytes; empty if there are none."""
    told: list[tuple[int, bytes, str]] = []
    counted: defaultdict[int, list[bytes]] = defaultdict(list)
    for kind, digest, note in items:
        if note:
            told.append((int(kind), digest[:_SHORT], note))
        else:
            counted[int(kind)].append(digest[:_SHORT])
    if not told and not counted:
        return b""
    return _encode(
        _Packed(
            tuple(sorted(told)),
            {kind: b"".join(sorted(set(digests))) for kind, digests in sorted(counted.items())},
        )
    )


def worth(value: bytes) -> int:
    """How much people would miss of what a file holds beside its pixels; more is more.

    It counts kinds, not things: who has more things of the same kinds has more `details`.
    """
    return sum(SORTS[kind].weight for kind in {kind for kind, _ in _things(value)})


def details(value: bytes) -> int:
    """How many things a file holds beside its pixels."""
    return len(_things(value))


def holds_all(of_keeper: bytes, of_removal: bytes) -> bool:
    """Whether all that the removal holds is in the keeper, too."""
    return of_keeper == of_removal or _things(of_removal).keys() <= _things(of_keeper).keys()


def lost(value_of_removal: bytes, value_of_keeper: bytes) -> str:
    """What would be lost with the removal: "a movie of 4 kB, 3 keywords"; empty if nothing."""
    if value_of_removal == value_of_keeper:
        return ""
    kept = _things(value_of_keeper)
    return in_words(
        (kind, note)
        for (kind, digest), note in _things(value_of_removal).items()
        if (kind, digest) not in kept
    )


def lost_items(of_removal: Iterable[Item], of_keeper: Iterable[Item]) -> str:
    """The same of items that were just walked."""
    kept = {(item.kind, item.digest) for item in of_keeper}
    return in_words(
        (item.kind, item.note) for item in of_removal if (item.kind, item.digest) not in kept
    )


def in_words(things: Iterable[tuple[Kind, str]]) -> str:
    """Things as one short phrase, what people would miss most first."""
    by_kind: defaultdict[Kind, list[str]] = defaultdict(list)
    for kind, note in things:
        by_kind[kind].append(note)
    parts = []
    for kind in sorted(by_kind):
        sort, notes = SORTS[kind], by_kind[kind]
        if len(notes) == 1:
            parts.append(sort.one + (sort.note.format(notes[0]) if notes[0] else ""))
        else:
            parts.append(f"{len(notes)} {sort.more}")
    text = ", ".join(parts)
    while len(text) > _LOST_MAX and len(parts) > 1:
        parts.pop()
        text = ", ".join(parts) + " and more"
    return text


def _things(value: bytes) -> dict[tuple[Kind, bytes], str]:
    """Kind and digest of each thing, with its note."""
    if not value:
        return {}
    packed = _decode(value)
    things = {(Kind(kind), digest): note for kind, digest, note in packed.told}
    for kind, digests in packed.counted.items():
        for at in range(0, len(digests), _SHORT):
            things[Kind(kind), digests[at : at + _SHORT]] = ""
    return things
