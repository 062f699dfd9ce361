"""The comparison finds exactly the pairs that integers find, with the same distances."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from harness.photos import whole_photo
from harness.records import make_options, make_record
from harness.reference import all_matches, distance, turned
from harness.tensor_sets import collections, step
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image

from difd.engine.match import comparison
from difd.engine.match import lookup as neighbours_module
from difd.engine.match.comparison import Comparison
from difd.engine.match.distance import Planes, plane_pairs, ssd_limit
from difd.engine.match.lookup import Neighbours
from difd.engine.match.signature import signatures
from difd.engine.orientation import allowed_turns


def edges_by_threads(records, options, threads, block):
    """Everything that a comparison yields, in its order."""
    made = replace(options, processes=threads)
    return [
        (edges.a.tolist(), edges.b.tolist(), edges.ssd.tolist(), edges.turn.tolist())
        for edges in compare(records, made, block).edges()
    ]


def compare(records, options, block=None):
    coefficients, _ = signatures([record.tensor for record in records], options.px_size)
    return Comparison(records, coefficients, options, block=block)


def check_against_the_reference(records, options, block):
    """Also with blocks so small that the join has many, and sets so small that it has none."""
    with pytest.MonkeyPatch.context() as patch:
        if block is not None and block < 5:
            patch.setattr(comparison, "_SMALL", 1)
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


@settings(EXAMPLES, max_examples=40)
@given(collections(most=30), st.integers(2, 5))
def test_the_number_of_threads_changes_nothing(collection, threads):
    records, options, block = collection
    alone = edges_by_threads(records, options, 1, block)
    assert edges_by_threads(records, options, threads, block) == alone


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


@pytest.mark.parametrize("px", [10, 13, 50, 99, 200])
def test_a_threshold_decides_without_rounding(px):
    base = np.full((px, px, 3), 50, np.uint8)
    rng = np.random.default_rng(1)
    for threshold in (0.1, 1 / 3, 5.0, 7.77, 1000.001):
        limit = math.floor(Fraction(threshold) * (3 * px * px))
        assert ssd_limit(threshold, px) == limit
        for ssd, matches in ((limit, 1), (limit + 1, 0)):
            records = [make_record("/p/a", base), make_record("/p/b", step(base, ssd, rng))]
            options = make_options(similarity=threshold, px_size=px)
            assert len(all_matches(records, options)) == matches
            check_against_the_reference(records, options, None)


def ssd_of_pairs(left, right, code, limit=2**62):
    """The SSD of every left tensor and the right one of the same number, turned by `code`."""
    planes = [tensor[None] for tensor in (*left, *right)]
    count = len(left)
    made = Planes(planes, np.ones(2 * count, np.int64), left[0].shape[0])
    a, b = np.arange(count), np.arange(count, 2 * count)
    return made.closest(a, b, np.full(count, 1 << code, np.uint8), limit)[0]


@pytest.mark.parametrize("px", [10, 50, 200, 1000])
@pytest.mark.parametrize("code", [0, 3])
def test_black_and_white_are_as_far_apart_as_can_be(px, code):
    """At 400 pixels and more the sum needs more than 32 bits."""
    black, white = np.zeros((px, px, 3), np.uint8), np.full((px, px, 3), 255, np.uint8)
    assert ssd_of_pairs([black], [white], code).tolist() == [65025 * 3 * px * px]


@pytest.mark.parametrize("code", range(8))
@pytest.mark.parametrize("px", [10, 13, 50, 111, 600])
def test_sums_are_those_of_turned_tensors(code, px):
    rng = np.random.default_rng(code)
    left = list(rng.integers(0, 256, (3, px, px, 3), np.uint8))
    right = list(rng.integers(0, 256, (3, px, px, 3), np.uint8))
    exact = [
        int(((one.astype(int) - turned(two, code)) ** 2).sum())
        for one, two in zip(left, right, strict=True)
    ]
    assert ssd_of_pairs(left, right, code).tolist() == exact
    for limit in (min(exact) - 1, min(exact), max(exact) - 1, max(exact)):
        cut = [min(ssd, limit + 1) for ssd in exact]
        assert ssd_of_pairs(left, right, code, limit).tolist() == cut


def test_tensors_are_read_where_they_lie(tmp_path):
    """Also in a file that is mapped read-only, and from views that are not in one piece."""
    rng = np.random.default_rng(4)
    tensors = rng.integers(0, 256, (6, 10, 10, 3), np.uint8)
    tensors.tofile(tmp_path / "tensors")
    mapped = np.memmap(tmp_path / "tensors", np.uint8, "r", shape=tensors.shape)
    expected = ssd_of_pairs(list(tensors[:3]), list(tensors[3:]), 5).tolist()
    assert ssd_of_pairs(list(mapped[:3]), list(mapped[3:]), 5).tolist() == expected
    wide = np.zeros((6, 10, 20, 3), np.uint8)
    wide[:, :, ::2] = tensors
    apart = wide[:, :, ::2]
    assert ssd_of_pairs(list(apart[:3]), list(apart[3:]), 5).tolist() == expected


def test_planes_that_contradict_the_frames_are_never_read_past_their_end():
    one, six = np.zeros((1, 10, 10, 3), np.uint8), np.full((6, 10, 10, 3), 9, np.uint8)
    for frames in ([1, 1], [5, 5], [1, 5]):
        planes = Planes([one, six], np.array(frames), 10)
        for a, b in ((0, 1), (1, 0)):
            ssd, _ = planes.closest(np.array([a]), np.array([b]), np.array([1], np.uint8), 2**62)
            assert ssd.tolist() == [300 * 81]


def test_of_equally_good_turns_the_smallest_of_the_later_image_onto_the_earlier_one_counts():
    rng = np.random.default_rng(5)
    half = rng.integers(0, 256, (10, 10, 3), np.uint8)
    # Equal to itself when turned by 180 degrees: a quarter turn either way is as good.
    image = half // 2 + turned(half, 2) // 2
    planes = Planes([image[None], turned(image, 1)[None]], np.ones(2, np.int64), 10)
    turns = np.array([0b1111], np.uint8)
    for a, b, code in ((0, 1, 1), (1, 0, 3)):
        ssd, turn = planes.closest(np.array([a]), np.array([b]), turns, 100)
        assert (ssd.tolist(), turn.tolist()) == ([0], [code])


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
    records = []
    for number, photo in enumerate(("astronaut.png", "chelsea.png", "coffee.png")):
        picture = whole_photo(photo)
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
