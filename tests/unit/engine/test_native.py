"""The compiled loops and their twins in numpy and Pillow do the same."""

from __future__ import annotations

import numpy as np
import pytest
from harness.native import compiled_loops
from hypothesis import given, settings
from hypothesis import strategies as st

from difd.engine.match import distance, signature
from difd.engine.match.candidates import squared
from difd.engine.match.signature import (
    _FACTORS,
    LENGTH,
    ORDER,
    Transform,
    rounding_margin,
    turned_order,
)
from difd.engine.native import twin
from difd.engine.orientation import INVERSE
from difd.engine.prove.blocks import _basis as block_basis
from difd.engine.read.resample import weights

loops = compiled_loops()

SEED = st.integers(0, 2**32)
KIND = st.sampled_from(["noise", "white", "black", "stripes"])


def values(seed, shape, kind="noise", dtype=np.uint8):
    most = np.iinfo(dtype).max
    if kind == "noise":
        return np.random.default_rng(seed).integers(0, most, shape, dtype, endpoint=True)
    made = np.full(shape, 0 if kind == "black" else most, dtype)
    if kind == "stripes":
        made[..., ::2] = 0
    return made


def both(name, *given):
    """What either makes of the arguments that it writes to; each gets copies of its own."""
    results = []
    for module in (loops, twin):
        own = [one.copy() if isinstance(one, np.ndarray) else one for one in given]
        result = getattr(module, name)(*own)
        results.append((result, own))
    return results


@settings(max_examples=60, deadline=None)
@given(SEED, KIND, st.integers(1, 5), st.integers(1, 900), st.integers(1, 120))
def test_rows_are_narrowed_alike(seed, kind, rows, width, px):
    for name, dtype, channels in (
        ("narrow_colours", np.uint32, (3,)),
        ("narrow_grey", np.uint8, ()),
    ):
        pixels = values(seed, (rows, width), kind, dtype)
        out = np.zeros((rows, px, *channels), np.uint8)
        (_, one), (_, other) = both(name, pixels, *weights(width, px), out)
        assert np.array_equal(one[-1], other[-1])


@settings(max_examples=60, deadline=None)
@given(SEED, KIND, st.integers(0, 5), st.integers(0, 900), st.sampled_from([3, 4]))
def test_sums_are_alike(seed, kind, rows, width, channels):
    pixels = values(seed, (rows, width), kind, np.uint32)
    planar = np.zeros((rows, channels, width), np.uint8)
    totals = np.arange(channels + channels * (channels + 1) // 2)
    (_, one), (_, other) = both("split_and_add", pixels, planar, totals)
    assert np.array_equal(one[1], other[1])
    assert np.array_equal(one[2], other[2])
    (_, one), (_, other) = both("add_grey", values(seed, (rows, width), kind), np.arange(2))
    assert np.array_equal(one[1], other[1])
    (_, one), (_, other) = both("add_channels", pixels, np.arange(3))
    assert np.array_equal(one[1], other[1])


@settings(max_examples=60, deadline=None)
@given(SEED, KIND, st.integers(1, 900), st.integers(1, 30), st.integers(10, 101))
def test_resized_columns_are_alike(seed, kind, rows, width, px):
    strip, out = values(seed, (rows, width), kind), np.zeros((px, width), np.uint8)
    (_, one), (_, other) = both("shorten", strip, *weights(rows, px), out)
    assert np.array_equal(one[-1], other[-1])


@settings(max_examples=40, deadline=None)
@given(SEED, KIND, st.integers(0, 40), st.integers(0, 40))
def test_halved_pictures_are_alike(seed, kind, height, width):
    pixels = values(seed, (2 * height, 2 * width), kind, np.uint32)
    (_, one), (_, other) = both("halve", pixels, np.zeros((height, width), np.uint32))
    assert np.array_equal(one[1], other[1])


@settings(max_examples=40, deadline=None)
@given(SEED, KIND, st.integers(0, 3), st.sampled_from([10, 11, 14, 15, 31, 50, 101, 201, 300]))
def test_signatures_are_within_the_bound_of_each_other_and_sums_are_the_same(seed, kind, n, px):
    given = Transform(signature._basis(px), ORDER)
    tensors = [values(seed + i, (px, px, 3), kind) for i in range(n)]
    (_, one), (_, other) = both(
        "transform", tensors, given._basis, given._lines, given._order, _FACTORS,
        np.zeros((n, LENGTH), np.float32), np.zeros((n, 3), np.int64),
    )  # fmt: skip
    difference = one[5].astype(np.float64) - other[5]
    assert (np.linalg.norm(difference, axis=1) <= 2 * rounding_margin(px)).all()
    assert np.array_equal(one[6], other[6])


def turns_of(codes):
    order = np.array([turned_order(code)[0] for code in codes], np.int64).reshape(-1, LENGTH)
    signs = np.array([turned_order(code)[1] for code in codes], np.float32).reshape(-1, LENGTH)
    return np.array(codes, np.uint8), order, signs


@settings(max_examples=60, deadline=None)
@given(SEED, st.integers(1, 80), st.lists(st.integers(0, 7), unique=True), st.data())
def test_near_pairs_are_alike(seed, images, codes, data):
    """Small integers: sums of their squares are exact in any order."""
    rng = np.random.default_rng(seed)
    signatures = rng.integers(0, 3, (images, LENGTH)).astype(np.float32)
    coordinates = rng.integers(0, 40, (3, images)).astype(np.float32)
    core = data.draw(st.integers(0, images))
    coordinates[0] = np.concatenate(
        [np.sort(coordinates[0, :core]), np.sort(coordinates[0, core:])]
    )
    bottom = data.draw(st.integers(0, core))
    top = data.draw(st.integers(0, bottom))
    left = data.draw(st.integers(top, images))
    right = data.draw(st.integers(left, images if left >= core else core))
    radius = data.draw(st.sampled_from([0.0, 8.0, 11.0, 12.0, 30.0]))
    reaches = (radius, float(squared(radius)), float(squared(radius)))
    most = (bottom - top) * (right - left)
    (count, one), (twins, other) = both(
        "near_pairs", coordinates, signatures, (core, top, bottom, left, right), reaches,
        *turns_of(codes), np.zeros(most, np.int32), np.zeros(most, np.int32),
        np.zeros(most, np.uint8),
    )  # fmt: skip
    assert count == twins
    for mine, others in zip(one[7:], other[7:], strict=True):
        assert np.array_equal(mine[:count], others[:count])


@settings(max_examples=40, deadline=None)
@given(SEED, st.integers(1, 40), st.integers(0, 60), st.lists(st.integers(0, 7), unique=True))
def test_turns_of_pairs_are_alike(seed, images, pairs, codes):
    rng = np.random.default_rng(seed)
    signatures = rng.integers(0, 3, (images, LENGTH)).astype(np.float32)
    rows, columns = rng.integers(0, images, (2, pairs))
    (_, one), (_, other) = both(
        "turns_of_pairs", signatures, rows, columns, float(squared(9.5)), *turns_of(codes),
        np.full(pairs, 255, np.uint8),
    )  # fmt: skip
    assert np.array_equal(one[-1], other[-1])


@settings(max_examples=60, deadline=None)
@given(
    SEED,
    st.sampled_from([2, 3, 10, 19, 50]),
    st.integers(1, 6),
    st.integers(0, 40),
    st.sampled_from([0, 1, 1000, 10**6, 2**62]),
    st.sampled_from([1, 8]),
)
def test_distances_and_turns_are_the_same(seed, px, images, pairs, limit, slots):
    rng = np.random.default_rng(seed)
    counts = rng.choice([1, 2, 3, 6], images)
    levels = rng.choice([2, 256])
    planes = [rng.integers(0, levels, (k, px, px, 3), np.uint8) for k in counts]
    a, b = rng.integers(0, images, (2, pairs))
    b.sort()
    (_, one), (_, other) = both(
        "closest", planes, rng.integers(1, 3, images), px, a, b,
        rng.integers(0, 256, pairs, np.uint8), np.full(pairs, limit), np.zeros(pairs, np.int8),
        distance._compared_planes(), distance._steps(px), INVERSE, np.zeros(1, np.uint8), slots,
    )  # fmt: skip
    assert np.array_equal(one[6], other[6])
    assert np.array_equal(one[7], other[7])


def test_a_comparison_that_was_stopped_changes_nothing():
    planes = [np.zeros((1, 10, 10, 3), np.uint8)] * 2
    pair = np.array([0]), np.array([1])
    for _, own in both(
        "closest", planes, np.ones(2, np.int64), 10, *pair, np.array([1], np.uint8),
        np.array([7]), np.array([5], np.int8), distance._compared_planes(), distance._steps(10),
        INVERSE, np.ones(1, np.uint8), 8,
    ):  # fmt: skip
        assert own[6].tolist() == [7]
        assert own[7].tolist() == [5]


@settings(max_examples=60, deadline=None)
@given(SEED, KIND, st.integers(1, 40), st.integers(1, 40), st.integers(0, 7))
def test_planes_of_colours_are_the_same_in_any_direction(seed, kind, height, width, turn):
    shape = (width, height) if turn % 2 else (height, width)
    stored = values(seed, shape, kind, np.uint32)
    half = ((height + 1) // 2, (width + 1) // 2)
    made = []
    for module in (loops, twin):
        pixels = np.rot90(stored[:, ::-1] if turn > 3 else stored, turn % 4)
        assert pixels.shape == (height, width)
        own = [np.zeros(size, np.uint8) for size in ((height, width), half, half)]
        module.split_colours(pixels, *own)
        made.append(own)
    for one, other in zip(*made, strict=True):
        assert np.array_equal(one, other)


@settings(max_examples=40, deadline=None)
@given(SEED, KIND, st.integers(8, 40), st.integers(8, 700))
def test_moments_and_blocks_are_alike_but_for_rounding(seed, kind, height, width):
    one, other = values(seed, (height, width), kind), values(seed + 1, (height, width))
    made = [given[2] for _, given in both("add_moments", one, other, np.zeros((5, 6)))]
    np.testing.assert_allclose(*made, rtol=1e-5, atol=1e-5 * 65025 * height * width)
    shared = np.array([1.5, 0.02, -0.2, 0.1, 0.2], np.float32)
    weight = np.linspace(0.01, 0.2, 64, dtype=np.float32).reshape(8, 8)
    out = np.zeros((-(-height // 8), -(-width // 8), 4), np.float32)
    made = [
        given[5]
        for _, given in both("measure_blocks", one, other, shared, block_basis(), weight, out)
    ]
    np.testing.assert_allclose(*made, rtol=1e-3, atol=0.5)


@pytest.mark.parametrize("threads", [4])
def test_loops_let_other_threads_run_and_do_not_disturb_each_other(threads):
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    tensors = [values(n, (50, 50, 3)) for n in range(200)]
    alone, _ = signature.signatures(tensors, 50)
    with ThreadPoolExecutor(threads) as pool:
        for made, _ in pool.map(lambda _n: signature.signatures(tensors, 50), range(16)):
            assert np.array_equal(made, alone)
