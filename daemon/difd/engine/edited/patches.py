"""What changed between two aligned pictures, by patches: in which of the two each has its edges."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.windows import Mask, Plane, grown, shrunk, steepness

_CELL: Final = 4
_PATCH: Final = 2
"""Changed pixels belong together by squares of this edge; fewer squares are nothing."""

_RING: Final = 2
_SIDED: Final = 0.1
"""By how much steeper the rim of a patch is in one picture, of both together, if it is its own."""


Labels = NDArray[np.int64]


class Patches(NamedTuple):
    """The changed pixels by what belongs together; see `Evidence`."""

    over_one: float
    over_other: float
    lean: float
    places: tuple[tuple[float, float, float, float], ...]

    @classmethod
    def of(cls, changed: Mask, expected: Plane, actual: Plane) -> Patches:
        """Look at the rims of all patches.

        Args:
            changed: the pixels.
            expected: the one picture, in the tones of the other.
            actual: the other.
        """
        height, width = changed.shape
        labels, boxes = _together(changed)
        if not len(boxes):
            return cls(0.0, 0.0, 0.0, ())
        rim = grown(changed, _RING) & ~shrunk(changed, _RING)
        # Two patches are never so near that their rims meet: what is near one is its own.
        near = _nearest(labels, _RING)[rim]
        counts = np.bincount(near, minlength=len(boxes) + 1)
        before, after = (
            np.bincount(near, steepness(plane)[rim], len(boxes) + 1)[1:] / counts[1:]
            for plane in (expected, actual)
        )
        sizes = np.bincount(labels[changed], minlength=len(boxes) + 1)[1:]
        leans = (after - before) / (after + before + 1e-6)
        places = boxes / (width, height, width, height)
        weight = sizes / sizes.sum()
        return cls(
            float(weight[leans < -_SIDED].sum()),
            float(weight[leans > _SIDED].sum()),
            float(weight @ leans),
            tuple(map(tuple, places.tolist())),
        )


def _together(changed: Mask) -> tuple[Labels, Labels]:
    """Of every pixel the number of its patch, 0 for none; and left, top, right, bottom of each."""
    height, width = changed.shape
    cells = np.zeros((-(-height // _CELL), -(-width // _CELL)), np.bool_)
    rows, columns = np.nonzero(changed)
    cells[rows // _CELL, columns // _CELL] = True
    numbers = _connected(cells)
    sizes = np.bincount(numbers.ravel())
    # Those that are nothing, and what is none, get the number 0.
    kept = np.flatnonzero(sizes >= _PATCH)
    kept = kept[kept > 0]
    renamed = np.zeros(len(sizes), np.int64)
    renamed[kept] = np.arange(1, len(kept) + 1)
    numbers = renamed[numbers]
    down, across = np.nonzero(numbers)
    of = numbers[down, across]
    low = np.full((len(kept) + 1, 2), max(changed.shape))
    high = np.zeros((len(kept) + 1, 2), np.int64)
    np.minimum.at(low, of, np.stack([across, down], axis=1))
    np.maximum.at(high, of, np.stack([across, down], axis=1) + 1)
    boxes = np.concatenate([low, high], axis=1)[1:] * _CELL
    boxes[:, 2:] = np.minimum(boxes[:, 2:], (width, height))
    labels = np.repeat(np.repeat(numbers, _CELL, 0), _CELL, 1)[:height, :width]
    return labels * changed, boxes


def _connected(cells: Mask) -> Labels:
    """A number from 1 for all that hang together, also at corners; 0 for what is not set.

    Every cell is led to the least of those that it touches, until none has a lesser one.
    """
    numbers = np.arange(1, cells.size + 1).reshape(cells.shape)
    sides = (np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])
    corners = (np.s_[:-1, :-1], np.s_[1:, 1:]), (np.s_[:-1, 1:], np.s_[1:, :-1])
    ends = [
        (numbers[one][cells[one] & cells[other]], numbers[other][cells[one] & cells[other]])
        for one, other in (*sides, *corners)
    ]
    first, second = (np.concatenate(some) for some in zip(*ends, strict=True))
    leads = np.arange(cells.size + 1)
    while True:
        least = np.minimum(leads[first], leads[second])
        if np.array_equal(leads[first], leads[second]):
            break
        for some in (first, second):
            np.minimum.at(leads, leads[some], least)
        while not np.array_equal(leads, leads[leads]):
            leads = leads[leads]
    _, found = np.unique(np.where(cells, leads[numbers], 0), return_inverse=True)
    result: Labels = found.reshape(cells.shape)
    return result if not cells.all() else result + 1


def _nearest(labels: Labels, by: int) -> Labels:
    """Of every pixel the number of the patch that is within so many pixels, across or down."""
    height, width = labels.shape
    result = labels.copy()
    for axis in (0, 1):
        wide = np.pad(result, [(by, by) if axis == side else (0, 0) for side in (0, 1)])
        parts = [
            wide[at : at + height] if axis == 0 else wide[:, at : at + width]
            for at in range(2 * by + 1)
        ]
        result = np.maximum.reduce(parts)
    return result
