"""The loops in numpy and Pillow: where nothing could be compiled, and what the tests hold them to.

Contracts: `_loops.pyi`. Integers are the same; floating sums are within the same bounds.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.engine.native.feature_twin import blur, describe, extrema, spread_of_directions
from difd.engine.native.in_pillow import image_of, narrow_in_memory
from difd.engine.native.laying_twin import add_slopes, warp, window_likeness, window_means
from difd.engine.native.likeness_twin import (
    cast_votes,
    count_repeats,
    enter_codes,
    lies_of,
)

__all__ = [
    "VERSION",
    "add_channels",
    "add_grey",
    "add_moments",
    "add_slopes",
    "blur",
    "cast_votes",
    "closest",
    "columns_of_colours",
    "columns_of_grey",
    "count_repeats",
    "describe",
    "enter_codes",
    "extrema",
    "halve",
    "lies_of",
    "measure_blocks",
    "narrow_colours",
    "narrow_grey",
    "near_pairs",
    "shorten",
    "split_and_add",
    "split_colours",
    "spread_of_directions",
    "transform",
    "turn_over",
    "turns_of_pairs",
    "warp",
    "window_likeness",
    "window_means",
]

VERSION: Final = ""
"""It was not compiled."""

_PRECISION: Final = 22
_LOW_BITS: Final = 11
"""Of weights, see `resample`."""

_REST: Final = 3
"""The channel of the length of what is not kept."""

_COLUMNS: Final = 64
"""Columns of a tile that are compared with all its rows at once."""

_PAIRS: Final = 4096
"""Pairs of signatures, and of tensors of 50 pixels, that are compared at once."""

Bytes = NDArray[np.uint8]
Indices = NDArray[np.int64]
Floats = NDArray[np.float32]
Reals = NDArray[np.float64]


def narrow_colours(
    pixels: NDArray[np.uint32],
    first: Indices,
    _high: NDArray[np.int16],
    _low: NDArray[np.int16],
    out: Bytes,
    /,
) -> None:
    """By Pillow, whose weights are meant."""
    out[:] = narrow_in_memory(pixels, len(first))


def narrow_grey(
    pixels: Bytes,
    first: Indices,
    _high: NDArray[np.int16],
    _low: NDArray[np.int16],
    out: Bytes,
    /,
) -> None:
    """The same for grey."""
    out[:] = narrow_in_memory(pixels, len(first))


def shorten(
    strip: Bytes,
    first: Indices,
    high: NDArray[np.int16],
    low: NDArray[np.int16],
    out: Bytes,
    /,
) -> None:
    """Row by row of the result, in the numbers that the weights are."""
    fixed = (high.astype(np.int32) << _LOW_BITS) + low
    for made, start, weights in zip(out, first.tolist(), fixed, strict=True):
        rows = strip[start : start + len(weights)].astype(np.int32)
        total = weights[: len(rows)] @ rows + (1 << (_PRECISION - 1))
        made[:] = np.clip(total >> _PRECISION, 0, 255)


def columns_of_colours(pixels: NDArray[np.uint32], across: int, down: int, out: Bytes, /) -> None:
    """By Pillow."""
    out[:] = np.asarray(image_of(pixels).convert("L").reduce((across, down))).T


def columns_of_grey(pixels: Bytes, across: int, down: int, out: Bytes, /) -> None:
    """By Pillow."""
    out[:] = np.asarray(image_of(pixels).reduce((across, down))).T


def turn_over(values: Bytes, out: Bytes, /) -> None:
    """By numpy."""
    out[:] = values.T


def halve(pixels: NDArray[np.uint32], out: NDArray[np.uint32], /) -> None:
    """All channels at once."""
    height, width = out.shape
    values = pixels.view(np.uint8).reshape(height, 2, width, 2, 4)
    means = (values.sum(axis=(1, 3), dtype=np.uint16) + 2) >> 2
    out[:] = means.astype(np.uint8).view(np.uint32).reshape(height, width)


def split_and_add(pixels: NDArray[np.uint32], planar: Bytes, totals: Indices, /) -> None:
    """Products by matrix products: sums of exact integers below 2^53."""
    rows, channels, width = planar.shape
    values = pixels.view(np.uint8).reshape(rows, width, 4)[..., :channels]
    planar[:] = values.transpose(0, 2, 1)
    flat = values.reshape(-1, channels).astype(np.float64)
    products = flat.T @ flat
    totals[:channels] += flat.sum(axis=0).astype(np.int64)
    totals[channels:] += products[np.triu_indices(channels)].astype(np.int64)


def add_channels(pixels: NDArray[np.uint32], totals: Indices, /) -> None:
    """The sums alone."""
    values = pixels.view(np.uint8).reshape(-1, 4)[:, :3]
    totals += values.sum(axis=0, dtype=np.int64)


def add_grey(pixels: Bytes, totals: Indices, /) -> None:
    """The same for one channel."""
    flat = pixels.reshape(-1).astype(np.float64)
    totals += np.array([flat.sum(), flat @ flat]).astype(np.int64)


def transform(
    tensors: list[Bytes],
    basis: Reals,
    lines: Indices,
    order: Indices,
    factors: Reals,
    signatures: Floats,
    sums: Indices,
    /,
) -> None:
    """One tensor after the other, by matrix products."""
    kept = order[:, 2] != _REST
    line, column, channel = order[kept].T
    for number, tensor in enumerate(tensors):
        values = tensor.astype(np.int64)
        red, green, blue = values[..., 0], values[..., 1], values[..., 2]
        channels = np.array([red + green + blue, red - blue, red - 2 * green + blue])
        sums[number] = channels.sum(axis=(1, 2))
        along = np.einsum("lx,lxy->ly", basis[lines[:, 1]], channels[lines[:, 0]].astype(float))
        made = np.einsum("ny,ny->n", along[line], basis[column]) * factors[channel]
        rest = float((values * values).sum()) - float(made @ made)
        signatures[number, kept] = made
        signatures[number, ~kept] = np.sqrt(max(rest, 0.0))


def near_pairs(
    coordinates: Floats,
    signatures: Floats,
    places: tuple[int, int, int, int, int],
    reaches: tuple[float, float, float],
    codes: Bytes,
    order: Indices,
    signs: Floats,
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    near: Bytes,
    /,
) -> int:
    """By coordinates first, some columns with all rows at once."""
    core, top, bottom, left, right = places
    reach, reach_squared, radius_squared = reaches
    row_places = np.arange(top, bottom)
    count = 0
    for start in range(left, right, _COLUMNS):
        some = np.arange(start, min(start + _COLUMNS, right))
        lead = coordinates[0, some].astype(np.float64)[:, None]
        margin = reach + 4e-16 * (np.abs(lead) + reach)
        possible = np.abs(coordinates[0, top:bottom].astype(np.float64) - lead) <= margin
        possible &= (row_places < some[:, None]) | (some[:, None] >= core)
        distance = np.zeros(possible.shape, np.float32)
        for axis in coordinates:
            distance += np.square(axis[None, top:bottom] - axis[some, None])
        column, row = np.nonzero(possible & (distance <= np.float32(reach_squared)))
        column, row = column + start, row + top
        found = np.zeros(len(row), np.uint8)
        turns_of_pairs(signatures, row, column, radius_squared, codes, order, signs, found)
        kept = found > 0
        end = count + int(kept.sum())
        rows[count:end], columns[count:end], near[count:end] = row[kept], column[kept], found[kept]
        count = end
    return count


def turns_of_pairs(
    signatures: Floats,
    rows: Indices,
    columns: Indices,
    radius_squared: float,
    codes: Bytes,
    order: Indices,
    signs: Floats,
    near: Bytes,
    /,
) -> None:
    """Turn by turn, some pairs at once."""
    for start in range(0, len(rows), _PAIRS):
        part = slice(start, start + _PAIRS)
        one, other = signatures[rows[part]], signatures[columns[part]]
        near[part] = 0
        for code, places, sign in zip(codes, order, signs, strict=True):
            difference = one - other[:, places] * sign
            squares = np.einsum("ij,ij->i", difference, difference)
            near[part] |= (squares <= np.float32(radius_squared)).astype(np.uint8) << code


def closest(
    planes: list[Bytes],
    frames: Indices,
    px: int,
    a: Indices,
    b: Indices,
    turns: Bytes,
    ssd: Indices,
    turn: NDArray[np.int8],
    compared: NDArray[np.int8],
    steps: Indices,
    inverse: NDArray[np.int8],
    stop: Bytes,
    _slots: int,
    /,
) -> None:
    """Pair by pair, with whole planes."""
    y, x = np.arange(px)[:, None], np.arange(px)
    found_at = [(own[0] + y * own[1] + x * own[2]).reshape(-1) for own in steps]
    for pair, (i, j, bits) in enumerate(zip(a.tolist(), b.tolist(), turns.tolist(), strict=True)):
        if stop[0]:
            return
        lists = compared[len(planes[i]), len(planes[j]), int(frames[i] != frames[j])]
        both = lists[lists[:, 0] >= 0]
        left = planes[i][both[:, 0]].reshape(len(both), -1, 3).astype(np.int32)
        right = planes[j][both[:, 1]].reshape(len(both), -1, 3)
        for preference in range(8):
            code = int(inverse[preference]) if i > j else preference
            if not bits >> code & 1:
                continue
            difference = left - right[:, found_at[code]]
            squares = (difference * difference).sum(axis=(1, 2), dtype=np.int64)
            worst = int(squares.max(initial=0))
            if worst < ssd[pair]:
                ssd[pair], turn[pair] = worst, code


def split_colours(pixels: NDArray[np.uint32], luma: Bytes, blue: Bytes, red: Bytes, /) -> None:
    """The same operations in the same order: the same bytes."""
    height, width = pixels.shape
    r, g, b = ((pixels >> shift & 255).astype(np.float32) for shift in (0, 8, 16))
    bright = np.float32(0.299) * r + np.float32(0.587) * g + np.float32(0.114) * b
    luma[:] = bright + np.float32(0.5)
    rows = np.where(np.arange(len(blue)) * 2 + 1 < height, 2, 1).astype(np.float32)[:, None]
    for channel, gain, out in ((b, 0.564, blue), (r, 0.713, red)):
        sums = np.zeros((2 * len(blue), width), np.float32)
        sums[:height] = channel - bright
        pairs = sums[::2] + sums[1::2]
        if width % 2:
            pairs = np.concatenate((pairs, pairs[:, -1:]), axis=1)
        mean = (pairs[:, ::2] + pairs[:, 1::2]) / (np.float32(2) * rows)
        out[:] = np.clip(128.5 + gain * mean.astype(np.float64), 0.0, 255.0)


def add_moments(one: Bytes, other: Bytes, moments: Reals, /) -> None:
    """Every second row at once."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    both = np.float32(0.5) * (a + b)
    inner = slice(1, -1, 2)
    here = both[inner, 1:-1]
    left, right = both[inner, :-2], both[inner, 2:]
    above, below = both[:-2:2, 1:-1], both[2::2, 1:-1]
    terms = np.array(
        [
            np.ones_like(here),
            here - 128,
            (right - left) / 2,
            (below - above) / 2,
            left + right + above + below - 4 * here,
            (b - a)[inner, 1:-1],
        ],
        np.float64,
    ).reshape(6, -1)
    moments += np.triu(terms[:5] @ terms.T)


def measure_blocks(
    one: Bytes, other: Bytes, shared: Floats, basis: Floats, weight: Floats, out: Floats, /
) -> None:
    """Whole planes at once; the last blocks are laid out beside the others."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    both = np.pad(np.float32(0.5) * (a + b), 1, mode="edge")
    here = both[1:-1, 1:-1]
    west, east, north, south = both[1:-1, :-2], both[1:-1, 2:], both[:-2, 1:-1], both[2:, 1:-1]
    offset, gain, right, down, sharp = shared
    change = b - a - offset - gain * (here - 128) - right * (east - west) / 2
    change -= down * (south - north) / 2 + sharp * (west + east + north + south - 4 * here)
    texture = weight.copy()
    texture[0, 0] = 0
    difference, first, second = (_coefficients(plane, basis) for plane in (change, a, b))
    for number, (values, others, weights) in enumerate(
        (
            (difference, difference, weight),
            (first, first, texture),
            (second, second, texture),
            (first, second, texture),
        )
    ):
        out[..., number] = np.einsum("ijuv,ijuv,uv->ij", values, others, weights)


def _coefficients(plane: Floats, basis: Floats) -> Floats:
    """The DCT of every block, (blocks down, blocks across, 8, 8)."""
    edge = len(basis)
    height, width = plane.shape
    rows = np.minimum(np.arange(0, height, edge), height - edge)[:, None] + np.arange(edge)
    columns = np.minimum(np.arange(0, width, edge), width - edge)[:, None] + np.arange(edge)
    blocks = plane[rows[:, None, :, None], columns[None, :, None, :]]
    made: Floats = basis @ blocks @ basis.T
    return made
