"""The join finds every pair within the radius, however the points are cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difd.engine.match.candidates import near_pairs, turned, turns_of_pairs
from difd.engine.match.join import Line, cut, tiles


def cloud(seed, count, width):
    """Points of very different spread per coordinate, some of them equal."""
    rng = np.random.default_rng(seed)
    spread = 10.0 ** rng.uniform(-1, 4, width)
    points = rng.normal(0, 1, (count, width)) * spread + 1000 * rng.integers(-3, 3, width)
    points[rng.integers(count, size=count // 5)] = points[0]
    return points.astype(np.float32)


def alone(width):
    """One turn, which changes nothing."""
    return turned((0,), [(np.arange(width), np.ones(width, np.float32))])


def padded(points):
    """Points as signatures, which have at least 16 numbers."""
    return np.pad(points, ((0, 0), (0, max(0, 16 - points.shape[1]))))


def joined(points, radius, block, members=None):
    found = []
    full = padded(points)
    members = np.arange(len(points)) if members is None else members
    for slab in cut(points, members, radius, block):
        shares = []
        for tile in tiles(slab, points, full, radius, block):
            shares.append(tile.done)
            one, other, turns = near_pairs(tile, radius, radius, alone(full.shape[1]))
            assert (turns == 1).all()
            assert (np.diff(other) == 0).sum() == len(other) - len(np.unique(other)), "not sorted"
            pairs = zip(one.tolist(), other.tolist(), strict=True)
            found += [tuple(sorted(pair)) for pair in pairs]
        assert shares == sorted(shares)
        assert all(0 <= share < 1 for share in shares)
    assert len(found) == len(set(found)), "a pair came twice"
    return set(found)


def distances(points):
    exact = points.astype(np.longdouble)
    return np.sqrt(((exact[:, None] - exact[None]) ** 2).sum(axis=2))


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(2, 150),
    st.integers(2, 6),
    st.floats(0, 1),
    st.sampled_from([1, 2, 7, 1024]),
)
def test_no_pair_within_the_radius_is_missed_and_none_beyond_is_added(
    seed, count, width, share, block
):
    points = cloud(seed, count, width)
    exact = distances(points)
    radius = float(np.quantile(exact, share * share))
    found = joined(points, radius, block)
    for i in range(count):
        for j in range(i + 1, count):
            if exact[i, j] <= radius:
                assert (i, j) in found
            elif exact[i, j] > radius * (1 + 2e-5):
                assert (i, j) not in found


@pytest.mark.parametrize("radius", [0.0, 1.0, 1000.0, 1e9])
def test_one_point_finds_the_same_as_all(radius):
    points = cloud(3, 100, 4)
    expected = joined(points, radius, 16)
    line = Line(points, np.arange(100))
    for point in range(100):
        near = line.near(point, radius)
        assert point in near
        pairs = {tuple(sorted((point, int(n)))) for n in near if n != point}
        assert pairs == {pair for pair in expected if point in pair}


def test_a_pair_at_exactly_the_radius_is_found():
    points = np.array([[0, 0], [3, 4], [3, 4.5]], np.float32)
    assert joined(points, 5.0, 1) == {(0, 1), (1, 2)}
    for radius, near in ((5.0, [1, 0]), (5.5, [1, 1])):
        one, other = np.array([0, 0]), np.array([1, 2])
        assert turns_of_pairs(padded(points), one, other, radius, alone(16)).tolist() == near


def test_some_of_the_points_are_joined_as_if_there_were_no_others():
    points = cloud(4, 200, 5)
    some = np.arange(0, 200, 3)
    radius = float(np.quantile(distances(points), 0.1))
    expected = {(i, j) for i, j in joined(points, radius, 8) if i % 3 == j % 3 == 0}
    assert joined(points, radius, 8, some) == expected


def test_slabs_cover_every_point_once():
    points = cloud(1, 500, 5)
    for radius in (0.0, 10.0, 1e9):
        cores = np.concatenate([slab.core for slab in cut(points, np.arange(500), radius, 8)])
        assert sorted(cores.tolist()) == list(range(500))


def test_work_is_cut_into_pieces_that_do_not_grow_with_the_number_of_points():
    rng = np.random.default_rng(1)
    points = rng.uniform(0, 10_000, (5000, 3)).astype(np.float32)
    slabs = cut(points, np.arange(5000), 10.0, 64)
    assert len(slabs) > 15
    assert max(len(slab.core) for slab in slabs) <= 300
