"""The value of a TIFF tag: where it lies, and what it says, whatever type it is stored in."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from difd.engine.read.value.data import Data
from difd.engine.read.value.holdings import decoded

SIZES: Final = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
    129: 1,
}
"""Bytes of one element of each type."""

_FORMATS: Final = {
    1: "B",
    3: "H",
    4: "I",
    6: "b",
    8: "h",
    9: "i",
    11: "f",
    12: "d",
    13: "I",
    16: "Q",
    17: "q",
    18: "Q",
}
_RATIONALS: Final = {5: "I", 10: "i"}
_TEXTS: Final = frozenset({2, 129})

TEXT_MAX: Final = 1 << 20
"""Bytes of a text; longer ones are data."""

_NUMBERS_MAX: Final = 4096
"""Longer lists of numbers count by their bytes."""


class Value(NamedTuple):
    """A value that is not read yet.

    Attributes:
        kind: its type.
        at: where it lies.
        size: in bytes.
    """

    data: Data
    order: str
    kind: int
    at: int
    size: int

    def content(self, limit: int | None = None) -> bytes:
        """Its bytes, or the first of them."""
        return self.data.read(self.at, self.size if limit is None else min(limit, self.size))

    def pieces(self) -> Iterator[bytes]:
        """Its bytes in pieces."""
        return self.data.pieces(self.at, self.at + self.size)

    @property
    def is_text(self) -> bool:
        """Whether it may be a text, by its type."""
        return self.kind in _TEXTS or self.kind in {1, 7}

    def text(self) -> str:
        """It as a text; empty if it is none."""
        return decoded(self.content(TEXT_MAX).split(b"\0", 1)[0]).strip() if self.is_text else ""

    def texts(self) -> list[str]:
        """It as texts with zeros between them, such as photographer and editor of a copyright."""
        if not self.is_text:
            return []
        return spoken(map(decoded, self.content(TEXT_MAX).rstrip(b"\0").split(b"\0")))

    def numbers(self, limit: int = _NUMBERS_MAX) -> list[Fraction | int | float]:
        """It as numbers, at most `limit`; empty if it is none."""
        size = SIZES.get(self.kind, 1)
        count = min(self.size // size, limit)
        content = self.content(count * size)
        count = len(content) // size
        if self.kind in _RATIONALS:
            flat = struct.unpack_from(f"{self.order}{2 * count}{_RATIONALS[self.kind]}", content)
            return [
                Fraction(above, below) if below else float("inf") if above else float("nan")
                for above, below in zip(flat[::2], flat[1::2], strict=True)
            ]
        if self.kind not in _FORMATS:
            return []
        return list(struct.unpack_from(f"{self.order}{count}{_FORMATS[self.kind]}", content))

    def canonical(self) -> bytes:
        """What it says, equal for the same in another type or byte order."""
        if self.kind in _TEXTS:
            return self.content().rstrip(b"\0 ")
        size = SIZES.get(self.kind, 1)
        if self.kind in {1, 6, 7} or self.size // size > _NUMBERS_MAX or self.kind not in SIZES:
            return self.content()
        return " ".join(map(str, self.numbers())).encode()


def spoken(parts: Iterable[str]) -> list[str]:
    """The texts among parts of one, of which any may be empty.

    What follows the first zero counts only if it is printable: cameras leave rubbish there.
    """
    first, *others = (part.strip() for part in parts)
    return [
        *filter(None, [first]),
        *(text for text in others if text and "".join(text.split()).isprintable()),
    ]


def whole_numbers(value: Value | None, limit: int) -> list[int]:
    """A value's whole numbers, at most `limit`; none if it has other ones."""
    if value is None or value.kind in _RATIONALS:
        return []
    return [one for one in value.numbers(limit) if isinstance(one, int)]
