"""Boxes of ISO files: name, place and length of each, one after the other."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from difd.engine.read.value.data import Data

_BOXES_MAX: Final = 20_000


class Box(NamedTuple):
    """A box.

    Attributes:
        name: four bytes.
        at: where it begins.
        inside: where its content begins.
        end: where it ends, never behind the end of what it lies in.
        whole: it ends where it says.
    """

    name: bytes
    at: int
    inside: int
    end: int
    whole: bool


def boxes_of(data: Data, at: int, end: int) -> Iterator[Box]:
    """The boxes between two places; what is no box any more is one without a name."""
    for _ in range(_BOXES_MAX):
        if at >= end:
            return
        head = data.read(at, 16)
        if len(head) < 8 or at + 8 > end:  # noqa: PLR2004  length and name
            break
        length, name = struct.unpack_from(">I4s", head)
        inside = at + 8
        if length == 1 and len(head) == 16:  # noqa: PLR2004  a long one
            (length,) = struct.unpack_from(">Q", head, 8)
            inside = at + 16
        elif length == 0:
            length = end - at
        if length < inside - at or not _is_name(name):
            break
        yield Box(name, at, inside, min(end, at + length), at + length <= end)
        at += length
    if at < end:
        yield Box(b"", at, at, end, True)  # noqa: FBT003  what is left


def _is_name(name: bytes) -> bool:
    return all(32 <= byte < 127 or byte == 0xA9 for byte in name)  # noqa: PLR2004  printable
