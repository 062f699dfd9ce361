"""The comparison finds exactly the pairs that integers find, with the same distances."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import skimage.data
from harness.records import make_options, make_record
from harness.reference import all_matches, distance, turned
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from difd.engine import matching
from difd.engine import neighbours as neighbours_module
from difd.engine.distance import plane_pairs, ssd_limit, ssd_of_pairs, ssd_table
from difd.engine.matching import Comparison
from difd.engine.neighbours import Neighbours
from difd.engine.orientation import allowed_turns
from difd.engine.signature import signatures

THRESHOLDS = [0.0, 0.01, 0.5, 3.0, 5.0, 200.0, 4000.0, 65025.0]
SIZES = [(100, 100), (40, 30), (30, 40), (200, 100)]
RANGES = [None, (0.0, 1000.0), (0.0, 2000.0)]


def step(tensor, ssd, rng):
    """A tensor whose SSD from this one (of values up to 127) is exactly `ssd`."""
    flat = tensor.reshape(-1).astype(np.int64)
    places = iter(rng.permutation(flat.size))
    while ssd:
        place = next(places, None)
        if place is None:
            break
        by = min(math.isqrt(ssd), 128)
        flat[place] += by
        ssd -= by * by
    return flat.astype(np.uint8).reshape(tensor.shape)


def make_tensor(kind, base, px, threshold, rng):
    if kind == "random":
        return rng.integers(0, 256, (px, px, 3), np.uint8)
    if kind == "grey":
        return np.full((px, px, 3), rng.integers(0, 256), np.uint8)
    if kind == "equal":
        return base
    if kind == "turned":
        return np.ascontiguousarray(turned(base, int(rng.integers(8))))
    if kind == "noisy":
        noise = rng.normal(0, max(1.0, math.sqrt(threshold)), base.shape)
        return np.clip(base + noise, 0, 255).astype(np.uint8)
    ssd = max(0, ssd_limit(threshold, px) + int(rng.integers(-1, 2)))
    moved = step(base, ssd, rng)
    return np.ascontiguousarray(turned(moved, int(rng.integers(8)))) if rng.integers(2) else moved


def make_planes(kind, base, px, threshold, rng):
    def one():
        return make_tensor(kind, base, px, threshold, rng)

    shape = rng.integers(8)
    if shape < 4:
        return np.stack([one()])
    first = one()
    second = first if rng.integers(2) else one()
    if shape == 4:
        return np.stack([first, second])
    if shape == 5:
        return np.stack([first, second, first])
    return np.stack([first, first, second, second, first, second])


@st.composite
def collections(draw, px=(10, 11, 17), most=14):
    size = draw(st.sampled_from(px))
    threshold = draw(st.sampled_from(THRESHOLDS))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    kinds = draw(
        st.lists(
            st.sampled_from(["random", "grey", "equal", "turned", "noisy", "edge"]),
            min_size=min(most, 6),
            max_size=most,
        )
    )
    plain = draw(st.booleans())
    base = rng.integers(0, 128, (size, size, 3), np.uint8)
    records = []
    for number, kind in enumerate(kinds):
        tensor = make_tensor(kind, base, size, threshold, rng)
        planes = tensor[None] if plain else make_planes(kind, base, size, threshold, rng)
        animated = len(planes) >= 3
        records.append(
            make_record(
                f"/p/{number:04}",
                planes,
                size=SIZES[0] if plain else SIZES[rng.integers(len(SIZES))],
                frames=int(rng.integers(2, 4)) if animated else 1,
                value_range=None if plain else RANGES[max(0, rng.integers(6) - 3)],
            )
        )
    options = make_options(
        similarity=threshold,
        px_size=size,
        rotate=draw(st.booleans()),
        mirror=draw(st.booleans()),
        same_dim=draw(st.booleans()),
    )
    return records, options, draw(st.sampled_from([1, 2, 3, 5, 1024]))


def compare(records, options, block=None):
    coefficients, _ = signatures([record.tensor for record in records], options.px_size)
    return Comparison(records, coefficients, options, block=block)


def check_against_the_reference(records, options, block):
    """Also with blocks so small that the join has many, and sets so small that it has none."""
    with pytest.MonkeyPatch.context() as patch:
        if block is not None and block < 5:
            patch.setattr(matching, "_SMALL", 1)
            patch.setattr(matching, "_DENSE_PAIRS", 2)
            patch.setattr(matching, "_DENSE_SIDE", 1)
        return check_comparison(records, options, block)


def check_comparison(records, options, block):
    comparison = compare(records, options, block)
    found = {}
    for edges in comparison.edges():
        for a, b, ssd, code, first in zip(
            edges.a.tolist(),
            edges.b.tolist(),
            edges.ssd.tolist(),
            edges.turn.tolist(),
            edges.first_frame.tolist(),
            strict=True,
        ):
            assert (min(a, b), max(a, b)) not in found, "a pair came twice"
            found[min(a, b), max(a, b)] = ssd
            assert distance(records[a], records[b], code) == ssd
            assert first == (records[a].frames != records[b].frames)
            assert code in allowed_turns(rotate=options.rotate, mirror=options.mirror)
    expected = all_matches(records, options)
    assert found == expected
    return comparison, expected


def check_lookups(comparison, expected, records):
    count = len(records)
    everything = np.ones(count, np.bool_)
    stored, searched = Neighbours(comparison, count), Neighbours(comparison, count, 0)
    for edges in comparison.edges():
        stored.add(edges)
        searched.add(edges)
    stored.finish()
    searched.finish()
    for number in range(count):
        matches = {
            (j if i == number else i): ssd for (i, j), ssd in expected.items() if number in (i, j)
        }
        for place in (stored, searched):
            edges = place.of(number, everything)
            assert dict(zip(edges.b.tolist(), edges.ssd.tolist(), strict=True)) == matches
            assert (edges.a == number).all()
        one, other = stored.of(number, everything), searched.of(number, everything)
        for place, (b, ssd) in enumerate(zip(other.b.tolist(), other.ssd.tolist(), strict=True)):
            for code in (int(one.turn[place]), int(other.turn[place])):
                assert distance(records[number], records[b], code) == ssd


EXAMPLES = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@EXAMPLES
@given(collections())
def test_the_join_finds_exactly_the_pairs_of_the_reference(collection):
    records, options, block = collection
    comparison, expected = check_against_the_reference(records, options, block)
    check_lookups(comparison, expected, records)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(EXAMPLES, max_examples=5000)
@given(collections())
def test_the_join_finds_exactly_the_pairs_of_the_reference_at_length(collection):
    records, options, block = collection
    comparison, expected = check_against_the_reference(records, options, block)
    check_lookups(comparison, expected, records)


@settings(EXAMPLES, max_examples=4)
@given(collections(px=(50, 99, 200), most=5))
def test_the_join_is_exact_at_larger_tensors(collection):
    check_against_the_reference(*collection)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(EXAMPLES, max_examples=200)
@given(collections(px=(50, 99, 150, 200), most=8))
def test_the_join_is_exact_at_larger_tensors_at_length(collection):
    check_against_the_reference(*collection)


@pytest.mark.parametrize("threshold", [0.0, 5.0, 4000.0, 65025.0])
@pytest.mark.parametrize("block", [8, 1024])
def test_a_dense_collection_is_found_in_full(threshold, block):
    rng = np.random.default_rng(3)
    base = rng.integers(60, 190, (10, 10, 3))
    records = [
        make_record(
            f"/p/{number:03}",
            np.clip(base + rng.normal(0, 1.5, base.shape), 0, 255).astype(np.uint8),
        )
        for number in range(60)
    ]
    options = make_options(similarity=threshold, mirror=True)
    _, expected = check_against_the_reference(records, options, block)
    assert bool(expected) == (threshold > 0)


def test_a_threshold_decides_without_rounding():
    px = 10
    base = np.full((px, px, 3), 50, np.uint8)
    rng = np.random.default_rng(1)
    for threshold in (0.1, 1 / 3, 5.0, 7.77, 1000.001):
        limit = math.floor(Fraction(threshold) * 300)
        assert ssd_limit(threshold, px) == limit
        for ssd, matches in ((limit, 1), (limit + 1, 0)):
            records = [make_record("/p/a", base), make_record("/p/b", step(base, ssd, rng))]
            options = make_options(similarity=threshold)
            assert len(all_matches(records, options)) == matches
            check_against_the_reference(records, options, None)


@pytest.mark.parametrize("px", [10, 50, 200])
def test_black_and_white_are_as_far_apart_as_can_be(px):
    black, white = np.zeros((px, px, 3), np.uint8), np.full((px, px, 3), 255, np.uint8)
    assert ssd_of_pairs([black], [white], 0, 2**62).tolist() == [65025 * 3 * px * px]
    assert ssd_table([black], [white], 0).tolist() == [[65025 * 3 * px * px]]


def test_sums_too_long_for_32_bits_are_exact():
    px = 400
    black, white = np.zeros((px, px, 3), np.uint8), np.full((px, px, 3), 255, np.uint8)
    assert ssd_of_pairs([black], [white], 3, 2**62).tolist() == [65025 * 3 * px * px]


@pytest.mark.parametrize("code", range(8))
def test_pairs_and_tables_agree(code):
    rng = np.random.default_rng(code)
    left = list(rng.integers(0, 256, (5, 12, 12, 3), np.uint8))
    right = list(rng.integers(0, 256, (7, 12, 12, 3), np.uint8))
    table = ssd_table(left, right, code)
    for i, one in enumerate(left):
        expected = [int(((one.astype(int) - turned(two, code)) ** 2).sum()) for two in right]
        assert table[i].tolist() == expected
        assert ssd_of_pairs([one] * 7, right, code, 2**62).tolist() == expected


def test_a_sum_that_is_cut_short_is_still_above_the_limit():
    rng = np.random.default_rng(2)
    one, other = rng.integers(0, 256, (2, 300, 300, 3), np.uint8)
    assert ssd_of_pairs([one], [other], 0, 1000)[0] > 1000


def test_planes_of_opaque_pictures_stand_for_both_backdrops():
    assert plane_pairs(1, 1, first_frame=False) == ((0, 0),)
    assert plane_pairs(1, 2, first_frame=False) == ((0, 0), (0, 1))
    assert plane_pairs(2, 2, first_frame=False) == ((0, 0), (1, 1))
    assert plane_pairs(3, 3, first_frame=False) == ((0, 0), (1, 1), (2, 2))
    assert plane_pairs(3, 6, first_frame=False) == (
        (0, 0), (0, 1), (1, 2), (1, 3), (2, 4), (2, 5),
    )  # fmt: skip
    assert plane_pairs(6, 6, first_frame=False) == tuple((n, n) for n in range(6))
    assert plane_pairs(1, 6, first_frame=True) == ((0, 0), (0, 1))
    assert plane_pairs(2, 3, first_frame=True) == ((0, 0), (1, 0))


def test_real_photos_match_their_crops_resized_and_turned_as_the_reference_says():
    photos = [skimage.data.astronaut(), skimage.data.chelsea(), skimage.data.coffee()]
    records = []
    for number, pixels in enumerate(photos):
        picture = Image.fromarray(pixels)
        for name, variant in {
            "whole": picture,
            "smaller": picture.resize((160, 120)),
            "turned": picture.transpose(Image.Transpose.ROTATE_90),
            "mirrored": picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
            "cropped": picture.crop((2, 2, picture.width - 2, picture.height - 2)),
        }.items():
            tensor = np.asarray(variant.convert("RGB").resize((50, 50), Image.Resampling.BICUBIC))
            records.append(make_record(f"/p/{number}{name}", tensor))
    for threshold in (5.0, 60.0, 3000.0):
        options = make_options(similarity=threshold, mirror=True, px_size=50)
        _, expected = check_against_the_reference(records, options, None)
        assert expected


def test_memory_for_matches_is_bounded():
    assert neighbours_module.STORED <= 4_000_000


def test_many_sizes_of_few_images_each_are_compared_in_full():
    rng = np.random.default_rng(6)
    records = [
        make_record(f"/p/{n:03}", np.full((10, 10, 3), rng.integers(9), np.uint8), size=(n // 3, 7))
        for n in range(99)
    ]
    _, expected = check_against_the_reference(records, make_options(similarity=2.0), None)
    assert len(expected) > 20


@pytest.mark.parametrize("chunksize", [1, 64, 1000, 10**9])
def test_the_chunksize_never_changes_the_result(chunksize):
    rng = np.random.default_rng(8)
    base = rng.integers(0, 250, (10, 10, 3))
    records = [
        make_record(f"/p/{n:03}", (base + rng.integers(0, 6, base.shape)).astype(np.uint8))
        for n in range(30)
    ]
    options = make_options(similarity=6.0, chunksize=chunksize)
    check_against_the_reference(records, options, None)
