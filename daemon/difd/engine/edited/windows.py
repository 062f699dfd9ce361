"""Means over small windows, and how alike two pictures are in each of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from difd.engine.native.chosen import loops

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]


def mean(plane: Plane | Mask, edge: int) -> Plane:
    """The mean over a square window around each pixel; what lies outside is as the border is.

    Args:
        plane: (height, width).
        edge: of the window, odd.
    """
    out = np.empty(plane.shape, np.float32)
    loops.window_means(np.ascontiguousarray(plane, np.float32), edge // 2, out)
    return out


def grown(mask: Mask, by: int) -> Mask:
    """All within so many pixels, across or down, of the mask."""
    result: Mask = mean(mask, 2 * by + 1) > 1e-6  # noqa: PLR2004  sums are not quite exact
    return result


def shrunk(mask: Mask, by: int) -> Mask:
    """All that is further than so many pixels from what is not in the mask."""
    return ~grown(~mask, by)


def spread(plane: Plane) -> Plane:
    """Largest less smallest value of each pixel and its eight neighbours."""
    wide = np.pad(plane, 1, mode="edge")
    height, width = plane.shape
    parts = [wide[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    result: Plane = np.maximum.reduce(parts) - np.minimum.reduce(parts)
    return result


def steepness(plane: Plane) -> Plane:
    """How much the plane changes from one pixel to the next."""
    down, across = np.gradient(plane)
    result: Plane = np.hypot(down, across)
    return result


class Likeness(NamedTuple):
    """Two planes, window by window.

    Attributes:
        correlation: -1 to 1.
        texture: the larger variance of the two.
        means, deviations: of the one, and of the other.
    """

    correlation: Plane
    texture: Plane
    means: tuple[Plane, Plane]
    deviations: tuple[Plane, Plane]


def likeness(one: Plane, other: Plane, edge: int) -> Likeness:
    """How alike two planes are in the window around each pixel, but for brightness and contrast."""
    out = np.empty((6, *one.shape), np.float32)
    loops.window_likeness(one, other, edge // 2, out)
    return Likeness(out[0], out[1], (out[2], out[3]), (out[4], out[5]))
