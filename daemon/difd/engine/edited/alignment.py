"""Lays one picture onto another as exactly as their pixels tell.

From a rough map, by Gauss and Newton, in a coarse grid first: which small change of the map lets
the pictures agree best, where brightness and contrast do not count and what differs much has
little say (S. Baker and I. Matthews, "Lucas-Kanade 20 Years On", IJCV 56, 2004).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from difd.engine.edited.frames import Matrix, common, corners, mapped, snapped
from difd.engine.edited.windows import Likeness, Mask, Plane, likeness, mean
from difd.engine.native.chosen import loops

Grey = NDArray[np.uint8]

_GRIDS: Final = (64, 128, 256)
"""Longer edges of the grids in which maps are made exact."""

GRID: Final = 384
"""Of the grid in which the pictures are compared."""

_STEPS: Final = 8
_STRAIGHT: Final = 3
"""At most so many steps in a grid; in the first grid, so many without perspective."""

_STILL: Final = 0.03
"""A step by less than this, in pixels of the grid, is the last."""

_LONGEST_STEP: Final = 4.0
WINDOW: Final = 13
_SMOOTH: Final = 3
_LEAST: Final = 16
"""Grids with shorter edges say nothing."""

_OUTLIER: Final = 0.6
"""Differences as large as this, in deviations of a window, have half a say."""

_STEADY: Final = 1e-3
_UPRIGHT: Final = 1e-2
"""What keeps a map as it is where pixels say little; more so what makes it aslant."""

_FADED: Final = 2.0
"""Deviations of windows, in grey levels, below which they have no say."""

_AGAINST: Final = -0.2
"""Correlation below which a picture is taken for inverted."""

_TEXTURE: Final = 16.0
_MARGIN: Final = 0.1


class Aligned(NamedTuple):
    """Two pictures in one grid.

    Attributes:
        one, other: (height, width), grey levels.
        seen: where both are.
        matrix: from the one to the other, in longer edges of each.
        box: left, top, right and bottom of the grid, in longer edges of the one.
        inverted: bright is dark in the other.
    """

    one: Plane
    other: Plane
    seen: Mask
    matrix: Matrix
    box: tuple[float, float, float, float]
    inverted: bool


def aligned(
    one: Grey, other: Grey, start: Matrix, finest: Sequence[int] = (), grid: int = GRID
) -> Aligned | None:
    """Lay a picture onto another one; None if nothing is left to be compared.

    Args:
        one: (height, width).
        other: likewise, of any other size.
        start: a rough map from the one to the other, in longer edges of each.
        finest: longer edges of further grids in which the map is made exact.
        grid: of that in which the pictures are returned.
    """
    shared = common(start, one.shape[::-1], other.shape[::-1])
    if shared is None:
        return None
    low, high = shared.outline.min(axis=0), shared.outline.max(axis=0)
    work = _Work(one, other, (*low.tolist(), *high.tolist()), start)
    for size in (*_GRIDS, *finest):
        if not work.fit(size, straight=_STRAIGHT if size == _GRIDS[0] else 0):
            return None
    return work.result(grid)


def framed(one: Grey, other: Grey, start: Matrix, grid: int = GRID) -> Aligned | None:
    """Lay the frame of a picture onto that of another one; None if it lies otherwise.

    Args:
        one: (height, width).
        other: likewise, of any other size.
        start: a rough map from the one to the other, in longer edges of each.
        grid: longer edge of the grid in which the pictures are returned.
    """
    matrix = snapped(start, one.shape[::-1], other.shape[::-1])
    if matrix is None:
        return None
    right, bottom = corners(one.shape[::-1])[2].tolist()
    return _Work(one, other, (0, 0, right, bottom), matrix).result(grid)


class _Work:
    """The map as it is so far, from a square around the grid, -1 to 1 along its longer edge."""

    def __init__(
        self, one: Grey, other: Grey, box: tuple[float, float, float, float], start: Matrix
    ) -> None:
        self._one, self._other = Image.fromarray(one), Image.fromarray(other)
        self._box = box
        left, top, right, bottom = box
        self._half = max(right - left, bottom - top) / 2
        self._middle = (left + right) / 2, (top + bottom) / 2
        self._from_square = np.array(
            [[self._half, 0, self._middle[0]], [0, self._half, self._middle[1]], [0, 0, 1]]
        )
        self._map = start @ self._from_square
        self._zoom = float(np.sqrt(abs(np.linalg.det(start[:2, :2]))))
        self._sign = 0.0

    def fit(self, grid: int, straight: int) -> bool:
        """Make the map exact in a grid; false if there is too little to see."""
        level = self._level(grid)
        if level is None:
            return False
        for step in range(_STEPS):
            moved = self._step(level, projective=step >= straight)
            if moved is None:
                return False
            if moved < _STILL:
                break
        return True

    def result(self, grid: int) -> Aligned | None:
        """Both pictures in a last grid."""
        level = self._level(grid)
        if level is None:
            return None
        other, seen = self._warped(level)
        if not self._sign:
            self._sign = _sign_of(likeness(level.one, mean(other, _SMOOTH), WINDOW), seen)
        matrix = self._map @ np.linalg.inv(self._from_square)
        return Aligned(
            level.plain, other, seen, matrix / matrix[2, 2], self._box, inverted=self._sign < 0
        )

    def _level(self, grid: int) -> _Level | None:
        """The pictures as they are seen in a grid: as fine as it is, and as the coarser one is."""
        longest, theirs = max(self._one.size), max(self._other.size)
        per_unit = min(grid / (2 * self._half), longest, theirs * self._zoom)
        left, top, right, bottom = self._box
        width, height = round((right - left) * per_unit), round((bottom - top) * per_unit)
        if min(width, height) < _LEAST:
            return None
        inside = (left * longest, top * longest, right * longest, bottom * longest)
        one = _scaled(self._one, (width, height), inside)
        # Of the other one all that the grid may show, as it is stored.
        points = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        there = mapped(self._map, (points - self._middle) / self._half)
        margin = _MARGIN * (there.max(axis=0) - there.min(axis=0))
        edges = np.array(self._other.size) / theirs
        low = np.clip(there.min(axis=0) - margin, 0, edges)
        high = np.clip(there.max(axis=0) + margin, 0, edges)
        size = np.maximum(np.rint((high - low) * (per_unit / self._zoom)), 1).astype(int)
        if min(size) < _LEAST:
            return None
        part = _scaled(
            self._other, (int(size[0]), int(size[1])), tuple((np.r_[low, high] * theirs).tolist())
        )
        to_part = np.diag([*(size / (high - low)), 1.0])
        to_part[:2, 2] = -low * size / (high - low)
        return _Level.of(one, part, to_part, edges)

    def _warped(self, level: _Level) -> tuple[Plane, Mask]:
        """The other one as it lies in the grid, and where it is seen."""
        other = np.empty(level.one.shape, np.float32)
        seen = np.empty(level.one.shape, np.uint8)
        matrix = level.to_part @ self._map @ level.to_square
        loops.warp(level.part, matrix / matrix[2, 2], level.bounds, other, seen)
        return other, seen.view(np.bool_)

    def _step(self, level: _Level, *, projective: bool) -> float | None:
        """Change the map once; by how many pixels, None if nothing is seen."""
        other, seen = self._warped(level)
        if np.count_nonzero(seen) < _LEAST * _LEAST:
            return None
        smooth = mean(other, _SMOOTH)
        alike = likeness(level.one, smooth, WINDOW)
        if not self._sign:
            self._sign = _sign_of(alike, seen)
        ours = (level.one - alike.means[0]) / (alike.deviations[0] + _FADED)
        theirs = (smooth - alike.means[1]) / (alike.deviations[1] + _FADED)
        theirs *= np.float32(self._sign)
        rest = ours - theirs
        say: Plane = np.reciprocal(1 + np.square(rest / np.float32(_OUTLIER)))
        say[~seen | (alike.deviations[0] <= _FADED)] = 0
        equations = np.zeros((8, 9))
        loops.add_slopes(theirs, rest, say, level.unit, equations)
        change = _solved(equations, 8 if projective else 6)
        change = np.clip(change, -_LONGEST_STEP, _LONGEST_STEP) / level.unit[0]
        self._map = self._map @ _small_map(change)
        return float(np.abs(change).max() * level.unit[0])


class _Level(NamedTuple):
    """The pictures for one grid.

    Attributes:
        plain: the one in the grid.
        one: the same, smoothed.
        part: of the other one, as it is stored.
        to_part: from longer edges of the other one to pixels of `part`.
        bounds: left, top, right and bottom of the other one in them.
        to_square: from pixels of the grid to the square.
        unit: half the edge of the square in pixels of the grid, and column and row of its middle.
    """

    plain: Plane
    one: Plane
    part: Plane
    to_part: Matrix
    bounds: NDArray[np.float64]
    to_square: Matrix
    unit: NDArray[np.float64]

    @classmethod
    def of(cls, one: Plane, part: Plane, to_part: Matrix, edges: NDArray[np.float64]) -> _Level:
        """With where its pixels are; `edges` are those of the other one, in longer edges."""
        height, width = one.shape
        unit = np.array([max(one.shape) / 2, width / 2, height / 2])
        to_square = np.diag([1 / unit[0], 1 / unit[0], 1.0])
        to_square[:2, 2] = -unit[1:] / unit[0]
        bounds = mapped(to_part, np.array([[0, 0], edges])).ravel().astype(np.float64)
        return cls(one, mean(one, _SMOOTH), part, to_part, bounds, to_square, unit)


def _sign_of(alike: Likeness, seen: Mask) -> float:
    """-1 if bright is dark in the other one, else 1."""
    some = alike.correlation[seen & (alike.texture > _TEXTURE)]
    return -1.0 if some.size and float(np.median(some)) < _AGAINST else 1.0


def _scaled(image: Image.Image, size: tuple[int, int], box: tuple[float, ...]) -> Plane:
    """A part of a picture in another size."""
    left, top, right, bottom = box
    inside = (left, top, min(right, image.width), min(bottom, image.height))
    made = image.resize(size, Image.Resampling.BILINEAR, inside, reducing_gap=2.0)
    return np.asarray(made, np.float32)


def _solved(equations: NDArray[np.float64], numbers: int) -> Matrix:
    """The change that the first numbers of a map need."""
    upper = np.triu(equations[:numbers, :numbers])
    products = upper + np.triu(upper, 1).T
    steady = np.full(numbers, _STEADY)
    steady[6:] = _UPRIGHT
    products = products + np.diag(steady * (np.trace(products) / numbers + 1))
    solved: Matrix = np.linalg.solve(products, equations[:numbers, 8])
    return solved


def _small_map(change: Matrix) -> Matrix:
    made = np.eye(3)
    made[:2] += change[:6].reshape(2, 3)
    if len(change) > 6:  # noqa: PLR2004  those without perspective
        made[2, :2] = change[6:]
    return made
