"""What comparing some images takes, and the comparison of single tiles and pairs of them.

All images of a search are one field. A machine that compares a part of them has a field of that
part, and decides its pairs in the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.match import candidates
from difd.engine.match.distance import Planes, ssd_limit
from difd.engine.match.edges import Edges
from difd.engine.match.signature import norms_slack, radius, turned_order
from difd.engine.orientation import TURNS, allowed_turns
from difd.protocol.options import SearchOptions

_SAME_SIZE: Final = np.uint8(sum(1 << turn.code for turn in TURNS if not turn.swaps))
_SWAPPED_SIZE: Final = np.uint8(sum(1 << turn.code for turn in TURNS if turn.swaps))
"""Turns, as bits, that leave width and height where they are, and those that do not."""

_EVERYTHING: Final = 2**62
"""More than any SSD."""


class Terms(msgspec.Struct, frozen=True):
    """What a search calls a match.

    Attributes:
        px: edge of the tensors.
        turns: codes of the allowed turns.
        same_dim: only images of the same width and height match.
        limit: largest SSD of a match.
        radius: largest distance of the signatures of a match.
        reach: largest distance of the coordinates of a match.
    """

    px: int
    turns: tuple[int, ...]
    same_dim: bool
    limit: int
    radius: float
    reach: float

    @classmethod
    def of(cls, options: SearchOptions) -> Self:
        """The terms of a search."""
        turns = allowed_turns(rotate=options.rotate, mirror=options.mirror)
        limit = ssd_limit(options.similarity, options.px_size)
        furthest = radius(limit, options.px_size)
        # Without turns the coordinates are numbers of the signature, else lengths of some.
        slack = norms_slack(options.px_size) if len(turns) > 1 else 0.0
        return cls(options.px_size, turns, options.same_dim, limit, furthest, furthest + slack)


class Candidates(msgspec.Struct, frozen=True, eq=False):
    """Pairs of images that may match.

    Attributes:
        a, b: (k,) int64.
        turns: (k,) uint8, a bit for every turn of b in which they may.
        done: share of the search that is done before them.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    turns: NDArray[np.uint8]
    done: float = 0.0

    def select(self, which: NDArray[np.bool_]) -> Candidates:
        """Some of them."""
        return Candidates(self.a[which], self.b[which], self.turns[which], self.done)


class Field:
    """Images that are compared, numbered from 0; the order of their numbers is that of their paths.

    Args:
        terms: what a match is.
        planes: of every image; see `Record`.
        frames: (n,) int64, how many frames every image has.
        sizes: (n, 2) int64, width and height.
        signatures: (n, LENGTH) float32.
    """

    def __init__(
        self,
        terms: Terms,
        planes: Sequence[NDArray[np.uint8]],
        frames: NDArray[np.int64],
        sizes: NDArray[np.int64],
        signatures: NDArray[np.float32],
    ) -> None:
        self.terms, self.frames, self.sizes = terms, frames, sizes
        self.signatures = signatures
        self._planes = Planes(planes, frames, terms.px)
        self._turned = _turned(terms.turns)

    def in_tile(self, tile: candidates.Tile) -> Candidates:
        """The pairs of a tile that may match."""
        terms = self.terms
        return self._possible(*candidates.near_pairs(tile, terms.reach, terms.radius, self._turned))

    def of_pairs(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> Candidates:
        """Those of some pairs that may match."""
        turns = candidates.turns_of_pairs(self.signatures, a, b, self.terms.radius, self._turned)
        return self._possible(a, b, turns)

    def decide(self, candidates: Candidates, stop: NDArray[np.uint8] | None = None) -> Edges:
        """The matches among candidates.

        Args:
            candidates: of these images.
            stop: (1,) uint8, not 0 once the answer is not wanted any more.
        """
        a, b, limit = candidates.a, candidates.b, self.terms.limit
        ssd, turn = self._planes.closest(a, b, candidates.turns, limit, stop)
        first_frame = self.frames[a] != self.frames[b]
        return Edges(a, b, ssd, turn, first_frame).select(ssd <= limit)

    def ssd(self, a: int, b: int) -> int:
        """The SSD of two images, whatever the limit."""
        turns = np.bitwise_or.reduce(np.uint8(1) << self._turned.codes, keepdims=True)
        best, _ = self._planes.closest(np.array([a]), np.array([b]), turns, _EVERYTHING)
        return int(best[0])

    def _possible(
        self, a: NDArray[np.int64], b: NDArray[np.int64], turns: NDArray[np.uint8]
    ) -> Candidates:
        """Those of some pairs whose frames and sizes allow a match."""
        if self.terms.same_dim:
            same = (self.sizes[a] == self.sizes[b]).all(axis=1)
            swapped = (self.sizes[a] == self.sizes[b][:, ::-1]).all(axis=1)
            turns = turns & (same * _SAME_SIZE | swapped * _SWAPPED_SIZE)
        frames_a, frames_b = self.frames[a], self.frames[b]
        possible = (frames_a == frames_b) | (frames_a == 1) | (frames_b == 1)
        return Candidates(a, b, turns).select(possible & (turns > 0))


@cache
def _turned(turns: tuple[int, ...]) -> candidates.Turned:
    return candidates.turned(turns, [turned_order(code) for code in turns])
