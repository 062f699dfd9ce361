"""Matches between classes, as arrays: the form in which they travel through the engine."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.orientation import INVERSE


class Edges(msgspec.Struct, frozen=True, eq=False):
    """Matches between classes, one per place of the arrays.

    Attributes:
        a, b: (k,) int64, the classes; from `Comparison.edges` every pair comes once.
        ssd: (k,) int64, the SSD: the largest over the planes, the smallest over the turns.
        turn: (k,) int8, how b is turned onto a; of several equally good ones the smallest code,
            counted when the later class is turned onto the earlier one.
        first_frame: (k,) bool, a still against an animation, compared on the first frame.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    ssd: NDArray[np.int64]
    turn: NDArray[np.int8]
    first_frame: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.a)

    def select(self, which: NDArray[np.bool_] | NDArray[np.int64] | slice) -> Edges:
        """Some of them, by mask, index or slice."""
        return Edges(
            self.a[which],
            self.b[which],
            self.ssd[which],
            self.turn[which],
            self.first_frame[which],
        )

    def reversed(self) -> Edges:
        """The same matches, seen from the other side."""
        return Edges(self.b, self.a, self.ssd, INVERSE[self.turn], self.first_frame)


def join_edges(parts: Sequence[Edges]) -> Edges:
    """Several arrays of matches in one."""
    if not parts:
        none = np.empty(0, np.int64)
        return Edges(none, none, none, np.empty(0, np.int8), np.empty(0, np.bool_))
    return Edges(
        np.concatenate([part.a for part in parts]),
        np.concatenate([part.b for part in parts]),
        np.concatenate([part.ssd for part in parts]),
        np.concatenate([part.turn for part in parts]),
        np.concatenate([part.first_frame for part in parts]),
    )
