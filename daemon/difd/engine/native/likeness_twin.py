"""Which pictures share features, and how they lie in each other, in numpy; see `twin`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Words = NDArray[np.uint64]


def enter_codes(
    codes: Words,
    numbers: NDArray[np.int64],
    flips: Words,
    bits: NDArray[np.int64],
    wanted: NDArray[np.uint8],
    out: Words,
    /,
) -> int:
    """Flip by flip, and bit by bit."""
    length = len(bits)
    made = np.empty((len(numbers), len(flips)), np.uint64)
    kept = np.empty(made.shape, np.bool_)
    for kind, flip in enumerate(flips.tolist()):
        flipped = codes[numbers] ^ np.uint64(flip)
        keys = np.zeros(len(numbers), np.uint64)
        for bit in bits.tolist():
            keys = keys << np.uint64(1) | flipped >> np.uint64(bit) & np.uint64(1)
        beginning = len(wanted).bit_length() - 1
        kept[:, kind] = wanted[keys >> np.uint64(length - beginning)] != 0
        entry = keys << np.uint64(64 - length) | numbers.astype(np.uint64) << np.uint64(2)
        made[:, kind] = entry | np.uint64(kind)
    entered = made[kept]
    out[: len(entered)] = entered
    return len(entered)


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
) -> int:
    """Group by group, as the compiled one does."""
    index = _Index(codes, pictures, turns, zooms, masks, flips, limit)
    numbers = (1 << (64 - length)) - 1
    count = 0
    for group in _groups(entries.tolist(), length, least, crowd):
        for one, key in enumerate(group):
            for other in group[one + 1 : one + crowd + 1]:
                first, second = sorted(
                    (divmod(entry & numbers, _FLIPS) for entry in (key, other)),
                    key=lambda entry: pictures[entry[0]],
                )
                if pictures[first[0]] == pictures[second[0]] or first[1]:
                    continue
                made = _vote(index, first[0], *second)
                if made is None:
                    continue
                votes[count : count + 1] = made
                count += 1
    return count


def _groups(keys: list[int], length: int, least: int, crowd: int) -> Iterator[list[int]]:
    """Entries that share as few leading bits as make them no crowd, if any do."""
    start = 0
    while start < len(keys):
        for bits in range(least, length + 1):
            end = start + 1
            while end < len(keys) and keys[end] >> (64 - bits) == keys[start] >> (64 - bits):
                end += 1
            if end - start <= crowd:
                break
        yield keys[start:end]
        start = end


class _Index(NamedTuple):
    """What `cast_votes` is asked about; see there."""

    codes: Words
    pictures: NDArray[np.int32]
    turns: NDArray[np.uint8]
    zooms: NDArray[np.uint8]
    masks: Words
    flips: Words
    limit: int


def _vote(index: _Index, x: int, y: int, way: int) -> int | None:
    """For two codes that look alike in some way; none if an earlier table had them together."""
    if way >= len(index.flips):
        return None
    difference = int(index.codes[x] ^ index.codes[y] ^ index.flips[way])
    if difference.bit_count() > index.limit:
        return None
    if any(not difference & mask for mask in index.masks.tolist()):
        return None
    turn_x, turn_y = int(index.turns[x]), int(index.turns[y])
    zoom = 132 + int(index.zooms[y]) - int(index.zooms[x])
    turn = turn_y - (128 - turn_x if way & 1 else turn_x) + (128 if way & 2 else 0) + 16
    pair = int(index.pictures[x]) << 40 | int(index.pictures[y]) << 16
    return pair | way << 14 | (zoom >> 3 & 31) << 8 | (turn & 255) >> 5


def count_repeats(codes: Words, limit: int, counts: NDArray[np.int32], /) -> None:
    """All with all."""
    for number, code in enumerate(codes.tolist()):
        counts[number] = sum((code ^ other).bit_count() <= limit for other in codes.tolist()) - 1


_FLIPS: Final = 4
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
    if len(first) < 3:  # noqa: PLR2004  fewer say nothing
        return 0, None
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
