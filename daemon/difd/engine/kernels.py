"""Compiled loops over pixels: Pillow's bicubic resize of rows, bit for bit, and exact sums.

Both first sort the interleaved bytes of a row into one row of 16-bit values per channel, which the
processor's caches hold. Importing this imports numba: `pixel_loops` decides when that is worth it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from difd.engine.compiled import compiled

_PRECISION = 22
_HALF = 1 << (_PRECISION - 1)
"""Pillow's fixed point: coefficients in 2^-22, and half of it for rounding."""

_SEGMENT = 1 << 14
"""Products of 8-bit values that are added up in 32 bits at once. (Loops run from 0 over a slice:
where an index might be negative, numba checks each, and nothing is done in parallel.)"""


@register_jitable
def _split(pixels: Any, row: Any) -> None:  # noqa: ANN401  compiled, as all of these
    """The first three channels of a row of four-byte pixels."""
    red, green, blue = row[0], row[1], row[2]
    for x in range(pixels.size):
        value = pixels[x]
        red[x] = np.int16(value & np.uint32(255))
        green[x] = np.int16((value >> np.uint32(8)) & np.uint32(255))
        blue[x] = np.int16((value >> np.uint32(16)) & np.uint32(255))


@register_jitable
def _pack(values: Any, out: Any) -> None:  # noqa: ANN401
    """Back to 8 bits."""
    for x in range(values.size):
        out[x] = np.uint8(values[x])


@register_jitable
def _rounded(total: Any) -> Any:  # noqa: ANN401
    """A value of the result from its sum in fixed point."""
    return np.uint8(min(max(total >> _PRECISION, 0), 255))


@register_jitable
def _add(values: Any) -> Any:  # noqa: ANN401
    """The sum of 8-bit values, of which there are at most `_SEGMENT`."""
    total: Any = np.int32(0)
    for i in range(values.size):
        total = np.int32(total + np.int32(values[i]))
    return total


@register_jitable
def _add_products(one: Any, other: Any) -> Any:  # noqa: ANN401
    """The sum of their products."""
    total: Any = np.int32(0)
    for i in range(one.size):
        total = np.int32(total + np.int32(one[i]) * np.int32(other[i]))
    return total


@compiled("void(uint32[:, ::1], int64[::1], int32[:, ::1], uint8[:, :, ::1])")
def narrow_colours(
    pixels: NDArray[np.uint32],
    first: NDArray[np.int64],
    weight: NDArray[np.int32],
    out: NDArray[np.uint8],
) -> None:
    """Resize rows of RGB to another width.

    All channels at once: a weight is loaded once for three products (11 ms for 12 megapixels, 23
    one after the other).

    Args:
        pixels: (rows, width), four bytes each; the fourth does not count.
        first: (px,), where the values that make each value of the result begin.
        weight: (px, longest), in fixed point, filled up with zeros.
        out: (rows, px, 3), written to.
    """
    longest = weight.shape[1]
    row = np.zeros((3, pixels.shape[1] + longest), np.int16)
    for y in range(pixels.shape[0]):
        _split(pixels[y], row)
        for x in range(first.size):
            start, stop = first[x], first[x] + longest
            red, green, blue = row[0, start:stop], row[1, start:stop], row[2, start:stop]
            factors = weight[x]
            reds: Any = np.int32(_HALF)
            greens: Any = np.int32(_HALF)
            blues: Any = np.int32(_HALF)
            for i in range(factors.size):
                reds = np.int32(reds + np.int32(red[i]) * factors[i])
                greens = np.int32(greens + np.int32(green[i]) * factors[i])
                blues = np.int32(blues + np.int32(blue[i]) * factors[i])
            out[y, x, 0] = _rounded(reds)
            out[y, x, 1] = _rounded(greens)
            out[y, x, 2] = _rounded(blues)


@compiled("void(uint8[:, ::1], int64[::1], int32[:, ::1], uint8[:, ::1])")
def narrow_grey(
    pixels: NDArray[np.uint8],
    first: NDArray[np.int64],
    weight: NDArray[np.int32],
    out: NDArray[np.uint8],
) -> None:
    """Resize rows of grey to another width; see `narrow_colours`."""
    longest = weight.shape[1]
    row = np.zeros(pixels.shape[1] + longest, np.int16)
    for y in range(pixels.shape[0]):
        row[: pixels.shape[1]] = pixels[y]
        for x in range(first.size):
            values, factors = row[first[x] : first[x] + longest], weight[x]
            total: Any = np.int32(_HALF)
            for i in range(factors.size):
                total = np.int32(total + np.int32(values[i]) * factors[i])
            out[y, x] = _rounded(total)


@compiled("void(uint32[:, ::1], uint8[:, :, ::1], int64[::1])")
def split_and_add(
    pixels: NDArray[np.uint32], planar: NDArray[np.uint8], totals: NDArray[np.int64]
) -> None:
    """Sort pixels by channel, and add up the channels and the products of each two.

    Args:
        pixels: (rows, width), four bytes each.
        planar: (rows, channels, width), written to; 3 or 4 channels.
        totals: (channels + channels · (channels + 1) / 2,), added to.
    """
    channels, width = planar.shape[1], planar.shape[2]
    row = np.empty((4, width), np.int16)
    for y in range(pixels.shape[0]):
        _split(pixels[y], row)
        if channels == 4:  # noqa: PLR2004
            for x in range(width):
                row[3, x] = np.int16(pixels[y, x] >> np.uint32(24))
        for c in range(channels):
            _pack(row[c], planar[y, c])
        for start in range(0, width, _SEGMENT):
            stop = min(start + _SEGMENT, width)
            entry = channels
            for c in range(channels):
                totals[c] += _add(row[c, start:stop])
                for d in range(c, channels):
                    totals[entry] += _add_products(row[c, start:stop], row[d, start:stop])
                    entry += 1


@compiled("void(uint8[:, ::1], int64[::1])")
def add_grey(pixels: NDArray[np.uint8], totals: NDArray[np.int64]) -> None:
    """Add up values and their squares; (2,) totals are added to."""
    row = np.empty(pixels.shape[1], np.int16)
    for y in range(pixels.shape[0]):
        row[:] = pixels[y]
        for start in range(0, row.size, _SEGMENT):
            part = row[start : start + _SEGMENT]
            totals[0] += _add(part)
            totals[1] += _add_products(part, part)
