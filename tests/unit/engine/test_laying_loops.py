"""The loops that lay one picture onto another compute the same, compiled and in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from harness.native import compiled_loops
from hypothesis import given, settings
from hypothesis import strategies as st

from difd.engine.native import twin

loops = compiled_loops()

SEED = st.integers(0, 2**32 - 1)
EDGE = st.integers(1, 40)


def plane(seed: int, height: int, width: int) -> np.ndarray:
    """Smooth in parts, noise in others."""
    chance = np.random.default_rng(seed)
    made = chance.normal(100, 30, (height, width))
    made[: height // 2] = 17.5
    return made.astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(SEED, EDGE, EDGE, st.integers(0, 60))
def test_means_are_those_of_the_window_around_each_pixel(seed, height, width, radius):
    values = plane(seed, height, width)
    made = []
    for module in (loops, twin):
        out = np.empty((height, width), np.float32)
        module.window_means(values, radius, out)
        made.append(out)
    np.testing.assert_allclose(made[0], made[1], rtol=1e-5, atol=1e-3)
    wide = np.pad(values.astype(np.float64), radius, "edge")
    window = wide[: 2 * radius + 1, : 2 * radius + 1]
    assert made[0][0, 0] == pytest.approx(window.mean(), rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(SEED, EDGE, EDGE, st.integers(0, 20), st.sampled_from([-2.0, 0.0, 0.5, 1.0]))
def test_windows_are_alike_alike(seed, height, width, radius, gain):
    one = plane(seed, height, width)
    other = (gain * one + plane(seed + 1, height, width) * 0.1).astype(np.float32)
    made = []
    for module in (loops, twin):
        out = np.empty((6, height, width), np.float32)
        module.window_likeness(one, other, radius, out)
        made.append(out)
    np.testing.assert_allclose(made[0], made[1], rtol=1e-4, atol=5e-2)
    assert (np.abs(made[0][0]) <= 1 + 1e-5).all()


def test_windows_correlate_whatever_brightness_and_contrast_are():
    one = plane(3, 40, 40)
    out = np.empty((6, 40, 40), np.float32)
    loops.window_likeness(one, (20 + 0.8 * one).astype(np.float32), 6, out)
    assert out[0][30, 20] > 0.99
    loops.window_likeness(one, (255 - one).astype(np.float32), 6, out)
    assert out[0][30, 20] < -0.99
    # Where nothing is to be seen, nothing correlates.
    assert abs(out[0][3, 20]) < 1e-3


@settings(max_examples=60, deadline=None)
@given(
    SEED, EDGE, EDGE, EDGE, EDGE,
    st.lists(st.floats(-2, 2), min_size=6, max_size=6), st.floats(-0.05, 0.05),
)  # fmt: skip
def test_pictures_are_warped_alike(seed, height, width, rows, columns, numbers, aslant):
    part = plane(seed, height, width)
    matrix = np.array([*numbers, aslant, -aslant, 1.0]).reshape(3, 3)
    bounds = np.array([0.0, 0.0, width, height])
    made = []
    for module in (loops, twin):
        out, seen = np.empty((rows, columns), np.float32), np.empty((rows, columns), np.uint8)
        module.warp(part, matrix, bounds, out, seen)
        made.append((out, seen))
    assert np.array_equal(made[0][1], made[1][1])
    np.testing.assert_allclose(made[0][0], made[1][0], rtol=1e-5, atol=1e-3)


def test_a_picture_that_is_not_moved_is_what_it_was():
    part = plane(5, 12, 17)
    out, seen = np.empty((12, 17), np.float32), np.empty((12, 17), np.uint8)
    loops.warp(part, np.eye(3), np.array([0.0, 0.0, 17.0, 12.0]), out, seen)
    assert np.array_equal(out, part)
    assert seen.all()
    loops.warp(part, np.eye(3), np.array([2.0, 1.0, 17.0, 12.0]), out, seen)
    assert not seen[0].any()
    assert not seen[:, :2].any()
    assert seen[1:, 2:].all()
    assert not out[0].any()


@settings(max_examples=60, deadline=None)
@given(SEED, EDGE, EDGE)
def test_equations_are_alike(seed, height, width):
    theirs, rest = plane(seed, height, width), plane(seed + 1, height, width)
    say = np.random.default_rng(seed).random((height, width)).astype(np.float32)
    say[0] = 0
    unit = np.array([max(height, width) / 2, width / 2, height / 2])
    made = []
    for module in (loops, twin):
        out = np.zeros((8, 9))
        module.add_slopes(theirs, rest, say, unit, out)
        made.append(out)
    np.testing.assert_allclose(made[0], made[1], rtol=1e-6, atol=1e-4 * np.abs(made[0]).max())
    assert not np.tril(made[0][:, :8], -1).any()


@settings(max_examples=40, deadline=None)
@given(SEED, st.integers(0, 60), st.integers(1, 12), st.integers(0, 64))
def test_repeats_are_counted_alike(seed, count, kinds, limit):
    chance = np.random.default_rng(seed)
    codes = chance.integers(0, 2**64, kinds, np.uint64)[chance.integers(0, kinds, count)]
    codes ^= np.uint64(1) << chance.integers(0, 64, count).astype(np.uint64)
    made = []
    for module in (loops, twin):
        counts = np.full(count, -1, np.int32)
        module.count_repeats(codes, limit, counts)
        made.append(counts.tolist())
    assert made[0] == made[1]
    if limit == 64:
        assert made[0] == [count - 1] * count
