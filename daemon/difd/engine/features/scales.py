"""The scale space of a picture, and the places in it that are found again in any size.

D. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 60 (2004).
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.engine.native.chosen import loops

STEPS: Final = 3
"""Levels until the blur has doubled."""

_LEVELS: Final = STEPS + 3
_FIRST: Final = 1.6
"""Blur of an octave's first level, in its pixels (standard deviation)."""

_BEFORE: Final = 0.5
"""Blur that a picture is taken to have."""

_LEAST_EDGE: Final = 16
"""Octaves smaller than this have no places whose surroundings are seen."""

_UNIT: Final = 64
"""What a grey level is in the levels."""

_WEIGHT_ONE: Final = 1 << 16
_PRELIMINARY: Final = 22
CONTRAST: Final = 43.0
"""How far a place has to be from its surroundings, in 1/64 of a grey level."""

_MOST: Final = 8
"""Places that are looked at: one for so many pixels."""

Octave = NDArray[np.int16]
"""(levels, height, width): a picture blurred more and more, in 1/64 of a grey level."""

Places = NDArray[np.float32]
"""(n, 6): column, row and scale in pixels of the picture, distance from the surroundings, octave,
level with fractions."""


def octaves(grey: NDArray[np.uint8]) -> list[Octave]:
    """The scale space of a picture.

    Args:
        grey: (height, width).
    """
    first = grey.astype(np.int16) * _UNIT
    found: list[Octave] = []
    while min(first.shape) >= _LEAST_EDGE:
        levels = np.empty((_LEVELS, *first.shape), np.int16)
        if found:
            levels[0] = first
        else:
            loops.blur(first, _weights(math.sqrt(_FIRST**2 - _BEFORE**2)), levels[0])
        for number in range(1, _LEVELS):
            loops.blur(levels[number - 1], _weights(_added(number)), levels[number])
        found.append(levels)
        first = np.ascontiguousarray(levels[STEPS, ::2, ::2])
    return found


def places_in(found: list[Octave]) -> Places:
    """All places that stand out from their surroundings in position and scale."""
    some = [_places(levels, number) for number, levels in enumerate(found)]
    return np.concatenate(some) if some else np.empty((0, 6), np.float32)


def _places(levels: Octave, number: int) -> Places:
    out = np.empty((levels[0].size // _MOST + 1, 4), np.float32)
    count = loops.extrema(levels, _PRELIMINARY, out)
    out = out[:count]
    out = out[out[:, 3] >= CONTRAST]
    places = np.empty((len(out), 6), np.float32)
    zoom = float(1 << number)
    places[:, :2] = out[:, :2] * zoom
    places[:, 2] = _FIRST * zoom * np.exp2(out[:, 2] / STEPS)
    places[:, 3] = out[:, 3]
    places[:, 4] = number
    places[:, 5] = out[:, 2]
    return places


def _added(number: int) -> float:
    """The blur that makes a level of the one before."""
    before = _FIRST * 2 ** ((number - 1) / STEPS)
    return math.sqrt((before * 2 ** (1 / STEPS)) ** 2 - before**2)


@cache
def _weights(blur: float) -> NDArray[np.int16]:
    """A Gaussian from its middle outwards, in 2^-16; together, each but the first twice, 1."""
    radius = math.ceil(3 * blur)
    curve = np.exp(-((np.arange(radius + 1) / blur) ** 2) / 2)
    curve /= curve[0] + 2 * curve[1:].sum()
    weights: NDArray[np.int16] = np.rint(curve * _WEIGHT_ONE).astype(np.int16)
    weights[0] = _WEIGHT_ONE - 2 * int(weights[1:].sum())
    return weights
