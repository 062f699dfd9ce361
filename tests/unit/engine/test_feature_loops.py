"""The compiled loops of local features and their twins in numpy make the same, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from harness.native import compiled_loops
from harness.pictures import photo
from hypothesis import given, settings
from hypothesis import strategies as st

from difd.engine.features.codes import flips
from difd.engine.features.scales import _LEVELS, _weights, octaves, places_in
from difd.engine.features.surroundings import _cell_weights, _directions, _window, turned
from difd.engine.native import twin
from difd.engine.read.grey import working_grey

loops = compiled_loops()

SEED = st.integers(0, 2**32)


def noise(seed: int, height: int, width: int, kind: str = "noise") -> np.ndarray:
    if kind == "photo":
        return np.asarray(photo(width, height).convert("L")).astype(np.int16) * 64
    if kind == "white":
        return np.full((height, width), 255 * 64, np.int16)
    chance = np.random.default_rng(seed)
    return chance.integers(0, 256, (height, width)).astype(np.int16) * 64


def blurred(module, level: np.ndarray, weights: np.ndarray) -> np.ndarray:
    out = np.empty_like(level)
    module.blur(level, weights, out)
    return out


KIND = st.sampled_from(["noise", "photo", "white"])


@settings(max_examples=60, deadline=None)
@given(SEED, KIND, st.integers(1, 60), st.integers(1, 90), st.floats(1, 6))
def test_pictures_are_blurred_alike(seed, kind, height, width, blur):
    level, weights = noise(seed, height, width, kind), _weights(blur)
    assert np.array_equal(blurred(loops, level, weights), blurred(twin, level, weights))


@pytest.mark.parametrize("blur", [1.0, 1.6, 3.1])
def test_a_blur_keeps_the_mean_and_what_is_even(blur):
    level = noise(1, 50, 70, "photo")
    made = blurred(loops, level, _weights(blur))
    assert abs(made.mean() - level.mean()) < 0.02 * 64 + 0.02 * level.mean()
    even = noise(1, 9, 9, "white")
    assert np.abs(blurred(loops, even, _weights(blur)) - even).max() <= 16


def levels_of(seed: int, height: int, width: int, kind: str) -> np.ndarray:
    first = noise(seed, height, width, kind)
    levels = [first]
    for blur in (1.2, 1.5, 1.9, 2.4, 3.0):
        levels.append(blurred(loops, levels[-1], _weights(blur)))
    assert len(levels) == _LEVELS
    return np.stack(levels)


@settings(max_examples=40, deadline=None)
@given(SEED, KIND, st.integers(1, 60), st.integers(1, 90), st.integers(0, 60), st.integers(0, 400))
def test_the_same_places_stand_out(seed, kind, height, width, lowest, room):
    levels = levels_of(seed, height, width, kind)
    results = []
    for module in (loops, twin):
        out = np.zeros((room, 4), np.float32)
        results.append((module.extrema(levels, lowest, out), out))
    assert results[0][0] == results[1][0]
    assert np.array_equal(results[0][1], results[1][1])


def points_in(seed: int, height: int, width: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    count = int(chance.integers(0, 12))
    angle = chance.uniform(0, 2 * np.pi, count)
    made = np.stack(
        [
            chance.uniform(-20, width + 20, count),
            chance.uniform(-20, height + 20, count),
            chance.uniform(0.1, 6, count),
            np.cos(angle),
            np.sin(angle),
        ],
        axis=1,
    )
    return made.astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(SEED, KIND, st.integers(1, 60), st.integers(1, 90))
def test_surroundings_look_alike(seed, kind, height, width):
    level, points = noise(seed, height, width, kind), points_in(seed, height, width)
    for name, tables, shape in (
        ("spread_of_directions", (_window(), _directions()), (32,)),
        ("describe", (_cell_weights(),), (4, 4, 8)),
    ):
        made = []
        for module in (loops, twin):
            out = np.full((len(points), *shape), np.nan, np.float32)
            getattr(module, name)(level, points, *tables, out)
            made.append(out)
        assert np.array_equal(*made), name


@settings(max_examples=40, deadline=None)
@given(SEED, st.integers(0, 40), st.integers(1, 40), st.integers(0, 6), st.integers(1, 4))
def test_a_table_holds_the_bits_that_were_asked_for(seed, count, length, beginning, kinds):
    chance = np.random.default_rng(seed)
    codes = chance.integers(0, 2**64, count, np.uint64)
    numbers = np.flatnonzero(chance.random(count) < 0.7)
    bits = chance.integers(0, 64, length)
    wanted = chance.integers(0, 2, 1 << min(beginning, length), np.uint8)
    made = []
    for module in (loops, twin):
        out = np.zeros(len(numbers) * kinds, np.uint64)
        entered = module.enter_codes(codes, numbers, flips()[:kinds], bits, wanted, out)
        made.append(out[:entered].tolist())
    expected = []
    for number in numbers.tolist():
        for kind in range(kinds):
            code = int(codes[number] ^ flips()[kind])
            key = int("".join(str(code >> bit & 1) for bit in bits.tolist()), 2)
            if wanted[key >> (length - min(beginning, length))]:
                expected.append(key << (64 - length) | number << 2 | kind)
    assert made == [expected, expected]


def index_of(seed: int, count: int, kinds: int):
    """Codes of which many are near one another, and their entries in a table."""
    chance = np.random.default_rng(seed)
    kept = chance.integers(0, 2**64, kinds, np.uint64)
    codes = kept[chance.integers(0, kinds, count)]
    for _ in range(3):
        codes ^= np.uint64(1) << chance.integers(0, 64, count).astype(np.uint64)
    codes ^= flips()[chance.integers(0, 4, count)]
    length = 20
    entries = np.zeros(count, np.uint64)
    every = np.ones(1, np.uint8)
    loops.enter_codes(codes, np.arange(count), flips()[:1], np.arange(length), every, entries)
    entries = np.sort(entries | chance.integers(0, 4, count).astype(np.uint64))
    pictures = chance.integers(0, 9, count).astype(np.int32)
    turns, zooms = chance.integers(0, 256, (2, count)).astype(np.uint8)
    return codes, pictures, turns, zooms >> 1, entries, length


@settings(max_examples=40, deadline=None)
@given(
    SEED, st.integers(1, 300), st.integers(1, 20), st.integers(0, 64), st.integers(1, 20),
    st.integers(1, 12), st.integers(0, 900), st.integers(1, 4),
)  # fmt: skip
def test_votes_are_cast_alike(seed, count, kinds, limit, least, crowd, room, ways):
    codes, pictures, turns, zooms, entries, length = index_of(seed, count, kinds)
    masks = np.array([0xFFF, 0xFFF000], np.uint64)
    made = []
    for module in (loops, twin):
        votes = np.zeros(room, np.uint64)
        result = module.cast_votes(
            codes, pictures, turns, zooms, masks, flips()[:ways], entries,
            limit, length, least, crowd, votes,
        )  # fmt: skip
        made.append((result, votes.tolist()))
    assert made[0] == made[1]


@settings(max_examples=40, deadline=None)
@given(SEED, st.integers(0, 60), st.integers(0, 60), st.integers(0, 20), st.booleans())
def test_pictures_lie_alike(seed, first, second, limit, related):
    chance = np.random.default_rng(seed)
    codes = chance.integers(0, 2**64, first + second, np.uint64)
    places = chance.uniform(0, 1, (first + second, 5)).astype(np.float32)
    angle = chance.uniform(0, 6.3, first + second)
    places[:, 2] = chance.uniform(0.005, 0.1, first + second)
    places[:, 3], places[:, 4] = np.cos(angle), np.sin(angle)
    shared = min(first, second) if related else 0
    codes[first : first + shared] = codes[:shared] ^ np.uint64(1 << 9)
    places[first : first + shared] = places[:shared]
    places[first : first + shared, :3] *= np.float32(0.5)
    starts = np.array([0, first, first + second])
    pairs = np.array([[0, 1], [1, 0], [0, 0]])
    made = []
    for module in (loops, twin):
        maps, agree = np.zeros((3, 6)), np.zeros(3, np.int32)
        module.lies_of(codes, places, starts, pairs, limit, maps, agree)
        made.append((maps, agree))
    assert np.array_equal(made[0][1], made[1][1])
    assert np.allclose(made[0][0], made[1][0], rtol=1e-9, atol=1e-12)
    if shared > 20 and limit > 0:
        assert made[0][1][0] > 5
        assert made[0][0][0] == pytest.approx([0.5, 0, 0, 0, 0.5, 0], abs=1e-3)


def test_places_are_found_again_in_a_turned_and_smaller_picture():
    grey = working_grey(photo(640, 480)).grey
    found = octaves(grey)
    places = places_in(found)
    assert len(places) > 100
    which, turns = turned(found, places)
    assert len(which) >= len(places) * 0.9
    assert turns.min() >= 0
    assert turns.max() <= 1
