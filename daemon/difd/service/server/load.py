"""What waits in the daemon, in bytes: of small requests a thousand are few, of large ones many.

A request of 4 MiB can name a million paths, which take twenty times that once they are objects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

LOAD_MAX: Final = 128 << 20
"""Bytes that may wait at one desk; more than any single request takes."""

ELEMENT: Final = 57
"""Bytes that an element of a list takes besides its own: an object, and the place in the list."""


class Load:
    """The options of what waits or is under way at one desk.

    Args:
        is_here: whether something still waits, by its name.
    """

    def __init__(self, is_here: Callable[[str], bool]) -> None:
        self._is_here = is_here
        self._weights: dict[str, int] = {}

    def takes(self, name: str, options: msgspec.Struct) -> bool:
        """Take one more thing in, unless that is too much; the answer says which."""
        self._weights = {one: size for one, size in self._weights.items() if self._is_here(one)}
        size = weight(options)
        if sum(self._weights.values()) + size > LOAD_MAX:
            return False
        self._weights[name] = size
        return True


def weight(options: msgspec.Struct) -> int:
    """Bytes that options take in memory, about."""
    total = 0
    for value in msgspec.structs.astuple(options):
        if isinstance(value, tuple):
            total += sum(ELEMENT + _length(element) for element in value)
        else:
            total += _length(value)
    return total


def _length(value: object) -> int:
    return len(value) if isinstance(value, bytes | str) else 0
