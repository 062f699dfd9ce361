"""Where one of two aligned pictures is not the other one in other tones."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.windows import Mask, Plane, grown, mean, shrunk

_CHANGED: Final = 10.0
_USUAL: Final = 4.0
"""Grey levels by which changed pixels differ: so many, and so many times what is usual."""

_LEVELS: Final = 256
_TONE: Final = 9
_KNOWN: Final = 5.0
"""How tones become others is averaged over so many of them, each with so many pixels."""

_SMOOTH: Final = 3
_LEAST: Final = 225
"""Pixels, of which tones are known at least."""


class Changes(NamedTuple):
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


def changes_of(one: Plane, other: Plane, seen: Mask, differ: Mask) -> Changes | None:
    """What changed from one to the other; None if too little is seen.

    Tones that became one (bright ones that became white) cannot be told apart any more: so the one
    is compared in the tones of the other, and the other in those of the one, and what explains
    more counts.

    Args:
        one: (height, width), grey levels.
        other: likewise, in the same grid.
        seen: where both are.
        differ: windows that do not agree; they say nothing of tones.
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
        found.append(Changes(*views, grown(shrunk(changed, 1), 1), noise))
    forward, back = found
    if np.count_nonzero(back.changed) < np.count_nonzero(forward.changed):
        return Changes(back.other, back.one, back.changed, back.noise)
    return forward


def _tones(one: Plane, other: Plane, seen: Mask) -> Plane | None:
    """What each grey level of the one has become in the other; None if too little is seen."""
    level = _whole(one)[seen]
    if level.size < _LEAST:
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


def _whole(plane: Plane) -> NDArray[np.uint8]:
    rounded: NDArray[np.uint8] = np.rint(plane).clip(0, _LEVELS - 1).astype(np.uint8)
    return rounded
