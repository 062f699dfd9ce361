"""The join finds every pair within the radius, however the points are cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difd.engine.join import cut, near_pairs, near_point, near_table


def cloud(seed, count, width):
    """Points of very different spread per coordinate, some of them equal."""
    rng = np.random.default_rng(seed)
    spread = 10.0 ** rng.uniform(-1, 4, width)
    points = rng.normal(0, 1, (count, width)) * spread + 1000 * rng.integers(-3, 3, width)
    points[rng.integers(count, size=count // 5)] = points[0]
    return points.astype(np.float32)


def joined(points, radius, block):
    found = []
    for slab in cut(points, radius, block):
        fractions = []
        for fraction, one, other in near_pairs(points, slab, radius, block):
            fractions.append(fraction)
            pairs = zip(one.tolist(), other.tolist(), strict=True)
            found += [tuple(sorted(pair)) for pair in pairs]
        assert fractions == sorted(fractions)
        assert all(0 <= fraction < 1 for fraction in fractions)
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
            elif exact[i, j] > radius * (1 + 1e-6) + 1e-2:
                assert (i, j) not in found


@pytest.mark.parametrize("radius", [0.0, 1.0, 1e9])
def test_one_point_finds_the_same_as_all(radius):
    points = cloud(3, 100, 4)
    expected = joined(points, radius, 16)
    everything = np.arange(100)
    for point in range(100):
        others = everything[everything != point]
        near = near_point(points, point, others, radius)
        assert {tuple(sorted((point, int(n)))) for n in near} == {p for p in expected if point in p}


def test_a_pair_at_exactly_the_radius_is_found():
    points = np.array([[0, 0], [3, 4], [3, 4.5]], np.float32)
    assert near_table(points, points, 5.0)[0].tolist() == [True, True, False]
    assert joined(points, 5.0, 1) == {(0, 1), (1, 2)}


def test_slabs_cover_every_point_once():
    points = cloud(1, 500, 5)
    for radius in (0.0, 10.0, 1e9):
        cores = np.concatenate([slab.core for slab in cut(points, radius, 8)])
        assert sorted(cores.tolist()) == list(range(500))


def test_work_is_cut_into_pieces_that_do_not_grow_with_the_number_of_points():
    rng = np.random.default_rng(1)
    points = rng.uniform(0, 10_000, (5000, 3)).astype(np.float32)
    slabs = cut(points, 10.0, 64)
    assert len(slabs) > 15
    assert max(len(slab.core) for slab in slabs) <= 300
