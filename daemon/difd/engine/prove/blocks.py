"""The largest difference of any small block of two canvases that re-encoding does not explain.

JPEG rounds every frequency of a block of 8 × 8 to a multiple of a step, so what it changes is small
in these steps whatever the picture shows: about 1/12 in the square. A changed digit is many steps.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.native.chosen import loops
from difd.engine.prove.canvas import BLOCK, Plane, Planes

Array = NDArray[np.float64]

LIMIT: Final = 1.0
"""Largest difference of two pictures that show the same. With `tests/bench/detail.py`, on 20 of its
pictures: 0 of 1,540 changed pairs stay below it, the nearest is at 1.14 (at 1.85 on the pictures
that it was not chosen on), and 899 of 1,200 copies do: precision 1.0, recall 0.75. At 1.25 recall
would be 0.08 more, and one of 160 changed pairs would be taken for a copy."""

_BRIGHT_STEPS: Final = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)
"""Quantisation steps of JPEG (ITU-T T.81, table K.1), those of quality 50, for brightness."""

_COLOUR_STEPS: Final = (
    *(17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99),
    *(24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99),
    *(99,) * 32,
)
"""The same for colour (table K.2)."""

TERMS: Final = 5
"""What all of a picture may share: offset, gain, shift to the right, shift down, sharpness."""

_SHARED: Final = (3.0, 0.03, 0.3, 0.3, 0.25)
"""How much of these: 3 grey levels, 3 % of contrast, 0.3 pixels (programs disagree
about where the middle of a pixel is), and the sharpness of another filter. More is a difference."""

_STEADY: Final = 1e-3
"""Squares per pixel that are added to the terms, so that a blank picture fits nothing."""

_SCALES: Final = (1, 2, 4)
"""Blocks along an edge that are looked at together: the more of them, the nearer noise is to its
mean, and the fainter a change that stands out."""

_USUAL: Final = 0.99
_MARGIN: Final = 3.0
"""What this share of a pair's own blocks stays under is usual for it; times so much is allowed."""


class _Allowance(msgspec.Struct, frozen=True):
    """Least and most that re-encoding may leave, in squares of steps.

    Attributes:
        steps: of the quantisation, row by row.
        flat: in any block.
        textured: as a share of a block's own texture.
        near: as a share of the strongest texture around it, where codecs leave ripples.
        shares: what the difference of so many blocks together (`_SCALES`) is divided by.
    """

    steps: tuple[int, ...]
    flat: tuple[float, float]
    textured: tuple[float, float]
    near: tuple[float, float]
    shares: tuple[float, float, float]


_BRIGHTNESS: Final = _Allowance(
    _BRIGHT_STEPS, (0.7, 7.0), (0.03, 0.1), (0.005, 0.01), (1.2, 0.9, 0.7)
)
_COLOUR: Final = _Allowance(_COLOUR_STEPS, (0.7, 7.0), (0.02, 0.1), (0.01, 0.03), (1.0, 1.0, 1.0))
"""Quality 50 reaches the most; copies of better quality are held to what is usual for them. Colour
is often kept at half the size, so coloured letters lose more."""

_WINDOW: Final = 8
_GRAIN: Final = 0.2
_SHARED_GRAIN: Final = 0.4
"""Texture of copies is the same, where both have any (at least so much a block, over windows of so
many blocks): correlated by 0.45 and more at quality 50. Two shots of one scene share no noise: at
most 0.2."""

Box = tuple[float, float, float, float]
"""Left, top, width and height, as fractions of the picture."""


class Difference(msgspec.Struct, frozen=True):
    """What two pictures differ by.

    Attributes:
        measure: the largest energy of a block, as a multiple of what re-encoding explains.
        place: where that is.
    """

    measure: float
    place: Box


def differ(one: Planes, other: Planes) -> Difference:
    """The largest difference of two canvases of the same size."""
    found = [
        _plane(a, b, kind)
        for a, b, kind in zip(one, other, (_BRIGHTNESS, _COLOUR, _COLOUR), strict=True)
    ]
    return max(found, key=lambda difference: difference.measure)


def differing(one: Planes, other: Planes) -> Array:
    """How much two canvases of the same size differ in each block of brightness, (rows, columns).

    As a multiple of `LIMIT`, and 0 where that is not exceeded. What only shows over several blocks
    counts in each of them, unless it is one of them that shows it.
    """
    bright, blue, red = (
        _differing(a, b, kind)
        for a, b, kind in zip(one, other, (_BRIGHTNESS, _COLOUR, _COLOUR), strict=True)
    )
    rows, columns = bright.shape
    # Colour has half the size.
    colours = np.maximum(blue, red).repeat(2, axis=0).repeat(2, axis=1)[:rows, :columns]
    found: Array = np.maximum(bright, colours)
    return found


def _differing(one: Plane, other: Plane, kind: _Allowance) -> Array:
    """The same of a plane, in its own blocks."""
    height, width = one.shape
    found = np.zeros((-(-height // BLOCK), -(-width // BLOCK)))
    for worst, size in _maps(one, other, kind):
        rows, columns = worst.shape
        unseen = _boxes(found, size) == 0 if size > 1 else True
        values = np.where((worst > LIMIT) & unseen, worst / LIMIT, 0.0)
        for down in range(min(size, len(found))):
            for right in range(min(size, found.shape[1])):
                part = found[down : down + rows, right : right + columns]
                np.maximum(part, values, out=part)
    return found


def _plane(one: Plane, other: Plane, kind: _Allowance) -> Difference:
    maps = _maps(one, other, kind)
    worst, size = max(maps, key=lambda one_map: float(one_map[0].max()))
    return Difference(float(worst.max()), _place(worst, size, one.shape))


def _maps(one: Plane, other: Plane, kind: _Allowance) -> list[tuple[Array, int]]:
    """The differences of squares of so many blocks, by their upper left block."""
    height, width = one.shape
    values = np.empty((-(-height // BLOCK), -(-width // BLOCK), 4), np.float32)
    loops.measure_blocks(one, other, _shared(one, other), _basis(), _weights(kind.steps), values)
    energy, texture, other_texture, product = values.astype(np.float64).transpose(2, 0, 1)
    allowed = _explained(energy, np.minimum(texture, other_texture), kind)
    maps = [
        (_boxes(energy, size) / _boxes(allowed, size) / share, size)
        for size, share in zip(_SCALES, kind.shares, strict=True)
    ]
    if kind is _BRIGHTNESS:
        maps.append((_foreign_grain(texture, other_texture, product), _WINDOW))
    return maps


def _shared(one: Plane, other: Plane) -> NDArray[np.float32]:
    """How much of each term all of `other - one` has, by least squares, within `_SHARED`."""
    moments = np.zeros((TERMS, TERMS + 1))
    loops.add_moments(one, other, moments)
    products = np.triu(moments[:, :TERMS])
    products += np.triu(products, 1).T + np.eye(TERMS) * (_STEADY * moments[0, 0])
    fitted = np.linalg.solve(products, moments[:, TERMS])
    most = np.array(_SHARED)
    shared: NDArray[np.float32] = np.clip(fitted, -most, most).astype(np.float32)
    return shared


def _explained(energy: Array, texture: Array, kind: _Allowance) -> Array:
    """What re-encoding may leave in each block, by what is usual in this pair."""
    around = _strongest_around(texture)
    calm = around <= np.median(around)
    flat = _level(energy[calm], kind.flat)
    busy = texture >= np.quantile(texture, 0.75)
    rest = np.maximum(energy - flat, 0.0)
    own = _level(rest[busy] / (texture[busy] + 10.0), kind.textured)
    rest = np.maximum(rest - own * texture, 0.0)
    near = around >= np.quantile(around, 0.75)
    ripples = _level(rest[near] / (around[near] + 10.0), kind.near)
    return flat + own * texture + ripples * around


def _level(values: Array, bounds: tuple[float, float]) -> float:
    return float(np.clip(_MARGIN * np.quantile(values, _USUAL), *bounds))


def _foreign_grain(texture: Array, other: Array, product: Array) -> Array:
    """Where both have texture: over `LIMIT` if it is not the same."""
    own, others, both = (_boxes(values, _WINDOW) for values in (texture, other, product))
    less = np.minimum(own, others)
    shared = both / np.maximum(less, 1e-9)
    result: Array = np.where(
        less > _GRAIN * _WINDOW**2, LIMIT * (1 - shared) / (1 - _SHARED_GRAIN), 0.0
    )
    return result


def _boxes(values: Array, size: int) -> Array:
    """Sums over all squares of `size` blocks; of what there is, if that is less."""
    down, across = (min(size, length) for length in values.shape)
    sums = np.pad(values.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    result: Array = (sums[down:, across:] - sums[:-down, across:] - sums[down:, :-across]) + sums[
        :-down, :-across
    ]
    return result


def _strongest_around(values: Array) -> Array:
    """The largest of a block and its eight neighbours."""
    wide = np.pad(values, 1, mode="edge")
    rows = np.maximum(np.maximum(wide[:-2], wide[1:-1]), wide[2:])
    result: Array = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
    return result


def _place(worst: Array, size: int, shape: tuple[int, int]) -> Box:
    """Around the largest value: all neighbours that differ, too."""
    top, left = (int(n) for n in np.unravel_index(int(worst.argmax()), worst.shape))
    bottom, right = top + 1, left + 1
    over = worst > LIMIT
    while True:
        rows, columns = slice(max(0, top - 1), bottom + 1), slice(max(0, left - 1), right + 1)
        found = np.argwhere(over[rows, columns])
        if not len(found):
            break
        low, high = found.min(0), found.max(0)
        grown = (
            *(min(top, rows.start + int(low[0])), min(left, columns.start + int(low[1]))),
            *(
                max(bottom, rows.start + int(high[0]) + 1),
                max(right, columns.start + int(high[1]) + 1),
            ),
        )
        if grown == (top, left, bottom, right):
            break
        top, left, bottom, right = grown
    height, width = shape
    edges = (left * BLOCK, top * BLOCK, (right + size - 1) * BLOCK, (bottom + size - 1) * BLOCK)
    x, y, to_x, to_y = edges[0], edges[1], min(edges[2], width), min(edges[3], height)
    x, y = min(x, width - BLOCK), min(y, height - BLOCK)
    return x / width, y / height, (to_x - x) / width, (to_y - y) / height


@cache
def _basis() -> NDArray[np.float32]:
    """The orthonormal DCT of 8 values; rows are frequencies."""
    step = np.arange(BLOCK)
    waves = np.sqrt(2 / BLOCK) * np.cos((2 * step + 1) * step[:, None] * np.pi / (2 * BLOCK))
    waves[0] /= np.sqrt(2)
    basis: NDArray[np.float32] = waves.astype(np.float32)
    return basis


@cache
def _weights(steps: tuple[int, ...]) -> NDArray[np.float32]:
    """What the square of a coefficient counts; the same for turned pictures."""
    table = np.reshape(steps, (BLOCK, BLOCK)).astype(np.float32)
    return np.ascontiguousarray(1 / np.square((table + table.T) / 2))
