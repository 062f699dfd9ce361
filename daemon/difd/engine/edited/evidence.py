"""What two aligned pictures tell about each other: where they agree, what lies over one of them.

Windows in which both show the same, but for brightness and contrast, agree. Where they do not, the
pixels that changed are looked at: a caption, a sticker or a watermark has edges of its own in one
of the two, in all of its parts in the same one. What moved between two photos has some in both.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.alignment import WINDOW, Aligned
from difd.engine.edited.windows import (
    Likeness,
    Mask,
    Plane,
    grown,
    likeness,
    mean,
    shrunk,
    spread,
    steepness,
)

_EDGE: Final = WINDOW + 2
_SMOOTH: Final = 3

_WHOLE: Final = 0.97
"""Of a window, that lies in both pictures."""

_TEXTURED: Final = 25.0
_STRONG: Final = 150.0
"""Variances of windows that say something, and of those that noise hardly changes."""

_ALIKE: Final = 0.7
_UNLIKE: Final = 0.5
"""Correlations from which windows agree, and up to which they do not."""

_SPACING: Final = (WINDOW // 2 + 1) ** 2
"""Pixels for which one window counts: they overlap."""

_CHANGED: Final = 10.0
_USUAL: Final = 4.0
"""Grey levels by which changed pixels differ: so many, and so many times what is usual."""

_FOREIGN: Final = 0.15
_DEEPEST: Final = 0.3
_NARROWEST: Final = 0.05
"""Strips are those in which no more windows agree, as a share of those that agree or differ; so
much of the grid at most, and at least."""

_LEVELS: Final = 256
_TONE: Final = 9
_KNOWN: Final = 5.0
"""How tones become others is averaged over so many of them, each with so many pixels."""

_FLAT: Final = 6.0
"""Spread over nine pixels of what is of one colour."""

_CELL: Final = 4
_PATCH: Final = 2
"""Changed pixels belong together by squares of this edge; fewer squares are nothing."""

_THIN: Final = 2
"""Half of the width of a line, in pixels."""

_REGION: Final = 25
_APART: Final = 12
_STILL: Final = 0.9
_STEADY: Final = 0.02
"""Regions of which it is asked how far off they are: their edge, how far apart they are, which
share of them is nearer than what is told, and what keeps a region without texture where it is."""

_RING: Final = 2
_SIDED: Final = 0.1
"""By how much steeper the rim of a patch is in one picture, of both together, if it is its own."""

_SHARPER: Final = 1.6
_BLURS: Final = 10
_ROUND: Final = 9


class Evidence(msgspec.Struct, frozen=True):
    """What two aligned pictures tell. Shares are 0 to 1.

    Attributes:
        windows: how many have texture, about.
        textured: share of all windows.
        agreeing: share of the textured ones that agree.
        covered: share of all windows that have texture and agree.
        closeness: median correlation of agreeing windows, those of strong texture if there are.
        blurred: how often the sharper one had to be smoothed to be as blurred as the other.
        softer: 1 if that other one is the second picture, -1 if it is the first, 0 if neither.
        changed: share of pixels that are not what their tone has become elsewhere.
        noise: median difference of all other pixels, in grey levels.
        over_one, over_other: share of the changed pixels that lie in patches with edges of their
            own in the one, or in the other picture.
        lean: how much steeper the rims are in the other one, -1 to 1.
        flat_one, flat_other: share of the changed pixels that are of one colour there.
        thin: share of the changed pixels that are in lines, not in areas.
        drift: how far off places are that agree, in pixels of the grid: nine of ten are nearer.
        places: boxes around the patches, left, top, right and bottom, as shares of the grid.
        strips: how much of the grid at its left, top, right and bottom shows nothing alike, as
            where a part of one was pasted into the other. All of the above is of the rest.
        grid: left, top, right and bottom of the grid, in longer edges of the one picture.
        brighter: by how many grey levels the other one is, on average.
        contrast: of the other one, as a multiple.
    """

    windows: float
    textured: float
    agreeing: float
    covered: float
    closeness: float
    blurred: int
    softer: int
    changed: float
    noise: float
    over_one: float
    over_other: float
    lean: float
    flat_one: float
    flat_other: float
    thin: float
    drift: float
    places: tuple[tuple[float, float, float, float], ...]
    strips: tuple[float, float, float, float]
    grid: tuple[float, float, float, float]
    brighter: float
    contrast: float


def evidence_of(pictures: Aligned, *, pasted: bool = False) -> Evidence | None:
    """Compare two pictures in their grid; None if there is nothing to be compared.

    Args:
        pictures: aligned.
        pasted: a part of one may have been pasted into the other: strips along the border of the
            grid, in which nothing agrees, are left out.
    """
    seen = pictures.seen
    if np.count_nonzero(seen) < _EDGE * _EDGE:
        return None
    other = 255 - pictures.other if pictures.inverted else pictures.other
    one, other, blurred, softer = _equally_sharp(pictures.one, other, seen)
    alike = likeness(mean(one, _SMOOTH), mean(other, _SMOOTH), _EDGE)
    inside = seen & (mean(seen, _EDGE) > _WHOLE)
    textured = inside & (alike.texture > _TEXTURED)
    agree = textured & (alike.correlation > _ALIKE)
    differ = textured & (alike.correlation < _UNLIKE)
    strips = _strips(agree, differ) if pasted else (0.0, 0.0, 0.0, 0.0)
    if any(strips):
        kept = _within(strips, seen.shape)
        seen, inside, textured, agree, differ = (
            mask & kept for mask in (seen, inside, textured, agree, differ)
        )
    changes = _changes(one, other, seen, differ)
    if changes is None:
        return None
    expected, actual, changed = changes.one, changes.other, changes.changed
    patches = _Patches.of(changed, expected, actual)
    before, after = (np.quantile(plane[seen], (0.1, 0.9)) for plane in (one, other))
    return Evidence(
        windows=np.count_nonzero(textured) / _SPACING,
        textured=_share(textured, inside),
        agreeing=_share(agree, textured),
        covered=_share(agree, inside),
        closeness=_closeness(alike, agree),
        blurred=blurred,
        softer=softer,
        changed=_share(changed, seen),
        noise=changes.noise,
        over_one=patches.over_one,
        over_other=patches.over_other,
        lean=patches.lean,
        flat_one=_share(changed & (spread(expected) < _FLAT), changed),
        flat_other=_share(changed & (spread(actual) < _FLAT), changed),
        thin=_share(changed & ~grown(shrunk(changed, _THIN), _THIN), changed),
        drift=_drift(one, other, agree),
        places=patches.places,
        strips=strips,
        grid=pictures.box,
        brighter=float(np.mean(after - before)),
        contrast=float((after[1] - after[0] + 1) / (before[1] - before[0] + 1)),
    )


def _strips(agree: Mask, differ: Mask) -> tuple[float, float, float, float]:
    """How wide the borders are in which hardly anything agrees: left, top, right, bottom."""
    found = []
    for axis in (0, 1):
        same, other = (np.count_nonzero(mask, axis=axis) for mask in (agree, differ))
        for turn in (1, -1):
            alike, unlike = np.cumsum(same[::turn]), np.cumsum(other[::turn])
            foreign = (alike < _FOREIGN * (alike + unlike)) & (unlike > 0)
            deep = np.flatnonzero(foreign[: int(_DEEPEST * len(same))])
            width = (int(deep[-1]) + 1) / len(same) if len(deep) else 0.0
            found.append(width if width >= _NARROWEST else 0.0)
    return found[0], found[2], found[1], found[3]


def _within(strips: tuple[float, float, float, float], shape: tuple[int, ...]) -> Mask:
    """All but the strips."""
    height, width = shape
    left, top, right, bottom = strips
    kept = np.zeros(shape, np.bool_)
    kept[
        int(top * height) : height - int(bottom * height),
        int(left * width) : width - int(right * width),
    ] = True
    return kept


def _share(part: Mask, whole: Mask) -> float:
    return np.count_nonzero(part) / max(1, int(np.count_nonzero(whole)))


def _whole(plane: Plane) -> NDArray[np.uint8]:
    rounded: NDArray[np.uint8] = np.rint(plane).clip(0, _LEVELS - 1).astype(np.uint8)
    return rounded


def _closeness(alike: Likeness, agree: Mask) -> float:
    strong = agree & (alike.texture > _STRONG)
    some = strong if np.count_nonzero(strong) > _ROUND * _SPACING else agree
    return float(np.median(alike.correlation[some])) if some.any() else 0.0


def _equally_sharp(one: Plane, other: Plane, seen: Mask) -> tuple[Plane, Plane, int, int]:
    """Both pictures as blurred as the more blurred one; how often smoothed, and which that is."""

    def sharpness(plane: Plane) -> float:
        fine = np.square(plane - mean(plane, _SMOOTH))
        scale = float(plane[seen].std()) + 1
        return (float(np.quantile(mean(fine, _ROUND)[seen], 0.75)) + 0.3) / scale**2

    ours, theirs = sharpness(one), sharpness(other)
    softer = 1 if ours > theirs else -1
    plane, now, goal = (one, ours, theirs) if softer == 1 else (other, theirs, ours)
    times = 0
    while now > _SHARPER * goal and times < _BLURS:
        plane = mean(plane, _SMOOTH)
        now = sharpness(plane)
        times += 1
    if softer == 1:
        return plane, other, times, softer if times else 0
    return one, plane, times, softer if times else 0


class _Changes(NamedTuple):
    """Two pictures in the tones of one of them, and where they are not the same.

    Attributes:
        one, other: grey levels, smoothed.
        changed: where they differ by more than is usual.
        noise: what is usual.
    """

    one: Plane
    other: Plane
    changed: Mask
    noise: float


def _changes(one: Plane, other: Plane, seen: Mask, differ: Mask) -> _Changes | None:
    """What changed from one to the other; None if too little is seen.

    Tones that became one (bright ones that became white) cannot be told apart any more: so the one
    is compared in the tones of the other, and the other in those of the one, and what explains
    more counts.
    """
    known = seen & ~grown(differ, 3)
    found = []
    for plane, goal in ((one, other), (other, one)):
        tones = _tones(plane, goal, known)
        if tones is None:
            return None
        views = mean(tones[_whole(plane)], _SMOOTH), mean(goal, _SMOOTH)
        rest = np.abs(views[1] - views[0])
        usual = rest[seen & ~differ]
        noise = float(np.median(usual)) if usual.size else 0.0
        changed = seen & (rest > max(_CHANGED, _USUAL * noise))
        found.append(_Changes(*views, grown(shrunk(changed, 1), 1), noise))
    forward, back = found
    if np.count_nonzero(back.changed) < np.count_nonzero(forward.changed):
        return _Changes(back.other, back.one, back.changed, back.noise)
    return forward


def _tones(one: Plane, other: Plane, seen: Mask) -> Plane | None:
    """What each grey level of the one has become in the other; None if too little is seen."""
    level = _whole(one)[seen]
    if level.size < _EDGE * _EDGE:
        return None
    kernel = np.hanning(2 * _TONE + 1)
    counts = np.convolve(np.bincount(level, minlength=_LEVELS), kernel, "same")
    sums = np.convolve(np.bincount(level, other[seen], _LEVELS), kernel, "same")
    known = np.flatnonzero(counts > _KNOWN)
    if len(known) == 0:
        return None
    made = np.interp(np.arange(_LEVELS), known, sums[known] / counts[known])
    result: Plane = made.astype(np.float32)
    return result


def _drift(one: Plane, other: Plane, agree: Mask) -> float:
    """How far off the places are that agree; see `Evidence`."""
    smooth = mean(one, _SMOOTH), mean(other, _SMOOTH)
    alike = likeness(*smooth, WINDOW)
    ours, theirs = (
        (plane - of) / (by + 2)
        for plane, of, by in zip(smooth, alike.means, alike.deviations, strict=True)
    )
    down, across = np.gradient(theirs)
    rest = ours - theirs
    at = np.s_[_REGION // 2 :: _APART, _REGION // 2 :: _APART]
    xx, xy, yy, x, y, weight = (
        mean(plane * agree, _REGION)[at]
        for plane in (
            *(across * across, across * down, down * down, across * rest, down * rest),
            np.ones_like(rest),
        )
    )
    told = weight > 0.5  # noqa: PLR2004  most of the region agrees
    if not told.any():
        return 0.0
    xx, yy = xx + _STEADY, yy + _STEADY
    area = xx * yy - xy * xy
    off = np.hypot((yy * x - xy * y) / area, (xx * y - xy * x) / area)
    return float(np.quantile(off[told], _STILL))


class _Patches(NamedTuple):
    """The changed pixels by what belongs together; see `Evidence`."""

    over_one: float
    over_other: float
    lean: float
    places: tuple[tuple[float, float, float, float], ...]

    @classmethod
    def of(cls, changed: Mask, expected: Plane, actual: Plane) -> _Patches:
        """Look at the rims of all patches.

        Args:
            changed: the pixels.
            expected: the one picture, in the tones of the other.
            actual: the other.
        """
        steep = steepness(expected), steepness(actual)
        height, width = changed.shape
        sizes, leans, places = [], [], []
        for rows, columns, mask in _together(changed):
            around = np.s_[
                max(0, rows.start - _RING) : rows.stop + _RING,
                max(0, columns.start - _RING) : columns.stop + _RING,
            ]
            patch = np.zeros(changed.shape, np.bool_)
            patch[rows, columns] = mask
            patch = patch[around]
            rim = grown(patch, _RING) & ~shrunk(patch, _RING)
            before, after = (float(plane[around][rim].mean()) for plane in steep)
            sizes.append(np.count_nonzero(mask))
            leans.append((after - before) / (after + before + 1e-6))
            places.append(
                (
                    columns.start / width,
                    rows.start / height,
                    columns.stop / width,
                    rows.stop / height,
                )
            )
        if not sizes:
            return cls(0.0, 0.0, 0.0, ())
        weight, lean = np.array(sizes, np.float64), np.array(leans)
        weight /= weight.sum()
        return cls(
            float(weight[lean < -_SIDED].sum()),
            float(weight[lean > _SIDED].sum()),
            float(weight @ lean),
            tuple(places),
        )


def _together(changed: Mask) -> list[tuple[slice, slice, Mask]]:
    """The patches: rows, columns, and which pixels of these."""
    height, width = changed.shape
    cells = np.zeros((-(-height // _CELL), -(-width // _CELL)), np.int32)
    rows, columns = np.nonzero(changed)
    cells[rows // _CELL, columns // _CELL] = -1
    number = 0
    found = []
    for start in map(tuple, np.argwhere(cells).tolist()):
        if cells[start] != -1:
            continue
        number += 1
        cells[start] = number
        open_cells = [start]
        members = []
        while open_cells:
            row, column = open_cells.pop()
            members.append((row, column))
            for y in range(max(0, row - 1), min(cells.shape[0], row + 2)):
                for x in range(max(0, column - 1), min(cells.shape[1], column + 2)):
                    if cells[y, x] == -1:
                        cells[y, x] = number
                        open_cells.append((y, x))
        if len(members) >= _PATCH:
            low, high = np.min(members, axis=0) * _CELL, (np.max(members, axis=0) + 1) * _CELL
            found.append(
                (number, slice(low[0], min(high[0], height)), slice(low[1], min(high[1], width)))
            )
    labels = np.repeat(np.repeat(cells, _CELL, 0), _CELL, 1)[:height, :width]
    return [
        (down, across, changed[down, across] & (labels[down, across] == number))
        for number, down, across in found
    ]
