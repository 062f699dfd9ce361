"""Which variants of a photo are found at which threshold, on the corpus's real ones."""

from __future__ import annotations

import pytest
from bench import variants as bench

QUARTER_TURNS = ("2-rotate-90", "3-rotate-180", "4-rotate-270")
FLIPS = ("5-flipx", "6-flipy", "7-flip-plus-1", "8-flip-minus-1")
MODES = ("CMYK.jpg", "HSV.webp", "LAB.webp", "P.png", "PA.webp", "RGB.jpg", "YCbCr.jpg")
GREY = ("1.png", "F.webp", "I.webp", "L.png", "LA.png")

FOUND_AT = {
    0: {"modes/RGBA.png"},
    5: {
        *(f"dih/bridge-{name}.jpg" for name in QUARTER_TURNS),
        *(f"modes/{name}" for name in MODES),
        "bridge-mods/blur-a-little.jpg",
        "bridge-mods/shrink-a-little.jpg",
        "bridge-mods/square-256x256.jpg",
        "bridge-mods/square-512x512.jpg",
    },
    25: {
        "bridge-mods/blur-a-lot.jpg",
        "bridge-mods/sharpen-a-little.jpg",
        "bridge-mods/shrink-a-lot.jpg",
        "bridge-mods/square-128x128.jpg",
    },
}
"""The lowest threshold at which each is found; what is not here is not found without mirror."""


def found_at(variants, threshold: float, which: str) -> set[str]:
    return {v.name for v in variants if getattr(v, which).found[threshold] is not None}


@pytest.mark.early
def test_variants_are_found_where_their_mse_says_so(corpus):
    variants = bench.measure(corpus)
    assert len(variants) == 31
    named = {variant.name: variant for variant in variants}
    expected: set[str] = set()
    flips = {f"dih/bridge-{name}.jpg" for name in FLIPS}
    for threshold, names in FOUND_AT.items():
        expected |= names
        assert found_at(variants, threshold, "turned") == expected
        assert found_at(variants, threshold, "mirrored") == expected | (
            flips if threshold else set()
        )
    for variant in variants:
        assert variant.mirrored.mse <= variant.turned.mse
        for likeness in (variant.turned, variant.mirrored):
            for threshold, match in likeness.found.items():
                assert (match is not None) == (likeness.mse <= threshold)
    # A turned copy that was saved again is as near as one that was not turned.
    assert all(named[f"dih/bridge-{name}.jpg"].turned.mse < 0.2 for name in QUARTER_TURNS)
    assert all(named[name].mirrored.mse < 0.2 for name in flips)
    assert all(named[name].turned.mse > 4000 for name in flips)
    assert all(named[f"modes/{name}"].turned.mse > 300 for name in GREY)
    # Equal pixels in another mode are no proof, but they are no difference either.
    assert named["modes/RGBA.png"].turned.found[0] == "tensor"

    head, *lines = bench.table(variants)
    assert head.split()[:2] == ["variant", "MSE"]
    assert len(lines) == 31
