"""Where two pictures differ is told as places of the one that is compared with, never more."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from harness.photos import whole_photo
from PIL import Image, ImageDraw, ImageEnhance

from difd.engine.show.differences import DifferenceRequest, find_differences
from difd.engine.work import WorkerLoss
from difd.pools.local import LocalPool

SIZE = (640, 480)
MARKS = ((100, 60, 130, 80), (500, 400, 540, 420))


def original() -> Image.Image:
    return whole_photo("coffee.png").convert("RGB").resize(SIZE)


def marked() -> Image.Image:
    """The picture with two places painted over."""
    made = original()
    for box in MARKS:
        ImageDraw.Draw(made).rectangle(box, fill=(20, 220, 60))
    return made


def places(one: Path, other: Path, **how) -> list[tuple[float, ...]]:
    """Left, top, right and bottom in pixels of the other picture, from left to right."""
    asked = DifferenceRequest(os.fsencode(one), os.fsencode(other), **how)
    found = find_differences(asked)
    assert not isinstance(found, str), found
    with Image.open(other) as picture:
        size = picture.size * 2
    return sorted(
        tuple(share * edge for share, edge in zip(box, size, strict=True)) for box in found
    )


def assert_marks(found, marks=MARKS, slack: float = 34) -> None:
    assert len(found) == len(marks)
    for box, mark in zip(found, marks, strict=True):
        assert all(
            low - slack <= value <= high + slack
            for value, low, high in zip(box, mark, mark, strict=True)
        ), (box, mark)
        assert box[0] <= mark[0] + 8
        assert box[1] <= mark[1] + 8
        assert box[2] >= mark[2] - 8
        assert box[3] >= mark[3] - 8


@pytest.fixture
def saved(tmp_path):
    original().save(tmp_path / "original.png")
    marked().save(tmp_path / "marked.png")
    return tmp_path


def test_each_place_is_told(saved):
    assert_marks(places(saved / "marked.png", saved / "original.png", rotation=0, mirrored=False))


def test_saving_again_is_no_difference(saved):
    original().save(saved / "again.jpg", quality=92, subsampling=0)
    assert places(saved / "again.jpg", saved / "original.png", rotation=0, mirrored=False) == []
    assert places(saved / "original.png", saved / "original.png") == []


def test_a_smaller_one_that_lies_turned_is_compared_with_the_places_of_the_other(saved):
    turned = marked().resize((320, 240), Image.Resampling.LANCZOS).rotate(-90, expand=True)
    turned.save(saved / "turned.png")
    known = places(saved / "turned.png", saved / "original.png", rotation=90, mirrored=False)
    assert_marks(known)
    assert places(saved / "turned.png", saved / "original.png") == known, "it has to be found out"


def test_in_a_crop_the_places_are_those_of_the_whole(saved):
    left, top, right, bottom = 40, 30, 600, 460
    marked().crop((left, top, right, bottom)).save(saved / "crop.png")
    lie = tuple(
        (x / SIZE[0], y / SIZE[1])
        for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))
    )
    assert_marks(places(saved / "crop.png", saved / "original.png", lie=lie))


def test_where_all_differs_what_is_known_from_the_search_is_told(saved):
    ImageEnhance.Brightness(marked()).enhance(1.5).save(saved / "bright.png")
    whole = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    assert places(saved / "bright.png", saved / "original.png", lie=whole) == [
        pytest.approx((0, 0, *SIZE), abs=1)
    ]
    hidden = tuple(
        tuple(value / edge for value, edge in zip(box, SIZE * 2, strict=True)) for box in MARKS
    )
    found = places(saved / "bright.png", saved / "original.png", lie=whole, hidden=hidden)
    assert_marks(found)


def test_what_cannot_be_compared_says_why(saved, tmp_path):
    original().resize((300, 300)).save(saved / "square.png")
    asked = DifferenceRequest(os.fsencode(saved / "square.png"), os.fsencode(saved / "marked.png"))
    assert find_differences(asked) == "they have other proportions"
    gone = DifferenceRequest(os.fsencode(tmp_path / "gone.png"), os.fsencode(saved / "marked.png"))
    assert isinstance(find_differences(gone), str)


@pytest.mark.early
def test_every_hostile_picture_is_compared_or_reported(corpus, saved):
    paths = sorted(path for path in (corpus / "hostile").rglob("*") if path.is_file())
    other = os.fsencode(saved / "original.png")
    asked = [DifferenceRequest(os.fsencode(path), other) for path in paths]
    with LocalPool(2, item_seconds=120) as pool:
        found = dict(pool.map(find_differences, asked))
    assert not [one for one in found.values() if isinstance(one, WorkerLoss)]
    reasons = [one for one in found.values() if isinstance(one, str)]
    assert reasons
    assert all(0 < len(one) < 250 and "\n" not in one for one in reasons)
