"""What a picture looks like around its places: which way they point, and a descriptor of each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Final

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
    strengths = np.zeros((len(places), _ANGLES), np.float32)
    upright = np.zeros(len(places), np.float32)
    for level, here, points in _by_level(found, places, upright):
        out = np.empty((len(points), _ANGLES), np.float32)
        loops.spread_of_directions(level, points, _window(), _directions(), out)
        strengths[here] = out
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
    made = np.zeros((len(places), NUMBERS), np.float32)
    for level, here, points in _by_level(found, places, angles):
        out = np.empty((len(points), _CELLS, _CELLS, _LOBES), np.float32)
        loops.describe(level, points, _cell_weights(), out)
        made[here] = out.reshape(len(points), NUMBERS)
    return made


def _by_level(
    found: list[Octave], places: Places, angles: NDArray[np.float32]
) -> Iterator[tuple[NDArray[np.int16], NDArray[np.intp], NDArray[np.float32]]]:
    """The levels in which places are seen: each with the indices and the points of its own."""
    level = np.clip(np.rint(places[:, 5]), 1, STEPS).astype(np.intp)
    key = places[:, 4].astype(np.intp) * (STEPS + 1) + level
    order = np.argsort(key, kind="stable")
    bounds = np.flatnonzero(np.diff(key[order])) + 1
    table = _turns()
    for here in np.split(order, bounds):
        if len(here) == 0:
            continue
        octave, number = divmod(int(key[here[0]]), STEPS + 1)
        zoom = float(1 << octave)
        points = np.empty((len(here), 5), np.float32)
        points[:, :2] = places[here, :2] / zoom
        points[:, 2] = places[here, 2] * (_SPACING / zoom)
        points[:, 3:] = table[np.rint(angles[here] * _STEPS).astype(np.intp) % _STEPS]
        yield found[octave][number], here, points


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
