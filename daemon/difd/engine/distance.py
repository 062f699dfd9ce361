"""Exact sums of squared differences between tensors, for a list of pairs or a whole table.

Everything is integers: 8-bit differences are taken in 32 bits, and sums stay below what the type
holds, so that a threshold decides exactly. These are the inner loops of a search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.engine.orientation import turn_image

_STRIP: Final = (2**31 - 1) // 255**2
"""Squares of 8-bit differences that a 32-bit sum holds: 33,025."""

_BATCH: Final = 1 << 20
"""Values of one side that are compared at once: they stay in the cache."""

_TABLE: Final = 4 << 20
"""Values of both sides that are held as float64 at once in a table; 32 MB."""

Tensors = Sequence[NDArray[np.uint8]]
"""Tensors, each (px, px, 3) uint8, all of one size."""


def ssd_limit(threshold: float, px: int) -> int:
    """The largest SSD of a match: floor(threshold · 3·px²), without rounding."""
    return int(Fraction(threshold) * (3 * px * px))


def ssd_of_pairs(
    left: Tensors,
    right: Tensors,
    code: int,
    limit: int,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.int64]:
    """The SSD of every left tensor and the right one of the same number, turned by `code`.

    Args:
        left: tensors.
        right: as many tensors.
        code: how the right tensors are turned.
        limit: sums above it may be cut short; they are still above it.
        check: called now and then; may raise to stop.

    Returns:
        (n,) int64.
    """
    count = len(left)
    result = np.zeros(count, np.int64)
    if not count:
        return result
    px = left[0].shape[0]
    rows = max(1, min(px, _STRIP // (3 * px)))
    batch = max(1, _BATCH // (3 * px * rows))
    for start in range(0, count, batch):
        alive = np.arange(start, min(start + batch, count))
        for top in range(0, px, rows):
            check()
            strip = slice(top, top + rows)
            difference = np.stack([left[n][strip] for n in alive]).astype(np.int32)
            difference -= np.stack([turn_image(right[n], code)[strip] for n in alive])
            flat = difference.reshape(len(alive), -1)
            result[alive] += np.einsum("ij,ij->i", flat, flat)
            alive = alive[result[alive] <= limit]
            if not len(alive):
                break
    return result


def ssd_table(
    left: Tensors, right: Tensors, code: int, check: Callable[[], None] = lambda: None
) -> NDArray[np.int64]:
    """The SSD of every left tensor with every right one, turned by `code`.

    |x - y|² = |x|² + |y|² - 2·x·y by one matrix product in float64: all numbers are integers
    below 2^53 (px ≤ 5000 gives at most 5·10^12), so every partial sum is exact in any order.
    Per pair about a twentieth of what `ssd_of_pairs` takes.

    Returns:
        (len(left), len(right)) int64.
    """
    px = left[0].shape[0]
    products = np.zeros((len(left), len(right)))
    squares_left = np.zeros(len(left))
    squares_right = np.zeros(len(right))
    rows = max(1, min(px, _TABLE // (3 * px * (len(left) + len(right)))))
    turned = [turn_image(tensor, code) for tensor in right]
    for top in range(0, px, rows):
        check()
        strip = slice(top, top + rows)
        x = np.stack([tensor[strip] for tensor in left]).reshape(len(left), -1).astype(np.float64)
        y = np.stack([tensor[strip] for tensor in turned]).reshape(len(right), -1)
        y = y.astype(np.float64)
        products += x @ y.T
        squares_left += np.einsum("ij,ij->i", x, x)
        squares_right += np.einsum("ij,ij->i", y, y)
    table = squares_left[:, None] + squares_right[None, :] - 2 * products
    return table.astype(np.int64)


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
