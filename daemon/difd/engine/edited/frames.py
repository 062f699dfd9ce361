"""Frames of two pictures under a map: what they have in common, and how much of each that is."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.floating[Any]]
"""(n, 2): columns and rows, in longer edges of a picture."""

Matrix = NDArray[np.floating[Any]]
"""(3, 3): a projective map of points."""

_FLAT: Final = 1e-9
_NEAR: Final = 0.2
"""Least depth of a corner, where that of the upper left one is 1: nothing is seen that aslant."""

_NEARLY: Final = 0.08
"""Longer edges by which corners may be off for one frame to be taken for the other."""


class Common(NamedTuple):
    """What two frames have in common.

    Attributes:
        outline: its corners, in longer edges of the one.
        share: of the one.
        of_other: share of the other.
    """

    outline: Points
    share: float
    of_other: float


def corners(size: tuple[int, int]) -> Points:
    """Those of a frame, from the upper left round to the lower left.

    Args:
        size: width and height in pixels.
    """
    width, height = (edge / max(size) for edge in size)
    return np.array([[0, 0], [width, 0], [width, height], [0, height]])


def mapped(matrix: Matrix, points: Points) -> Points:
    """Where points come to lie."""
    made = points @ matrix[:, :2].T + matrix[:, 2]
    result: Points = made[:, :2] / made[:, 2:]
    return result


def common(matrix: Matrix, size: tuple[int, int], other: tuple[int, int]) -> Common | None:
    """What the frames of two pictures have in common; None if that is nothing, or has no end.

    Args:
        matrix: from the one to the other.
        size: width and height of the one.
        other: of the other.
    """
    if abs(np.linalg.det(matrix)) < _FLAT:
        return None
    own, theirs = corners(size), corners(other)
    back: Matrix = np.linalg.inv(matrix)
    if not (_has_depth(matrix, own) and _has_depth(back / back[2, 2], theirs)):
        return None
    outline = _cut(own, _turned(mapped(back, theirs)))
    if len(outline) < 3:  # noqa: PLR2004  corners of an area
        return None
    area = _area(outline)
    there = _area(mapped(matrix, outline))
    return Common(outline, area / _area(own), there / _area(theirs))


def snapped(matrix: Matrix, size: tuple[int, int], other: tuple[int, int]) -> Matrix | None:
    """The map that lays one frame onto the other as a whole; None if it does not nearly do so.

    Most edits leave the frame as it is. Then this is the map, whatever there is to see.

    Args:
        matrix: a rough map from the one to the other.
        size: width and height of the one.
        other: of the other.
    """
    there, theirs = mapped(matrix, corners(size)), corners(other)
    away = np.linalg.norm(there[:, np.newaxis] - theirs, axis=2)
    nearest = away.argmin(axis=1)
    if len(set(nearest.tolist())) < len(theirs) or float(away.min(axis=1).max()) > _NEARLY:
        return None
    start, *_, down = theirs[nearest]
    right = theirs[nearest[1]]
    width, height = corners(size)[2]
    made = np.eye(3)
    made[:2] = np.column_stack([(right - start) / width, (down - start) / height, start])
    return made


def _has_depth(matrix: Matrix, points: Points) -> bool:
    """Whether points lie before the eye: what is behind it would come to lie on the other side."""
    return bool((points @ matrix[2, :2] + matrix[2, 2] > _NEAR).all())


def _turned(points: Points) -> Points:
    """The same outline, so that its inside is on the right of each edge as rows go down."""
    return points if _signed(points) > 0 else points[::-1]


def _cut(outline: Points, window: Points) -> Points:
    """The part of a convex outline that lies in a convex window (Sutherland and Hodgman, 1974)."""
    for start, end in zip(window, np.roll(window, -1, axis=0), strict=True):
        if len(outline) == 0:
            break
        edge = end - start
        away = outline - start
        sides = edge[0] * away[:, 1] - edge[1] * away[:, 0]
        kept = []
        for place in range(len(outline)):
            one, side = outline[place - 1], sides[place - 1]
            two, next_side = outline[place], sides[place]
            if (side >= 0) != (next_side >= 0):
                kept.append(one + (two - one) * (side / (side - next_side)))
            if next_side >= 0:
                kept.append(two)
        outline = np.array(kept).reshape(-1, 2)
    return outline


def _signed(outline: Points) -> float:
    x, y = outline[:, 0], outline[:, 1]
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def _area(outline: Points) -> float:
    return abs(_signed(outline))
