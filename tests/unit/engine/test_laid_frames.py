"""When the frame of one picture is laid onto that of another one as a whole."""

from __future__ import annotations

import math

import numpy as np
import pytest

from difd.engine.edited.frames import corners, mapped, snapped

WIDE, HIGH = (600, 400), (400, 600)


def a_map(angle: float, zoom: float = 1.0, at: tuple[float, float] = (0, 0)) -> np.ndarray:
    """Turned by so many degrees around the upper left corner, then moved."""
    turn = math.radians(angle)
    cosine, sine = zoom * math.cos(turn), zoom * math.sin(turn)
    return np.array([[cosine, -sine, at[0]], [sine, cosine, at[1]], [0, 0, 1]])


@pytest.mark.parametrize(
    ("matrix", "other"),
    [
        (a_map(0), WIDE),
        (a_map(1.5, 1.02, (0.01, -0.02)), WIDE),
        (a_map(90, 1, (2 / 3, 0)), HIGH),
        (a_map(180, 0.98, (1, 0.66)), WIDE),
        (np.array([[-1, 0, 1.03], [0, 1, 0], [0, 0, 1]]), WIDE),
        (np.diag([1.0, 0.94, 1.0]), WIDE),
    ],
)
def test_corners_that_nearly_lie_on_corners_are_laid_on_them(matrix, other):
    made = snapped(matrix, WIDE, other)
    assert made is not None
    there = mapped(made, corners(WIDE))
    theirs = {tuple(point) for point in corners(other).round(9).tolist()}
    assert {tuple(point) for point in there.round(9).tolist()} == theirs
    # It turns and mirrors as the rough map does.
    assert np.abs(there - mapped(matrix, corners(WIDE))).max() < 0.08
    assert (np.linalg.det(made) > 0) == (np.linalg.det(matrix) > 0)


@pytest.mark.parametrize(
    "matrix", [a_map(0, 1.2), a_map(0, 1, (0.1, 0)), a_map(12), a_map(90), a_map(0, 0.05)]
)
def test_what_lies_otherwise_is_left_to_the_pixels(matrix):
    assert snapped(matrix, WIDE, WIDE) is None
