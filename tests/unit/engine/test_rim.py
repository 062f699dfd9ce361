"""Where a picture ends around another one there is a frame, a screen, a collage; crops go on."""

from __future__ import annotations

import numpy as np
import pytest
from harness.photos import whole_photo
from PIL import Image

from difd.engine.edited.rim import rim_of

PHOTOS = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg")
BOXES = ((0.3, 0.3, 0.7, 0.7), (0.1, 0.5, 0.35, 0.9), (0.0, 0.0, 0.5, 0.5), (0.02, 0.02, 0.9, 0.95))


def map_of(box, outer, inner) -> np.ndarray:
    """From the picture that lies in this box of another one, in pixels, to that one."""
    left, top, right, _ = box
    scale = (right - left) / inner.width * max(inner.size) / max(outer.size)
    return np.array(
        [[scale, 0, left / max(outer.size)], [0, scale, top / max(outer.size)], [0, 0, 1]]
    )


def rim(outer: Image.Image, inner: Image.Image, box) -> float | None:
    return rim_of(np.asarray(outer.convert("L")), map_of(box, outer, inner), inner.size)


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("shares", BOXES)
def test_where_a_scene_goes_on_nothing_ends(name, shares):
    whole = whole_photo(name)
    box = tuple(round(share * edge) for share, edge in zip(shares, whole.size * 2, strict=True))
    found = rim(whole, whole.crop(box), box)
    assert found is not None
    assert found < 1.9


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("ground", ["white", "black", "photo"])
def test_a_frame_a_screen_and_a_collage_end_there(name, ground):
    inner = whole_photo(name).resize((240, 200))
    outer = Image.new("RGB", (640, 480), "black" if ground == "photo" else ground)
    if ground == "photo":
        outer = whole_photo("ihc.png").resize((640, 480))
    outer.paste(inner, (150, 90))
    found = rim(outer, inner, (150, 90, 390, 290))
    assert found is not None
    assert found > 2


def test_what_lies_on_the_border_on_all_sides_says_nothing():
    whole = whole_photo("coffee.png")
    assert rim(whole, whole, (0, 0, *whole.size)) is None
