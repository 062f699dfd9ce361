"""One picture laid onto another, in numpy; see `twin`."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

_NOISE: Final = 3.0


def window_means(plane: Plane, radius: int, out: Plane, /) -> None:
    """By sums over all that is above and to the left."""
    out[:] = _means(plane.astype(np.float64), radius)


def window_likeness(one: Plane, other: Plane, radius: int, out: Plane, /) -> None:
    """The same of both pictures, their squares and their product."""
    planes = one.astype(np.float64), other.astype(np.float64)
    means = [_means(plane, radius) for plane in planes]
    variances = [
        np.maximum(_means(plane * plane, radius) - mean * mean, 0)
        for plane, mean in zip(planes, means, strict=True)
    ]
    product = _means(planes[0] * planes[1], radius) - means[0] * means[1]
    out[0] = product / np.sqrt((variances[0] + _NOISE) * (variances[1] + _NOISE))
    out[1] = np.maximum(*variances)
    out[2:4], out[4:6] = means, np.sqrt(variances)


def warp(
    part: Plane,
    matrix: NDArray[np.float64],
    bounds: NDArray[np.float64],
    out: Plane,
    seen: NDArray[np.uint8],
    /,
) -> None:
    """All pixels at once."""
    height, width = part.shape
    rows, columns = out.shape
    y, x = np.mgrid[0:rows, 0:columns] + 0.5
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
        u = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth
        v = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth
        left, top, right, bottom = bounds
        inside = (depth > 0) & (u > left) & (v > top) & (u < right) & (v < bottom)
    seen[:] = inside
    u = np.where(inside, u - 0.5, 0).clip(0, width - 1)
    v = np.where(inside, v - 0.5, 0).clip(0, height - 1)
    column, row = u.astype(np.intp), v.astype(np.intp)
    after, below = np.minimum(column + 1, width - 1), np.minimum(row + 1, height - 1)
    across, down = u - column, v - row
    wide = part.astype(np.float64)
    upper = wide[row, column] + across * (wide[row, after] - wide[row, column])
    lower = wide[below, column] + across * (wide[below, after] - wide[below, column])
    out[:] = np.where(inside, upper + down * (lower - upper), 0)


def add_slopes(
    theirs: Plane,
    rest: Plane,
    say: Plane,
    unit: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """All products at once."""
    if theirs.size == 0:
        return
    height, width = theirs.shape
    plane = theirs.astype(np.float64)
    down = np.gradient(plane, axis=0) if height > 1 else np.zeros_like(plane)
    across = np.gradient(plane, axis=1) if width > 1 else np.zeros_like(plane)
    y = ((np.arange(height) + 0.5 - unit[2]) / unit[0])[:, None]
    x = (np.arange(width) + 0.5 - unit[1]) / unit[0]
    along = -(across * x + down * y)
    slopes = [across * x, across * y, across, down * x, down * y, down, along * x, along * y]
    each = np.stack([slope.ravel() for slope in [*slopes, rest.astype(np.float64)]])
    products = (each[:-1] * say.ravel()) @ each.T
    out += np.triu(products)


def _means(plane: NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    edge = 2 * radius + 1
    wide = np.pad(plane, ((radius + 1, radius), (radius + 1, radius)), "edge")
    wide[0] = wide[:, 0] = 0
    sums = wide.cumsum(0).cumsum(1)
    total = sums[edge:, edge:] - sums[:-edge, edge:] - sums[edge:, :-edge] + sums[:-edge, :-edge]
    result: NDArray[np.float64] = total / edge**2
    return result
