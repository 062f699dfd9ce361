"""Signatures never rule out a match: their distance never exceeds that of the tensors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from harness.photos import whole_photo
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from difd.engine.match import signature
from difd.engine.match.signature import (
    LENGTH,
    norms_slack,
    orbit_norms,
    radius,
    rounding_margin,
    signatures,
    turned_order,
)
from difd.engine.orientation import turn_image

PX = st.sampled_from([10, 11, 13, 32, 50, 100, 201])


def tensors(px, seed, kind):
    rng = np.random.default_rng(seed)
    one = rng.integers(0, 256, (px, px, 3), np.uint8)
    if kind == "unlike":
        other = rng.integers(0, 256, (px, px, 3), np.uint8)
    elif kind == "near":
        other = np.clip(one.astype(int) + rng.integers(-3, 4, one.shape), 0, 255).astype(np.uint8)
    elif kind == "brighter":
        # The whole difference lies in the lowest frequency: the bound is met with equality.
        one = np.minimum(one, 254)
        other = one + np.uint8(1)
    else:
        one, other = np.zeros_like(one), np.full_like(one, 255)
    return one, other


@settings(max_examples=60, deadline=None)
@given(
    PX, st.integers(0, 2**32), st.sampled_from(["unlike", "near", "brighter", "black and white"])
)
def test_the_distance_of_signatures_is_a_lower_bound_in_every_turn(px, seed, kind):
    one, other = tensors(px, seed, kind)
    both, _ = signatures([one, other], px)
    exact = both.astype(np.float64)
    norms = orbit_norms(both).astype(np.float64)
    for code in range(8):
        difference = one.astype(np.int64) - turn_image(other, code)
        ssd = int((difference**2).sum())
        order, signs = turned_order(code)
        distance = np.linalg.norm(exact[0] - exact[1][order] * signs)
        assert distance <= radius(ssd, px)
        assert np.linalg.norm(norms[0] - norms[1]) <= radius(ssd, px) + norms_slack(px)


@settings(max_examples=30, deadline=None)
@given(PX, st.integers(0, 2**32), st.integers(0, 7))
def test_the_signature_of_a_turned_image_is_the_turned_signature(px, seed, code):
    tensor, _ = tensors(px, seed, "unlike")
    both, sums = signatures([tensor, np.ascontiguousarray(turn_image(tensor, code))], px)
    order, signs = turned_order(code)
    turned = both[0].astype(np.float64)[order] * signs
    assert np.linalg.norm(turned - both[1]) <= 2 * rounding_margin(px)
    assert np.array_equal(sums[0], sums[1])


def test_the_bound_is_tight_where_images_differ_in_brightness_only():
    one = np.full((50, 50, 3), 100, np.uint8)
    both, _ = signatures([one, one + np.uint8(2)], 50)
    assert np.linalg.norm(both[0] - both[1]) == pytest.approx(math.sqrt(7500 * 4), rel=1e-4)


def test_sums_are_exact():
    tensor = np.full((200, 200, 3), 255, np.uint8)
    _, sums = signatures([tensor], 200)
    assert sums.tolist() == [[255 * 200 * 200] * 3]


def test_large_tensors_are_taken_in_strips_with_the_same_outcome():
    rng = np.random.default_rng(5)
    tensor = rng.integers(0, 256, (1500, 1500, 3), np.uint8)
    alone, sums = signatures([tensor], 1500)
    assert sums[0].tolist() == tensor.reshape(-1, 3).sum(axis=0, dtype=np.int64).tolist()
    u, v = 1, 2
    x = (2 * np.arange(1500) + 1) * math.pi / 3000
    brightness = tensor.sum(axis=2, dtype=np.int64) / math.sqrt(3)
    coefficient = np.cos(u * x) @ brightness @ np.cos(v * x) * 2 / 1500
    assert np.isclose(alone[0].astype(np.float64), coefficient, rtol=1e-4, atol=1e-2).any()


def test_real_photos_keep_most_of_their_energy_in_the_signature():
    photo = whole_photo("astronaut.png").resize((50, 50), Image.Resampling.BICUBIC)
    tensor = np.asarray(photo)
    both, _ = signatures([tensor], 50)
    energy = float((tensor.astype(np.float64) ** 2).sum())
    assert both.shape == (1, LENGTH)
    assert 0.8 * energy < float((both.astype(np.float64) ** 2).sum()) <= energy * (1 + 1e-6)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_compute_the_same(monkeypatch, threads):
    monkeypatch.setattr(signature, "_BATCH", 2000)
    images = list(np.random.default_rng(1).integers(0, 256, (50, 10, 10, 3), np.uint8))
    told = []
    both, sums = signatures(images, 10, told.append, threads)
    assert told == sorted(told)
    assert told[-1] == 50
    for number, image in enumerate(images):
        alone, total = signatures([image], 10)
        assert np.array_equal(both[number], alone[0])
        assert np.array_equal(sums[number], total[0])


def test_no_image_has_no_signature():
    both, sums = signatures([], 50)
    assert both.shape == (0, LENGTH)
    assert sums.shape == (0, 3)
