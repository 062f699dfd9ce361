"""Whether a picture ends where another one lies in it: at a border, a screen's or a collage's edge.

Where the scene goes on, the other one is a crop of it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.alignment import Grey
from difd.engine.edited.frames import Matrix, Points, corners, mapped
from difd.engine.edited.windows import mean

_SAMPLES: Final = 96
_ENDS: Final = 0.04
"""Places of each edge that are looked at, and what of it is left out at its ends."""

_NEAR: Final = 1.5
_FAR: Final = 4.0
"""How far before and behind the edge is looked, in pixels."""

_SMOOTH: Final = 3
_NOISE: Final = 1.0
_LEAST: Final = 24
"""What keeps flat pictures quiet, in grey levels; and places of an edge that say something."""

_AHEAD: Final = (_FAR, _NEAR, -_NEAR, -_FAR)


def rim_of(outer: Grey, matrix: Matrix, size: tuple[int, int]) -> float | None:
    """How much more changes across the frame of a picture than beside it; 1 where a scene goes on.

    Args:
        outer: (height, width), what it lies in.
        matrix: from the picture to that, in longer edges of each.
        size: width and height of the picture.

    Returns:
        The median of the edges that do not lie on the border; None if none does.
    """
    height, width = outer.shape
    plane = mean(outer.astype(np.float32), _SMOOTH)
    frame = mapped(matrix, corners(size)) * max(outer.shape)
    middle = frame.mean(axis=0)
    found = []
    for start, end in zip(frame, np.roll(frame, -1, axis=0), strict=True):
        along = np.linspace(_ENDS, 1 - _ENDS, _SAMPLES)[:, None]
        line: Points = start + (end - start) * along
        out = np.array([end[1] - start[1], start[0] - end[0]])
        out = out / max(1e-9, float(np.hypot(*out)))
        if np.dot(out, line.mean(axis=0) - middle) < 0:
            out = -out
        # The centre of the first pixel is half a pixel from the border.
        places = [np.floor(line + out * far).astype(int) for far in _AHEAD]
        inside = np.logical_and.reduce(
            [((at >= 0) & (at < (width, height))).all(axis=1) for at in places]
        )
        if np.count_nonzero(inside) >= _LEAST:
            found.append(_step([plane[at[inside, 1], at[inside, 0]] for at in places]))
    return float(np.median(found)) if found else None


def _step(values: list[NDArray[np.float32]]) -> float:
    farthest, outside, within, inner = values
    beside = np.abs(farthest - outside).mean() + np.abs(within - inner).mean()
    return float(np.abs(outside - within).mean() / (beside / 2 + _NOISE))
