"""The eight turns as data agree with what they do to arrays."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from difd.engine.orientation import (
    COMPOSE,
    IDENTITY,
    INVERSE,
    TURNS,
    allowed_turns,
    compose,
    inverse,
    turn_image,
)

IMAGE = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def test_codes_number_the_turns():
    assert [turn.code for turn in TURNS] == list(range(8))
    assert not TURNS[IDENTITY].mirrored
    assert TURNS[IDENTITY].rotation == 0


@pytest.mark.parametrize("code", range(8))
def test_a_turn_flips_left_to_right_first_and_then_turns_counter_clockwise(code):
    turn = TURNS[code]
    picture = Image.fromarray(IMAGE)
    if turn.mirrored:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    expected = np.asarray(picture.rotate(turn.rotation))
    assert np.array_equal(turn_image(IMAGE, code), expected)


@pytest.mark.parametrize("first", range(8))
@pytest.mark.parametrize("then", range(8))
def test_composition_is_one_turn_after_the_other(first, then):
    both = turn_image(turn_image(IMAGE, first), then)
    assert np.array_equal(turn_image(IMAGE, compose(first, then)), both)
    assert COMPOSE[first, then] == compose(first, then)


@pytest.mark.parametrize("code", range(8))
def test_the_inverse_undoes_a_turn(code):
    assert np.array_equal(turn_image(turn_image(IMAGE, code), inverse(code)), IMAGE)
    assert INVERSE[code] == inverse(code)


@pytest.mark.parametrize("rotate", [False, True])
@pytest.mark.parametrize("mirror", [False, True])
def test_allowed_turns_are_a_group_that_begins_with_the_identity(rotate, mirror):
    allowed = allowed_turns(rotate=rotate, mirror=mirror)
    assert allowed[0] == IDENTITY
    assert len(allowed) == (4 if rotate else 1) * (2 if mirror else 1)
    assert {compose(a, b) for a in allowed for b in allowed} == set(allowed)


@pytest.mark.parametrize("code", range(8))
def test_only_quarter_turns_swap_width_and_height(code):
    wide = np.zeros((2, 5, 3))
    assert (turn_image(wide, code).shape == (5, 2, 3)) == TURNS[code].swaps


def test_a_stack_of_images_is_turned_image_by_image():
    stack = np.stack([IMAGE, IMAGE + 1])
    turned = turn_image(stack, 5)
    assert np.array_equal(turned[1], turn_image(IMAGE + 1, 5))
