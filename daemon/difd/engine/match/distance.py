"""Exact sums of squared differences (SSD) between images, over all planes and the best turn.

Everything is integers, so that a threshold decides exactly, and tensors are read where they lie,
such as in a mapped file; nothing but the turned copies of one at a time is ever made. Two tensors
of 50 pixels take 0.3 µs once they are in the cache; a turned copy takes 3 µs, so candidates are to
be sorted by the image that is turned. (Tables by matrix products are no faster.)
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.engine.match.arrays import Arrays
from difd.engine.native.chosen import loops
from difd.engine.orientation import IDENTITY, INVERSE, TURNS, turn_image

_ANIMATED: Final = (3, 6)
"""Numbers of planes of animations."""

_COPIED: Final = 1 << 20
"""Most values of a tensor of which several turned copies are kept at once."""


def ssd_limit(threshold: float, px: int) -> int:
    """The largest SSD of a match: floor(threshold · 3·px²), without rounding."""
    return int(Fraction(threshold) * (3 * px * px))


class Planes:
    """The planes of many images, where they lie in memory.

    Args:
        planes: of every image (k, px, px, 3) uint8, k being 1, 2, 3 or 6 (see `Record`). They
            are not copied unless their rows are not one after another.
        frames: (n,) int64, how many frames every image has.
        px: edge of the tensors.
    """

    def __init__(
        self, planes: Sequence[NDArray[np.uint8]], frames: NDArray[np.int64], px: int
    ) -> None:
        self._planes = [np.ascontiguousarray(own) for own in planes]
        self._lying = Arrays(self._planes)
        self._frames = frames
        self._px = px

    def closest(
        self,
        a: NDArray[np.int64],
        b: NDArray[np.int64],
        turns: NDArray[np.uint8],
        limit: int,
        stop: NDArray[np.uint8] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """The SSD of pairs of images: the largest over the planes, the smallest over the turns.

        Fastest if equal numbers in `b` follow each other.

        Args:
            a: (k,) int64, one image of each pair.
            b: (k,) int64, the other one, which is turned.
            turns: (k,) uint8, a bit for every turn that is tried.
            limit: an SSD above it counts as `limit` + 1.
            stop: (1,) uint8; once it is not 0, the rest of the result is left as it is.

        Returns:
            (k,) int64 SSD; (k,) int8, the code of the turn. Of several as good it is the one whose
            code is smallest when the later image is turned.
        """
        ssd = np.full(len(a), limit + 1, np.int64)
        turn = np.full(len(a), IDENTITY, np.int8)
        slots = len(TURNS) if 3 * self._px**2 <= _COPIED else 1
        stop = np.zeros(1, np.uint8) if stop is None else stop
        planes, frames = self._planes, self._frames
        if self._lying.are_far:
            both, places = np.unique(np.concatenate((a, b)), return_inverse=True)
            planes, frames = self._lying.take(both.tolist()), frames[both]
            a, b = places[: len(a)], places[len(a) :]
        loops.closest(
            planes, frames, self._px, a, b, turns, ssd, turn,
            _compared_planes(), _steps(self._px), INVERSE, stop, slots,
        )  # fmt: skip
        return ssd, turn


def plane_pairs(left: int, right: int, *, first_frame: bool) -> tuple[tuple[int, int], ...]:
    """Which planes of two images are compared: every frame on white and on black.

    An opaque image is its own picture on black, so its one plane per frame stands for both.

    Args:
        left: how many planes the one image has (1, 2, 3 or 6).
        right: how many the other has.
        first_frame: a still against an animation: only the first frame counts.
    """
    frames = 1 if first_frame or left in (1, 2) else 3
    clear_left, clear_right = left in (2, 6), right in (2, 6)
    both = range(2 if clear_left or clear_right else 1)
    return tuple(
        (
            frame * (2 if clear_left else 1) + (backdrop if clear_left else 0),
            frame * (2 if clear_right else 1) + (backdrop if clear_right else 0),
        )
        for frame in range(frames)
        for backdrop in both
    )


@cache
def _compared_planes() -> NDArray[np.int8]:
    """`plane_pairs` as a table, (7, 7, 2, 6, 2), by both numbers of planes; -1 ends a list."""
    table = np.full((7, 7, 2, 6, 2), -1, np.int8)
    for left, right, first_frame in itertools.product((1, 2, 3, 6), (1, 2, 3, 6), (False, True)):
        # An animation and a still share the first frame only, whatever they claim.
        alike = (left in _ANIMATED) == (right in _ANIMATED)
        pairs = plane_pairs(left, right, first_frame=first_frame or not alike)
        table[left, right, int(first_frame), : len(pairs)] = pairs
    return table


@cache
def _steps(px: int) -> NDArray[np.int64]:
    """Where every turn finds its pixels: that of row y, column x at [0] + y·[1] + x·[2], (8, 3)."""
    places = np.arange(px * px).reshape(px, px, 1)
    turned = [turn_image(places, code)[..., 0] for code in range(len(TURNS))]
    return np.array(
        [(t[0, 0], int(t[1, 0]) - t[0, 0], int(t[0, 1]) - t[0, 0]) for t in turned], np.int64
    )
