"""Edits say truly which part of their original they show."""

from __future__ import annotations

import random

import numpy as np
import pytest
from bench.edit_kinds import _crops, _turns, part
from PIL import Image

WIDTH, HEIGHT = 600, 400
ERROR = 0.02


@pytest.fixture(scope="module")
def places() -> Image.Image:
    """A picture whose red and green say where a pixel is, from left to right and top to bottom."""
    across, down = np.meshgrid(np.linspace(0, 255, WIDTH), np.linspace(0, 255, HEIGHT))
    return Image.fromarray(np.stack([across, down, 0 * down + 128], axis=2).astype(np.uint8))


def corners(picture: Image.Image) -> tuple[float, ...]:
    """Left, top, right and bottom, as the pixels say it."""
    first, last = (
        picture.getpixel((0, 0)),
        picture.getpixel((picture.width - 1, picture.height - 1)),
    )
    return tuple(level / 255 for level in (*first[:2], *last[:2]))


def test_crops_show_their_part(places):
    for edit in _crops(places, random.Random(1)):
        assert corners(edit.picture) == pytest.approx(edit.rect, abs=ERROR), edit.name


def test_mirrored_crops_show_their_part_from_right_to_left(places):
    (edit,) = (one for one in _turns(places, random.Random(1)) if one.name == "mirror_crop30")
    left, top, right, bottom = edit.rect
    assert edit.mirrored
    assert corners(edit.picture) == pytest.approx((right, top, left, bottom), abs=ERROR)


@pytest.mark.parametrize("name", ["turn02", "turn05", "turn10"])
def test_turned_pictures_have_no_empty_corners(places, name):
    (edit,) = (one for one in _turns(places, random.Random(1)) if one.name == name)
    width, height = edit.picture.size
    for corner in ((0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)):
        assert edit.picture.getpixel(corner)[2] > 100
    assert abs(edit.angle) == int(name.removeprefix("turn"))
    right, below = (edit.picture.getpixel(place) for place in ((width - 1, 0), (0, 0)))
    # Counter-clockwise, what was at the right goes up: the upper edge shows lower parts there.
    assert (right[1] > below[1]) == (edit.angle > 0)


@pytest.mark.parametrize("area", [0.01, 0.1, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("shaped", [False, True])
def test_parts_lie_inside_and_have_their_area(area, shaped):
    chance = random.Random(2)
    for _ in range(200):
        left, top, right, bottom = part(chance, area, shaped=shaped)
        assert 0 <= left < right <= 1 + 1e-9
        assert 0 <= top < bottom <= 1 + 1e-9
        assert (right - left) * (bottom - top) == pytest.approx(area)
