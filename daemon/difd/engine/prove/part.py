"""Compares an edited copy in full size with the part of its origin that it shows.

Only what was cut out, or cut out and made smaller, passes: whatever else was done to a copy, it
shows something that its origin does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from difd.engine.edited.alignment import aligned
from difd.engine.edited.frames import Matrix, corners
from difd.engine.formats import Refused, count_frames
from difd.engine.orientation import IDENTITY, turn_image
from difd.engine.prove.blocks import Difference, differ
from difd.engine.prove.canvas import Canvas, Planes, Size, canvas_of, check_shades
from difd.engine.read import metadata
from difd.engine.read.decode import load_frame

Corners = tuple[tuple[float, float], ...]
"""Where the corners of the copy lie in the origin, see `results.Lie`."""

_FINEST: Final = (512, 1024)
_GREY: Final = 1600
"""Grids in which the two are laid onto each other, and the longest edge that these need."""

_WHOLE: Final = 0.25
_EVEN: Final = 0.002
"""What is off from whole pixels by less, and from the same size by so much, was cut out."""

_KERNELS: Final = (Image.Resampling.LANCZOS, Image.Resampling.BOX)


def differ_in_part(removal: Image.Image, keeper: Image.Image, lie: Corners) -> Difference:
    """The largest difference of a copy and the part of its origin that it shows.

    Args:
        removal: the copy, as opened.
        keeper: the origin, likewise.
        lie: where the copy lies.

    Raises:
        Refused: they cannot be compared so.
    """
    copy, origin = _upright(removal), _upright(keeper)
    found = [differ(*planes) for planes in laid(copy, origin, exact_map(copy, origin, lie))]
    return min(found, key=lambda one: one.measure)


def laid(copy: Image.Image, origin: Image.Image, matrix: Matrix) -> Iterator[tuple[Planes, Planes]]:
    """The planes of a copy, and those of the part of its origin that it shows, by every filter.

    Args:
        copy: upright, in RGB.
        origin: likewise.
        matrix: from pixels of the copy to those of its origin.
    """
    size = Size(*copy.size)
    own = Canvas(copy, IDENTITY).planes(size, _KERNELS[0], 0)
    for part in _parts(origin, matrix, size):
        yield own, Canvas(part, IDENTITY).planes(size, _KERNELS[0], 0)


def _upright(picture: Image.Image) -> Image.Image:
    if count_frames(picture) > 1:
        raise Refused("one of the two moves")
    load_frame(picture, 0)
    check_shades(picture)
    canvas = canvas_of(picture, metadata.turn_for(metadata.orientation_left(picture)))
    if canvas.transparent:
        raise Refused("one of the two is transparent")
    turned = turn_image(np.asarray(canvas.colours), canvas.turn)
    return Image.fromarray(np.ascontiguousarray(turned))


def exact_map(copy: Image.Image, origin: Image.Image, lie: Corners) -> Matrix:
    """From pixels of the copy to those of its origin, both upright.

    Raises:
        Refused: they do not fit onto each other.
    """
    longest = np.array([max(copy.size), max(origin.size)], np.float64)
    there = np.array(lie) * np.array(origin.size) / longest[1]
    start = _through(corners(copy.size), there)
    found = aligned(_grey(copy), _grey(origin), start, _FINEST, _FINEST[-1])
    if found is None:
        raise Refused("they do not fit onto each other")
    scale = np.diag([longest[1], longest[1], 1.0])
    matrix = scale @ found.matrix @ np.diag([1 / longest[0], 1 / longest[0], 1.0])
    exact: Matrix = matrix / matrix[2, 2]
    return exact


def _through(here: NDArray[np.floating], there: NDArray[np.floating]) -> Matrix:
    """The projective map of four points to four others."""
    rows, values = [], []
    for (x, y), (u, v) in zip(here.tolist(), there.tolist(), strict=True):
        rows += [(x, y, 1, 0, 0, 0, -u * x, -u * y), (0, 0, 0, x, y, 1, -v * x, -v * y)]
        values += [u, v]
    try:
        numbers = np.linalg.solve(np.array(rows, np.float64), np.array(values, np.float64))
    except np.linalg.LinAlgError:
        raise Refused("they do not fit onto each other") from None
    made: Matrix = np.append(numbers, 1.0).reshape(3, 3)
    return made


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    zoom = min(1.0, _GREY / max(picture.size))
    size = (max(1, round(picture.width * zoom)), max(1, round(picture.height * zoom)))
    return np.asarray(picture.convert("L").resize(size, Image.Resampling.BILINEAR, reducing_gap=2))


def _parts(origin: Image.Image, matrix: Matrix, size: Size) -> list[Image.Image]:
    """What the copy would be, cut out of its origin, by every filter."""
    shift = matrix[:2, 2]
    ends = np.array([[size.width, 0, 1], [0, size.height, 1]]) @ matrix.T
    straight = np.abs(matrix - np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    if straight[:2, :2].max() < _EVEN and np.abs(ends[:, 2] - 1).max() < _EVEN:
        left, top = (round(float(value)) for value in shift)
        if np.abs(shift - (left, top)).max() < _WHOLE:
            return [origin.crop((left, top, left + size.width, top + size.height))]
    zoom = max(1.0, float(np.sqrt(abs(np.linalg.det(matrix[:2, :2])))))
    smaller = (max(1, round(origin.width / zoom)), max(1, round(origin.height / zoom)))
    by = np.diag([smaller[0] / origin.width, smaller[1] / origin.height, 1.0])
    numbers = (by @ matrix / (by @ matrix)[2, 2]).ravel()[:8].tolist()
    kernels = _KERNELS if zoom > 1 else _KERNELS[:1]
    return [
        origin.resize(smaller, kernel).transform(
            (size.width, size.height),
            Image.Transform.PERSPECTIVE,
            numbers,
            Image.Resampling.BICUBIC,
        )
        for kernel in kernels
    ]
