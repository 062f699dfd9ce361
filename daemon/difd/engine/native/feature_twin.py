"""The loops of local features in numpy; see `twin`. Every value is the same, to the last bit."""

from __future__ import annotations

import math
from collections.abc import Iterator
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
Words = NDArray[np.uint64]


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


def gather_keys(codes: Words, bits: NDArray[np.int64], out: Words, /) -> None:
    """Bit by bit."""
    out[:] = 0
    for bit in bits.tolist():
        out[:] = out << np.uint64(1) | codes >> np.uint64(bit) & np.uint64(1)


def cast_votes(
    codes: Words,
    pictures: NDArray[np.int32],
    turns: NDArray[np.uint8],
    zooms: NDArray[np.uint8],
    masks: Words,
    flips: Words,
    entries: Words,
    limit: int,
    length: int,
    least: int,
    crowd: int,
    votes: Words,
    /,
) -> tuple[int, int]:
    """Group by group, as the compiled one does."""
    index = (1 << (64 - length)) - 1
    count = crowded = 0
    for group, crowd_of in _groups(entries.tolist(), length, least, crowd):
        crowded += crowd_of
        for one, key in enumerate(group):
            for other in group[one + 1 : one + crowd + 1]:
                pair = sorted((key & index, other & index), key=lambda at: pictures[at])
                if pictures[pair[0]] == pictures[pair[1]]:
                    continue
                made = _votes(codes, pictures, turns, zooms, masks, flips, limit, *pair)
                room = votes[count : count + len(made)]
                room[:] = made[: len(room)]
                count += len(made)
    return count, crowded


def _groups(
    keys: list[int], length: int, least: int, crowd: int
) -> Iterator[tuple[list[int], int]]:
    """Entries that share as few leading bits as make them no crowd; and how many are one still."""
    start = 0
    while start < len(keys):
        for bits in range(least, length + 1):
            end = start + 1
            while end < len(keys) and keys[end] >> (64 - bits) == keys[start] >> (64 - bits):
                end += 1
            if end - start <= crowd:
                break
        yield keys[start:end], end - start if end - start > crowd else 0
        start = end


def _votes(
    codes: Words,
    pictures: NDArray[np.int32],
    turns: NDArray[np.uint8],
    zooms: NDArray[np.uint8],
    masks: Words,
    flips: Words,
    limit: int,
    x: int,
    y: int,
) -> list[int]:
    difference = int(codes[x] ^ codes[y])
    if any(not difference & mask for mask in masks.tolist()):
        return []
    made = []
    for way, flip in enumerate(flips.tolist()):
        if (difference ^ flip).bit_count() > limit:
            continue
        turn = (128 - int(turns[x])) if way & 1 else int(turns[x])
        turn = (int(turns[y]) - turn + (128 if way & 2 else 0) + 16) & 255
        zoom = 132 + int(zooms[y]) - int(zooms[x])
        pair = int(pictures[x]) << 40 | int(pictures[y]) << 16
        made.append(pair | way << 14 | (zoom >> 3 & 31) << 8 | turn >> 5)
    return made


_EXACTNESS: Final = 0.004
_RASTER: Final = 48
_MOST_GUESSES: Final = 300


def lies_of(
    codes: Words,
    places: Floats,
    starts: NDArray[np.int64],
    pairs: NDArray[np.int64],
    limit: int,
    maps: NDArray[np.float64],
    agree: NDArray[np.int32],
    /,
) -> None:
    """One pair after the other."""
    for number, (a, b) in enumerate(pairs.tolist()):
        one, other = slice(starts[a], starts[a + 1]), slice(starts[b], starts[b + 1])
        found = _lie(codes[one], places[one], codes[other], places[other], limit)
        agree[number] = found[0]
        if found[1] is not None:
            maps[number] = found[1]


def _lie(
    codes_a: Words, places_a: Floats, codes_b: Words, places_b: Floats, limit: int
) -> tuple[int, list[float] | None]:
    first, second = _matched(codes_a, codes_b, limit)
    p, q = places_a[first].astype(np.float64), places_b[second].astype(np.float64)
    most, best, agrees = 0, None, None
    for guess in range(0, len(p), len(p) // _MOST_GUESSES + 1):
        zoom = q[guess, 2] / p[guess, 2]
        cosine = (p[guess, 3] * q[guess, 3] + p[guess, 4] * q[guess, 4]) * zoom
        sine = (p[guess, 3] * q[guess, 4] - p[guess, 4] * q[guess, 3]) * zoom
        if not 0.03 < zoom < 33:  # noqa: PLR2004  larger changes of size are not looked for
            continue
        x, y = p[guess, :2].tolist()
        map_ = [cosine, -sine, q[guess, 0] - (cosine * x - sine * y)]
        map_ += [sine, cosine, q[guess, 1] - (sine * x + cosine * y)]
        found, those = _agreeing(p, q, map_, 3)
        if found > most:
            most, best, agrees = found, map_, those
    for round_ in range(4 if most >= 3 else 0):  # noqa: PLR2004  fewer say nothing
        fitted = _fitted(p, q, agrees, bent=round_ > 0 and most >= 6)  # noqa: PLR2004
        if fitted is None:
            break
        found, those = _agreeing(p, q, fitted, 2 if round_ < 2 else 1.3)  # noqa: PLR2004
        if found < 3 or found < most * 0.6:  # noqa: PLR2004
            break
        most, best, agrees = found, fitted, those
    return most, best


def _matched(
    codes_a: Words, codes_b: Words, limit: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    if not len(codes_a) or not len(codes_b):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    apart = np.bitwise_count(codes_a[:, None] ^ codes_b)
    theirs, ours = apart.argmin(axis=1), apart.argmin(axis=0)
    near = apart.min(axis=1) <= limit
    pairs = [(i, int(theirs[i])) for i in np.flatnonzero(near).tolist()]
    known = set(pairs)
    close = np.flatnonzero(apart.min(axis=0) <= limit).tolist()
    pairs += [(int(ours[j]), j) for j in close if (int(ours[j]), j) not in known]
    made = np.array(pairs, np.intp).reshape(-1, 2)
    return made[:, 0], made[:, 1]


def _agreeing(
    p: NDArray[np.float64], q: NDArray[np.float64], m: list[float], slack: float
) -> tuple[int, NDArray[np.bool_]]:
    zoom = math.sqrt(abs(m[0] * m[4] - m[1] * m[3]))
    dx = m[0] * p[:, 0] + m[1] * p[:, 1] + m[2] - q[:, 0]
    dy = m[3] * p[:, 0] + m[4] * p[:, 1] + m[5] - q[:, 1]
    reach = slack * np.maximum(_EXACTNESS * max(zoom, 1.0), 0.25 * q[:, 2])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = q[:, 2] / (p[:, 2] * zoom)
    along = (m[0] * p[:, 3] + m[1] * p[:, 4]) * q[:, 3] + (m[3] * p[:, 3] + m[4] * p[:, 4]) * q[
        :, 4
    ]
    agrees = (dx * dx + dy * dy <= reach * reach) & (ratio > 0.6) & (ratio < 1.7)  # noqa: PLR2004
    agrees &= along > 0.85 * zoom
    cells = [
        (np.minimum(np.abs(side[:, :2]) * _RASTER, _RASTER - 1).astype(int) @ [1, _RASTER]).tolist()
        for side in (p, q)
    ]
    used: tuple[set[int], set[int]] = (set(), set())
    found = 0
    for k in np.flatnonzero(agrees).tolist():
        if cells[0][k] in used[0] or cells[1][k] in used[1]:
            continue
        used[0].add(cells[0][k])
        used[1].add(cells[1][k])
        found += 1
    return found, agrees


def _fitted(
    p: NDArray[np.float64], q: NDArray[np.float64], agrees: NDArray[np.bool_] | None, *, bent: bool
) -> list[float] | None:
    rows = [
        (1 / (v[2] + 0.01), *u[:2], *v[:2])
        for u, v in zip(p[agrees].tolist(), q[agrees].tolist(), strict=True)
    ]
    total = sum(row[0] for row in rows)
    px, py, qx, qy = (sum(row[0] * row[at] for row in rows) / total for at in (1, 2, 3, 4))
    away = [(w, x - px, y - py, u - qx, v - qy) for w, x, y, u, v in rows]
    xx, xy, yy = (sum(r[0] * r[i] * r[j] for r in away) for i, j in ((1, 1), (1, 2), (2, 2)))
    ux, uy, vx, vy = (
        sum(r[0] * r[i] * r[j] for r in away) for i, j in ((3, 1), (3, 2), (4, 1), (4, 2))
    )
    area, spread = xx * yy - xy * xy, xx + yy
    if not spread > 1e-12 or (bent and not area > 1e-4 * spread * spread):  # noqa: PLR2004
        return None
    if bent:
        m = [(ux * yy - uy * xy) / area, (uy * xx - ux * xy) / area, 0.0]
        m += [(vx * yy - vy * xy) / area, (vy * xx - vx * xy) / area, 0.0]
    else:
        m = [
            (ux + vy) / spread,
            -(vx - uy) / spread,
            0.0,
            (vx - uy) / spread,
            (ux + vy) / spread,
            0.0,
        ]
    m[2] = qx - m[0] * px - m[1] * py
    m[5] = qy - m[3] * px - m[4] * py
    return m
