"""Whatever the compiled loops are given, they refuse it or stay within the arrays."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from harness.native import EXAMPLES, compiled_loops
from hypothesis import given, settings
from hypothesis import strategies as st

from difd.engine.match import distance
from difd.engine.orientation import INVERSE

loops = compiled_loops()

REFUSED = (TypeError, ValueError, BufferError, OverflowError, MemoryError)
"""What a caller that was wrong is told; a crash is none of these."""

FUNCTIONS = {
    "narrow_colours": "AAAAA",
    "narrow_grey": "AAAAA",
    "shorten": "AAAAA",
    "halve": "AA",
    "columns_of_colours": "AIIA",
    "columns_of_grey": "AIIA",
    "turn_over": "AA",
    "split_and_add": "AAA",
    "add_channels": "AA",
    "add_grey": "AA",
    "transform": "LAAAAAA",
    "near_pairs": "AA53AAAAAA",
    "turns_of_pairs": "AAAFAAAA",
    "closest": "LAIAAAAAAAAAI",
    "split_colours": "AAAA",
    "add_moments": "AAA",
    "measure_blocks": "AAAAAA",
    "blur": "AAA",
    "extrema": "AIA",
    "spread_of_directions": "AAAAA",
    "describe": "AAAA",
    "enter_codes": "AAAAAA",
    "cast_votes": "AAAAAAAIIIIA",
    "lies_of": "AAAAIAA",
    "count_repeats": "AIA",
    "window_means": "AIA",
    "window_likeness": "AAIA",
    "warp": "AAAAA",
    "add_slopes": "AAAAA",
}
"""Every function, and what it takes: arrays, a list of them, integers, real numbers."""

DTYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8", "?", ">i4", "c8", "S3"]
NUMBER = st.one_of(st.integers(-3, 12), st.sampled_from([2**31, 2**62, -(2**63), 10**30]))


@st.composite
def arrays(draw, dtypes=tuple(DTYPES)):
    shape = draw(st.lists(st.integers(0, 9), min_size=0, max_size=5))
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    made = np.frombuffer(rng.bytes(int(np.prod(shape)) * dtype.itemsize), dtype).reshape(shape)
    match draw(st.integers(0, 5)):
        case 0:
            made = made[..., ::-1] if shape else made
        case 1:
            made = made.T
        case 2:  # not aligned
            raw = np.zeros(made.nbytes + 1, np.uint8)[1:]
            made = raw.view(dtype).reshape(shape) if made.nbytes else made
        case 3:
            return made  # not to be written to
    return made.copy() if made.flags.aligned and draw(st.booleans()) else made


def argument(kind):
    return {
        "A": st.one_of(arrays(), st.sampled_from([None, b"bytes", bytearray(b"12345678"), 5])),
        "L": st.one_of(st.lists(arrays(), max_size=4), st.just(())),
        "I": NUMBER,
        "F": st.floats(),
        "5": st.tuples(*[NUMBER] * 5),
        "3": st.tuples(*[st.floats()] * 3),
    }[kind]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_anything_at_all_is_refused_or_done(name):
    @settings(max_examples=EXAMPLES, deadline=None)
    @given(st.tuples(*map(argument, FUNCTIONS[name])))
    def check(given):
        with suppress(*REFUSED):
            getattr(loops, name)(*given)

    check()


def changed(given, draw):
    """Good arguments, of which one has another shape or wild values."""
    given = list(given)
    place = draw(st.sampled_from([n for n, one in enumerate(given) if isinstance(one, np.ndarray)]))
    one = given[place]
    match draw(st.integers(0, 3)):
        case 0:
            shape = draw(st.lists(st.integers(0, 12), min_size=one.ndim, max_size=one.ndim))
            given[place] = np.zeros(shape, one.dtype)
        case 1 if one.size:
            wild = one.copy()
            extremes = [-1, 0, 1, 7, 8, 127, 10**4, 2**31, -(2**63), 2**63 - 1]
            value = draw(st.sampled_from(extremes))
            if one.dtype.kind != "f":
                value = np.array(value).astype(one.dtype)
            wild.flat[draw(st.integers(0, one.size - 1))] = value
            given[place] = wild
        case 2 if one.dtype.kind == "f" and one.size:
            given[place] = np.full_like(one, draw(st.sampled_from([np.nan, np.inf, -np.inf, 1e38])))
        case 3:  # written to while it is read
            given[place] = given[draw(st.integers(0, len(given) - 1))]
    return given


def good():
    """Arguments of every function that are as they should be."""
    rng = np.random.default_rng(3)
    u1 = lambda *shape: rng.integers(0, 256, shape, np.uint8)  # noqa: E731
    zeros = np.zeros
    order = np.array([rng.permutation(20) for _ in range(3)])
    signs = np.ones((3, 20), np.float32)
    codes = np.array([0, 3, 7], np.uint8)
    sigs = rng.random((9, 20)).astype(np.float32)
    weights = (np.array([0, 3, 12]), zeros((3, 16), np.int16) + 9, zeros((3, 16), np.int16) + 5)
    planes = [u1(k, 11, 11, 3) for k in (1, 2, 3, 6)]
    yield "narrow_colours", (u1(2, 48).view(np.uint32), *weights, zeros((2, 3, 3), np.uint8))
    yield "narrow_grey", (u1(2, 12), *weights, zeros((2, 3), np.uint8))
    yield "split_and_add", (
        u1(2, 48).view(np.uint32), zeros((2, 3, 12), np.uint8), zeros(9, np.int64),
    )  # fmt: skip
    yield "shorten", (u1(12, 5), *weights, zeros((3, 5), np.uint8))
    yield "halve", (zeros((4, 6), np.uint32), zeros((2, 3), np.uint32))
    yield "columns_of_colours", (u1(7, 36).view(np.uint32), 2, 3, zeros((5, 3), np.uint8))
    yield "columns_of_grey", (u1(7, 9), 4, 1, zeros((3, 7), np.uint8))
    yield "turn_over", (u1(5, 7), zeros((7, 5), np.uint8))
    yield "add_channels", (zeros((2, 12), np.uint32), zeros(3, np.int64))
    yield "add_grey", (u1(2, 12), zeros(2, np.int64))
    yield "transform", (
        [u1(11, 11, 3), u1(11, 11, 3)], rng.random((3, 11)), np.array([[0, 0], [2, 2]]),
        np.array([[1, 2, 1], [0, 0, 3]]), np.ones(3), zeros((2, 2), np.float32),
        zeros((2, 3), np.int64),
    )  # fmt: skip
    yield "near_pairs", (
        sigs[:, :2].T.copy(), sigs, (5, 1, 4, 2, 9), (9.0, 9.0, 9.0), codes, order, signs,
        zeros(21, np.int32), zeros(21, np.int32), zeros(21, np.uint8),
    )  # fmt: skip
    yield "turns_of_pairs", (
        sigs, np.array([0, 1, 8]), np.array([2, 2, 0]), 9.0, codes, order, signs,
        zeros(3, np.uint8),
    )  # fmt: skip
    yield "closest", (
        planes, np.array([1, 1, 3, 3]), 11, np.array([0, 1, 2]), np.array([1, 3, 3]),
        np.array([255, 255, 1], np.uint8), np.full(3, 10**9), zeros(3, np.int8),
        distance._compared_planes(), distance._steps(11), INVERSE, zeros(1, np.uint8), 8,
    )  # fmt: skip
    yield "split_colours", (
        u1(5, 36).view(np.uint32), zeros((5, 9), np.uint8), zeros((3, 5), np.uint8),
        zeros((3, 5), np.uint8),
    )  # fmt: skip
    yield "add_moments", (u1(9, 11), u1(9, 11), zeros((5, 6)))
    yield "measure_blocks", (
        u1(9, 11), u1(9, 11), zeros(5, np.float32), np.eye(8, dtype=np.float32),
        np.ones((8, 8), np.float32), zeros((2, 2, 4), np.float32),
    )  # fmt: skip
    yield from good_for_features(rng)


def good_for_features(rng):
    """The same of the functions for local features."""
    zeros = np.zeros
    level = rng.integers(0, 16320, (9, 12)).astype(np.int16)
    points = rng.random((3, 5)).astype(np.float32) * 5
    codes = rng.integers(0, 2**64, 12, np.uint64)
    places = rng.random((12, 5)).astype(np.float32)
    yield "blur", (level, np.array([30000, 17768], np.int16), zeros((9, 12), np.int16))
    yield "extrema", (np.stack([level] * 6), 22, zeros((5, 4), np.float32))
    yield "spread_of_directions", (
        level, points, np.ones((13, 13), np.float32), np.ones((2, 16), np.float32),
        zeros((3, 32), np.float32),
    )  # fmt: skip
    yield "describe", (
        level, points, np.ones((4, 20), np.float32), zeros((3, 4, 4, 8), np.float32),
    )  # fmt: skip
    yield "enter_codes", (
        codes, np.array([3, 11, 0]), codes[:2], np.array([3, 63, 0]), np.ones(4, np.uint8),
        zeros(6, np.uint64),
    )  # fmt: skip
    yield "lies_of", (
        codes, places, np.array([0, 5, 12]), np.array([[0, 1]]), 32, zeros((1, 6)),
        zeros(1, np.int32),
    )  # fmt: skip
    plane = np.ones((5, 7), np.float32)
    yield "count_repeats", (codes, 3, zeros(12, np.int32))
    yield "window_means", (plane, 2, zeros((5, 7), np.float32))
    yield "window_likeness", (plane, plane, 2, zeros((6, 5, 7), np.float32))
    yield "warp", (
        plane, np.eye(3), np.array([0.0, 0.0, 7.0, 5.0]), zeros((4, 6), np.float32),
        zeros((4, 6), np.uint8),
    )  # fmt: skip
    yield "add_slopes", (plane, plane, plane, np.array([3.0, 3.5, 2.5]), zeros((8, 9)))
    yield "cast_votes", (
        codes, np.arange(12, dtype=np.int32), zeros(12, np.uint8), zeros(12, np.uint8),
        zeros(0, np.uint64), zeros(4, np.uint64), np.arange(12, dtype=np.uint64) * np.uint64(4),
        64, 20, 4, 3, zeros(9, np.uint64),
    )  # fmt: skip


GOOD = list(good())


@pytest.mark.parametrize(("name", "right"), GOOD, ids=[name for name, _ in GOOD])
def test_arguments_that_are_nearly_right_are_refused_or_done(name, right):
    # Votes: twelve codes that share a key, each with the three that follow.
    possible = {None, 0, *range(22), 9 * 3 + 2 + 1}
    assert getattr(loops, name)(*right) in possible, "what is right is done"

    @settings(max_examples=EXAMPLES, deadline=None)
    @given(st.data())
    def check(data):
        wrong = changed(right, data.draw)
        if data.draw(st.booleans()):
            wrong = changed(wrong, data.draw)
        with suppress(*REFUSED):
            getattr(loops, name)(*wrong)

    check()


def test_a_list_that_changes_while_it_is_read_is_refused():
    planes = [np.zeros((1, 4, 4, 3), np.uint8) for _ in range(3)]

    class Sly(np.ndarray):
        """Its buffer is asked for after the list was emptied, wherever Python can do so."""

        def __buffer__(self, flags):
            planes.clear()
            return memoryview(np.zeros((1, 4, 4, 3), np.uint8))

    planes[0] = np.zeros((1, 4, 4, 3), np.uint8).view(Sly)
    with_lists = [planes, np.ones(3, np.int64), 4, np.array([0, 1]), np.array([2, 2])]
    rest = [np.ones(2, np.uint8), np.full(2, 99), np.zeros(2, np.int8)]
    tables = [distance._compared_planes(), distance._steps(4), INVERSE, np.zeros(1, np.uint8), 8]
    with suppress(IndexError, *REFUSED):
        loops.closest(*with_lists, *rest, *tables)


def test_an_error_names_the_argument():
    with pytest.raises(TypeError, match="totals is not an aligned array of 1 dimensions"):
        loops.add_grey(np.zeros((2, 2), np.uint8), np.zeros(2, np.float64))
    with pytest.raises(ValueError, match="totals has length 3 in dimension 0, not 2"):
        loops.add_grey(np.zeros((2, 2), np.uint8), np.zeros(3, np.int64))
    with pytest.raises(ValueError, match="first holds 13, which is not from 0 to 12"):
        loops.narrow_grey(
            np.zeros((2, 12), np.uint8), np.array([13]), np.zeros((1, 16), np.int16),
            np.zeros((1, 16), np.int16), np.zeros((2, 1), np.uint8),
        )  # fmt: skip
