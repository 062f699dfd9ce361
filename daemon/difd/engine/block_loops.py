"""Compiled loops of the detail check: planes, what all of them share, what their blocks differ by.

All work on planes of 8-bit values; a plane of 12 megapixels is passed twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from difd.engine.compiled import compiled

BLOCK = 8
"""Edge of a block, that of JPEG."""

TERMS = 5
"""What all of a picture may share: offset, gain, shift to the right, shift down, sharpness."""


@compiled("void(uint32[:, :], uint8[:, ::1], uint8[:, ::1], uint8[:, ::1])", reorder=True)
def split(
    pixels: NDArray[np.uint32],
    luma: NDArray[np.uint8],
    blue: NDArray[np.uint8],
    red: NDArray[np.uint8],
) -> None:
    """RGB as brightness and two colour differences of half its size, as JPEG (BT.601).

    Args:
        pixels: (height, width), four bytes each, the first three red, green, blue; any strides.
        luma: (height, width), written to.
        blue: (ceil(height / 2), ceil(width / 2)), written to; red likewise.
        red: see `blue`.
    """
    height, width = pixels.shape
    sums = np.zeros((3, 2 * blue.shape[1]), np.float32)
    for top in range(blue.shape[0]):
        sums[:] = 0
        rows = min(2, height - 2 * top)
        for y in range(2 * top, 2 * top + rows):
            row, out = pixels[y], luma[y]
            for x in range(width):
                value = row[x]
                r = np.float32(value & np.uint32(255))
                g = np.float32((value >> np.uint32(8)) & np.uint32(255))
                b = np.float32((value >> np.uint32(16)) & np.uint32(255))
                bright = np.float32(0.299) * r + np.float32(0.587) * g + np.float32(0.114) * b
                out[x] = np.uint8(bright + np.float32(0.5))
                sums[0, x] += b - bright
                sums[1, x] += r - bright
        if width % 2:
            sums[0, width] = sums[0, width - 1]
            sums[1, width] = sums[1, width - 1]
        for x in range(blue.shape[1]):
            b = (sums[0, 2 * x] + sums[0, 2 * x + 1]) / np.float32(2 * rows)
            r = (sums[1, 2 * x] + sums[1, 2 * x + 1]) / np.float32(2 * rows)
            blue[top, x] = np.uint8(min(max(128.5 + 0.564 * b, 0.0), 255.0))
            red[top, x] = np.uint8(min(max(128.5 + 0.713 * r, 0.0), 255.0))


@compiled("void(uint8[:, ::1], uint8[:, ::1], float64[:, ::1])", reorder=True)
def add_moments(
    one: NDArray[np.uint8], other: NDArray[np.uint8], moments: NDArray[np.float64]
) -> None:
    """The sums for the least-squares fit of `other - one` by the terms of their mean.

    Args:
        one: (height, width), both at least 3.
        other: of the same shape.
        moments: (TERMS, TERMS + 1), products of the terms, and of each with the difference;
            the upper triangle is written to.
    """
    height, width = one.shape
    both = np.empty((3, width), np.float32)
    terms = np.empty((6, width - 2), np.float32)
    terms[0] = 1
    for y in range(1, height - 1, 2):
        for k in range(3):
            for x in range(width):
                both[k, x] = np.float32(0.5) * (
                    np.float32(one[y - 1 + k, x]) + np.float32(other[y - 1 + k, x])
                )
        for x in range(width - 2):
            here = both[1, x + 1]
            left, right, above, below = both[1, x], both[1, x + 2], both[0, x + 1], both[2, x + 1]
            terms[1, x] = here - np.float32(128)
            terms[2, x] = np.float32(0.5) * (right - left)
            terms[3, x] = np.float32(0.5) * (below - above)
            terms[4, x] = left + right + above + below - np.float32(4) * here
            terms[5, x] = np.float32(other[y, x + 1]) - np.float32(one[y, x + 1])
        for i in range(5):
            for j in range(i, 6):
                total = np.float32(0)
                for x in range(width - 2):
                    total += terms[i, x] * terms[j, x]
                moments[i, j] += total


@register_jitable
def _transform(block: Any, basis: Any, turned: Any, half: Any, out: Any) -> None:  # noqa: ANN401  compiled
    """The two-dimensional DCT of an 8 × 8 block."""
    for u in range(8):
        for x in range(8):
            half[u, x] = 0
        for k in range(8):
            factor = basis[u, k]
            for x in range(8):
                half[u, x] += factor * block[k, x]
    for u in range(8):
        for v in range(8):
            out[u, v] = 0
        for k in range(8):
            factor = half[u, k]
            for v in range(8):
                out[u, v] += factor * turned[k, v]


@register_jitable
def _energy(values: Any, others: Any, weight: Any) -> Any:  # noqa: ANN401
    total = np.float32(0)
    for u in range(8):
        for v in range(8):
            total += values[u, v] * others[u, v] * weight[u, v]
    return total


@compiled(
    "void(uint8[:, ::1], uint8[:, ::1], float32[::1], float32[:, ::1], float32[:, ::1],"
    " float32[:, :, ::1])",
    reorder=True,
)
def measure(  # noqa: PLR0917  arrays; compiled functions take no keywords
    one: NDArray[np.uint8],
    other: NDArray[np.uint8],
    shared: NDArray[np.float32],
    basis: NDArray[np.float32],
    weight: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """What every block of two planes differs by, without what all of them share.

    Args:
        one: (height, width), both at least 8.
        other: of the same shape.
        shared: (TERMS,), how much of each term `other - one` has.
        basis: (8, 8), the orthonormal DCT: rows are frequencies.
        weight: (8, 8), what the square of each coefficient counts; a block's mean is no texture.
        out: (blocks down, blocks across, 4), written to: the weighted energy of the difference, the
            weighted texture of each plane, and that of their product. The last row and column of
            blocks end with the plane, and overlap their neighbours.
    """
    height, width = one.shape
    turned = np.ascontiguousarray(basis.T)
    block = np.empty((3, 8, 8), np.float32)
    half = np.empty((8, 8), np.float32)
    result = np.empty((8, 8), np.float32)
    second = np.empty((8, 8), np.float32)
    both = np.empty((10, 10), np.float32)
    texture = weight.copy()
    texture[0, 0] = 0
    for down in range(out.shape[0]):
        top = min(8 * down, height - 8)
        for across in range(out.shape[1]):
            left = min(8 * across, width - 8)
            for y in range(10):
                row = min(max(top + y - 1, 0), height - 1)
                for x in range(10):
                    column = min(max(left + x - 1, 0), width - 1)
                    both[y, x] = np.float32(0.5) * (
                        np.float32(one[row, column]) + np.float32(other[row, column])
                    )
            for y in range(8):
                for x in range(8):
                    a, b = np.float32(one[top + y, left + x]), np.float32(other[top + y, left + x])
                    here = both[y + 1, x + 1]
                    west, east = both[y + 1, x], both[y + 1, x + 2]
                    north, south = both[y, x + 1], both[y + 2, x + 1]
                    block[0, y, x] = (
                        b
                        - a
                        - shared[0]
                        - shared[1] * (here - np.float32(128))
                        - shared[2] * np.float32(0.5) * (east - west)
                        - shared[3] * np.float32(0.5) * (south - north)
                        - shared[4] * (east + west + north + south - np.float32(4) * here)
                    )
                    block[1, y, x] = a
                    block[2, y, x] = b
            _transform(block[0], basis, turned, half, result)
            out[down, across, 0] = _energy(result, result, weight)
            _transform(block[1], basis, turned, half, result)
            out[down, across, 1] = _energy(result, result, texture)
            _transform(block[2], basis, turned, half, second)
            out[down, across, 2] = _energy(second, second, texture)
            out[down, across, 3] = _energy(result, second, texture)
