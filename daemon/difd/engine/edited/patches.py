"""What changed between two aligned pictures, by patches: in which of the two each has its edges."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from difd.engine.edited.windows import Mask, Plane, grown, shrunk, steepness

_CELL: Final = 4
_PATCH: Final = 2
"""Changed pixels belong together by squares of this edge; fewer squares are nothing."""

_RING: Final = 2
_SIDED: Final = 0.1
"""By how much steeper the rim of a patch is in one picture, of both together, if it is its own."""


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
