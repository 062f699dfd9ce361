"""Seeded tensors around a threshold, for tests that compare everything with a reference."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from difd.engine.match.distance import ssd_limit
from harness.records import make_options, make_record
from harness.reference import turned

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
