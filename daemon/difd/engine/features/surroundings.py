"""What a picture looks like around its places: which way they point, and a descriptor of each."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from difd.engine.features.scales import STEPS, Octave, Places
from difd.engine.native.chosen import loops

_ANGLES: Final = 32
_TURNED: Final = 13
_GRID: Final = 20
_CELLS: Final = 4
_LOBES: Final = 8
NUMBERS: Final = _CELLS * _CELLS * _LOBES
"""Of a descriptor."""

_SPACING: Final = 0.75
"""Distance of samples, in the scale of the place: a cell is three scales wide."""

_SECOND: Final = 0.8
"""Directions nearly as strong as the strongest count as well."""

_STEPS: Final = 1024
"""Turns that are told apart."""


def turned(found: list[Octave], places: Places) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The directions of places.

    Returns:
        For each direction, the index of its place and the angle in turns, 0 to 1 (from the column
        axis to the row axis). A place may have several.
    """
    seen = _by_level(found, places, np.zeros(len(places), np.float32))
    strengths = np.empty((len(places), _ANGLES), np.float32)
    made = np.empty_like(strengths)
    for level, some in seen.levels:
        loops.spread_of_directions(level, seen.points[some], _window(), _directions(), made[some])
    strengths[seen.order] = made
    before, after = np.roll(strengths, 1, axis=1), np.roll(strengths, -1, axis=1)
    most = strengths.max(axis=1, keepdims=True, initial=0)
    peak = (strengths > before) & (strengths >= after) & (strengths >= _SECOND * most) & (most > 0)
    place, angle = np.nonzero(peak)
    low, middle, high = before[peak], strengths[peak], after[peak]
    shift = (high - low) / (2 * (2 * middle - low - high))
    return place, ((angle + shift) / _ANGLES % 1).astype(np.float32)


def described(
    found: list[Octave], places: Places, angles: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The descriptors of places, (n, NUMBERS)."""
    seen = _by_level(found, places, angles)
    descriptors = np.empty((len(places), NUMBERS), np.float32)
    made = np.empty((len(places), _CELLS, _CELLS, _LOBES), np.float32)
    for level, some in seen.levels:
        loops.describe(level, seen.points[some], _cell_weights(), made[some])
    descriptors[seen.order] = made.reshape(len(places), NUMBERS)
    return descriptors


class _Seen(NamedTuple):
    """Places in the order of the levels in which they are seen.

    Attributes:
        order: (n,), their indices.
        points: (n, 5): column, row, distance of samples, cosine and sine of the turn.
        levels: each, and which of the points lie in it.
    """

    order: NDArray[np.intp]
    points: NDArray[np.float32]
    levels: list[tuple[NDArray[np.int16], slice]]


def _by_level(found: list[Octave], places: Places, angles: NDArray[np.float32]) -> _Seen:
    level = np.rint(places[:, 5]).clip(1, STEPS).astype(np.intp)
    octave = places[:, 4].astype(np.intp)
    key = octave * (STEPS + 1) + level
    order = np.argsort(key, kind="stable")
    points = np.empty((len(places), 5), np.float32)
    points[:, :3] = places[order, :3] * np.exp2(-places[order, 4:5])
    points[:, 2] *= _SPACING
    points[:, 3:] = _turns()[np.rint(angles[order] * _STEPS).astype(np.intp) % _STEPS]
    ends = np.cumsum(np.bincount(key, minlength=len(found) * (STEPS + 1))).tolist()
    levels = [
        (found[number // (STEPS + 1)][number % (STEPS + 1)], slice(start, end))
        for number, (start, end) in enumerate(pairwise([0, *ends]))
        if start < end
    ]
    return _Seen(order, points, levels)


@cache
def _turns() -> NDArray[np.float32]:
    angle = np.arange(_STEPS) * (2 * math.pi / _STEPS)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


@cache
def _directions() -> NDArray[np.float32]:
    angle = np.arange(_ANGLES // 2) * (2 * math.pi / _ANGLES)
    return np.ascontiguousarray(np.stack([np.cos(angle), np.sin(angle)]), dtype=np.float32)


@cache
def _window() -> NDArray[np.float32]:
    """A Gaussian of 1.5 scales, up to 4.5 of them."""
    at = (np.arange(_TURNED) - (_TURNED - 1) / 2) * _SPACING
    squared = at[:, None] ** 2 + at**2
    weights = np.exp(-squared / (2 * 1.5**2))
    weights[squared > 4.5**2] = 0
    return weights.astype(np.float32)


@cache
def _cell_weights() -> NDArray[np.float32]:
    """How a sample counts for the cells of its row: for two of them, and less far out."""
    at = (np.arange(_GRID) - (_GRID - 1) / 2) / _CELLS
    cells = np.arange(_CELLS) - (_CELLS - 1) / 2
    near = np.maximum(0, 1 - np.abs(at - cells[:, None]))
    return np.ascontiguousarray(near * np.exp(-(at**2) / 8), dtype=np.float32)
