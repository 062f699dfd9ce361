"""How features are found and described, in numpy; see `twin`. All is the same, to the last bit."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_DIFFERENCES: Final = 5
_TURNED: Final = 13
_ANGLES: Final = 32
_GRID: Final = 20
_CELLS: Final = 4
_LOBES: Final = 8
_HALF: Final = np.float32(0.70710678)

Level = NDArray[np.int16]
Floats = NDArray[np.float32]


def blur(level: Level, weights: NDArray[np.int16], out: Level, /) -> None:
    """Downwards, then along the rows."""
    out[:] = _blurred(_blurred(level, weights).T, weights).T


def _blurred(level: Level, weights: NDArray[np.int16]) -> Level:
    radius = len(weights) - 1
    length = len(level)
    wide = np.pad(level, ((radius, radius), (0, 0)), mode="edge").astype(np.int32)
    total = (wide[radius : radius + length] * int(weights[0]) >> 16) + (radius + 1) // 2
    for far in range(1, radius + 1):
        above = wide[radius - far : radius - far + length]
        below = wide[radius + far : radius + far + length]
        total += (above + below) * int(weights[far]) >> 16
    return total.astype(np.int16)


def extrema(levels: NDArray[np.int16], lowest: int, out: Floats, /) -> int:
    """All levels at once; the found in the order of their rows, levels and columns."""
    _, height, width = levels.shape
    if min(height, width) < 3:  # noqa: PLR2004  a place has neighbours on all sides
        return 0
    wide = levels.astype(np.int32)
    steps = wide[1:] - wide[:-1]
    most, least = _around(steps, np.maximum), _around(steps, np.minimum)
    inner = steps[1:-1, 1:-1, 1:-1]
    places = np.nonzero(
        ((inner > lowest) & (inner >= most)) | ((inner < -lowest) & (inner <= least))
    )
    order = np.lexsort((places[2], places[0], places[1]))
    level, row, column = (place[order] + 1 for place in places)
    found, good = _located(steps, level, row, column)
    made = np.stack(
        [
            column.astype(np.float32) + found[0].astype(np.float32),
            row.astype(np.float32) + found[1].astype(np.float32),
            level.astype(np.float32) + found[2].astype(np.float32),
            found[3].astype(np.float32),
        ],
        axis=1,
    )[good]
    made = made[: len(out)]
    out[: len(made)] = made
    return len(made)


def _around(steps: NDArray[np.int32], farther: Any) -> NDArray[np.int32]:  # noqa: ANN401  a ufunc
    """The farthest of 27 values around each inner one."""
    for axis in range(3):
        length = steps.shape[axis]
        parts = [steps.take(range(at, length - 2 + at), axis) for at in range(3)]
        steps = farther(farther(parts[0], parts[1]), parts[2])
    return steps


def _located(
    steps: NDArray[np.int32],
    level: NDArray[np.intp],
    row: NDArray[np.intp],
    column: NDArray[np.intp],
) -> tuple[list[NDArray[np.float64]], NDArray[np.bool_]]:
    def at(s: int, y: int, x: int) -> NDArray[np.float64]:
        return steps[level + s, row + y, column + x].astype(np.float64)

    value = at(0, 0, 0)
    xx = at(0, 0, -1) + at(0, 0, 1) - 2 * value
    yy = at(0, -1, 0) + at(0, 1, 0) - 2 * value
    xy = (at(0, 1, 1) - at(0, 1, -1) - at(0, -1, 1) + at(0, -1, -1)) / 4
    trace, area = xx + yy, xx * yy - xy * xy
    good = (area > 0) & ~(trace * trace * 10 >= 121 * area)
    ss = at(-1, 0, 0) + at(1, 0, 0) - 2 * value
    xs = (at(1, 0, 1) - at(1, 0, -1) - at(-1, 0, 1) + at(-1, 0, -1)) / 4
    ys = (at(1, 1, 0) - at(1, -1, 0) - at(-1, 1, 0) + at(-1, -1, 0)) / 4
    gx, gy = (at(0, 0, 1) - at(0, 0, -1)) / 2, (at(0, 1, 0) - at(0, -1, 0)) / 2
    gs = (at(1, 0, 0) - at(-1, 0, 0)) / 2
    c0, c1, c2 = yy * ss - ys * ys, xs * ys - xy * ss, xy * ys - yy * xs
    whole = xx * c0 + xy * c1 + xs * c2
    good &= whole != 0
    whole = np.where(whole == 0, 1, whole)
    dx = -(gx * c0 + gy * c1 + gs * c2) / whole
    dy = -(gx * c1 + gy * (xx * ss - xs * xs) + gs * (xy * xs - xx * ys)) / whole
    ds = -(gx * c2 + gy * (xy * xs - xx * ys) + gs * area) / whole
    good &= (np.abs(dx) <= 1) & (np.abs(dy) <= 1) & (np.abs(ds) <= 1)
    return [dx, dy, ds, np.abs(value + (gx * dx + gy * dy + gs * ds) / 2)], good


def _gradients(level: Level, points: Floats, edge: int) -> tuple[Floats, Floats, Floats]:
    """Across, down, and one over the length, (n, edge, edge)."""
    height, width = level.shape
    step = points[:, 2, None, None]
    cosine, sine = points[:, 3, None, None] * step, points[:, 4, None, None] * step
    at = np.arange(edge, dtype=np.float32) - np.float32((edge - 1) / 2)
    u, v = at[None, None, :], at[None, :, None]
    x = points[:, 0, None, None] - v * sine + u * cosine
    y = points[:, 1, None, None] + v * cosine + u * sine
    inside = (x >= 1) & (y >= 1) & (x < np.float32(width) - 2) & (y < np.float32(height) - 2)
    left = np.where(inside, x, 1).astype(np.int32)
    top = np.where(inside, y, 1).astype(np.int32)
    fx, fy = x - left.astype(np.float32), y - top.astype(np.float32)
    if not inside.any():
        nothing = np.zeros(inside.shape, np.float32)
        return nothing, nothing, nothing
    values = level.astype(np.int32)

    def difference(down: int, right: int, back: int, aside: int) -> Floats:
        made = values[top + down, left + right] - values[top + back, left + aside]
        return made.astype(np.float32)

    upper = difference(0, 1, 0, -1) * (1 - fx) + difference(0, 2, 0, 0) * fx
    lower = difference(1, 1, 1, -1) * (1 - fx) + difference(1, 2, 1, 0) * fx
    before = difference(1, 0, -1, 0) * (1 - fy) + difference(2, 0, 0, 0) * fy
    after = difference(1, 1, -1, 1) * (1 - fy) + difference(2, 1, 0, 1) * fy
    across = np.where(inside, upper * (1 - fy) + lower * fy, 0).astype(np.float32)
    down = np.where(inside, before * (1 - fx) + after * fx, 0).astype(np.float32)
    squared = across * across + down * down
    inverse = 1 / np.sqrt(np.where(squared > 0, squared, np.float32(1)))
    return across, down, np.where(squared > 0, inverse, np.float32(0))


def spread_of_directions(
    level: Level, points: Floats, window: Floats, directions: Floats, out: Floats, /
) -> None:
    """Sample by sample, all places at once."""
    across, down, inverse = _gradients(level, points, _TURNED)
    ahead = np.zeros((len(points), _ANGLES // 2), np.float32)
    behind = ahead.copy()
    for j, i in np.ndindex(_TURNED, _TURNED):
        weight = window[j, i]
        if weight == 0:
            continue
        over = inverse[:, j, i, None]
        along = across[:, j, i, None] * directions[0] + down[:, j, i, None] * directions[1]
        lobe = along * along * over
        lobe = lobe * lobe * over
        lobe = lobe * lobe * over * weight
        forward = np.where(along > 0, lobe, np.float32(0))
        ahead += forward
        behind += lobe - forward
    out[:, : _ANGLES // 2], out[:, _ANGLES // 2 :] = ahead, behind


def describe(level: Level, points: Floats, weights: Floats, out: Floats, /) -> None:
    """Row by row of the samples, all places at once."""
    across, down, inverse = _gradients(level, points, _GRID)
    cosine, sine = points[:, 3, None, None], points[:, 4, None, None]
    x, y = across * cosine + down * sine, down * cosine - across * sine
    zero, one = np.float32(0), np.float32(1)
    cosines = np.array([one, _HALF, zero, -_HALF, -one, -_HALF, zero, _HALF])
    sines = np.array([zero, _HALF, one, _HALF, zero, -_HALF, -one, -_HALF])
    along = x[..., None] * cosines + y[..., None] * sines
    over = inverse[..., None]
    lobes = along * along * over
    lobes = lobes * lobes * over
    lobes = lobes * lobes * over
    lobes = np.where(along > 0, lobes, zero)
    columns = np.zeros((len(points), _CELLS, _GRID, _LOBES), np.float32)
    for j, r in np.ndindex(_GRID, _CELLS):
        if weights[r, j]:
            columns[:, r] += lobes[:, j] * weights[r, j]
    out[:] = 0
    for i, c in np.ndindex(_GRID, _CELLS):
        if weights[c, i]:
            out[:, :, c] += columns[:, :, i] * weights[c, i]
