"""Whether all scans of a JPEG are there: a file that was cut between two of them looks whole.

Its end may have been mended by a tool. Decoders show what came, coarser or without colours.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

_COEFFICIENTS: Final = 64
_PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
_MISSING: Final = 99


class Scans:
    """What the frame announces, and what the scans bring: bits of coefficients of components."""

    def __init__(self) -> None:
        self._components: bytes = b""
        self._progressive = False
        self._lowest: defaultdict[int, list[int]] = defaultdict(lambda: [_MISSING] * _COEFFICIENTS)

    def begin(self, marker: int, content: bytes) -> None:
        """Take in the header of the frame."""
        self._progressive = marker in _PROGRESSIVE
        self._components = content[6 : 6 + 3 * content[5] : 3]

    def add(self, content: bytes) -> None:
        """Take in the header of a scan."""
        count = content[0]
        first, last, bits = content[1 + 2 * count : 4 + 2 * count]
        if not self._progressive:
            first, last, bits = 0, _COEFFICIENTS - 1, 0
        for component in content[1 : 1 + 2 * count : 2]:
            for place in range(first, min(last, _COEFFICIENTS - 1) + 1):
                self._lowest[component][place] = bits & 15

    def are_whole(self) -> bool:
        """Whether everything that the frame announces came."""
        return not any(any(self._lowest[component]) for component in self._components)
