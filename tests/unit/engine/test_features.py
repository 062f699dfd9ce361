"""Features of a picture are found again in its copies, however these were edited."""

from __future__ import annotations

import numpy as np
import pytest
from harness.pictures import photo
from PIL import Image, ImageEnhance, ImageOps
from skimage import data

from difd.engine.edited.lie import lies
from difd.engine.edited.likely import WAYS, gather, likely
from difd.engine.features.features import (
    AREA,
    MOST,
    Features,
    features_of,
    working_size,
)
from difd.engine.read.grey import working_grey


def features(picture: Image.Image) -> Features:
    return features_of(working_grey(picture).grey)


def astronaut() -> Image.Image:
    return Image.fromarray(data.astronaut())


EDITS = {
    "smaller": lambda one: one.resize((170, 170)),
    "a crop of a third": lambda one: one.crop((100, 50, 400, 350)),
    "turned by 10 degrees": lambda one: one.rotate(10, Image.Resampling.BICUBIC),
    "turned by a quarter": lambda one: one.transpose(Image.Transpose.ROTATE_90),
    "a border": lambda one: ImageOps.expand(one, 60, "white"),
    "darker": lambda one: ImageEnhance.Brightness(one).enhance(0.5),
    "grey": lambda one: one.convert("L"),
    "mirrored": ImageOps.mirror,
    "mirrored and cropped": lambda one: ImageOps.mirror(one.crop((100, 50, 400, 350))),
    "inverted": ImageOps.invert,
    "mirrored and inverted": lambda one: ImageOps.invert(ImageOps.mirror(one)),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_copy_is_found_among_other_pictures(edit):
    others = [photo(640, 480), Image.fromarray(data.coffee()), Image.fromarray(data.rocket())]
    pictures = [astronaut(), *others, EDITS[edit](astronaut())]
    gathered = gather([features(one).packed() for one in pictures])
    found = likely(gathered, 3, lambda: None)
    _, agree = lies(gathered, found)
    kept = agree >= 6
    assert {tuple(pair) for pair in found.pairs[kept].tolist()} == {(0, 4)}
    way = WAYS[int(found.ways[kept][agree[kept].argmax()])]
    assert ("mirrored" in way) == ("mirrored" in edit)
    assert ("inverted" in way) == ("inverted" in edit)


@pytest.mark.parametrize("known", [1, 3, 9, 11])
def test_new_pictures_are_found_among_known_ones_as_in_a_search_among_all(known):
    originals = [astronaut(), Image.fromarray(data.coffee()), photo(640, 480)]
    edits = ("smaller", "darker", "mirrored")
    pictures = [*originals, *(EDITS[edit](one) for edit in edits for one in originals)]
    # Features that many have are crowded, in both searches alike.
    crowd = gather([features(one).packed() for one in pictures for _ in range(8)])
    first = 8 * known

    def rows(new: int) -> set[tuple[int, ...]]:
        found = likely(crowd, 3, lambda: None, new=new)
        every = zip(found.pairs.tolist(), found.ways.tolist(), found.votes.tolist(), strict=True)
        return {(*pair, way, votes) for pair, way, votes in every if pair[0] < first <= pair[1]}

    assert rows(first) == rows(0)
    assert len(rows(first)) >= 60


def map_onto(edited: Image.Image) -> np.ndarray:
    gathered = gather([features(astronaut()).packed(), features(edited).packed()])
    found = likely(gathered, 3, lambda: None)
    maps, agree = lies(gathered, found)
    return maps[agree.argmax()]


def test_the_map_says_where_a_crop_lies():
    m = map_onto(astronaut().crop((100, 50, 400, 350)))
    zoom = 512 / 300
    expected = [zoom, 0, -100 / 300, 0, zoom, -50 / 300]
    assert m == pytest.approx(expected, abs=0.01)


def test_the_map_of_a_mirrored_picture_turns_it_round():
    m = map_onto(ImageOps.mirror(astronaut()))
    assert m == pytest.approx([-1, 0, 1, 0, 1, 0], abs=0.01)


def test_features_fit_into_twelve_bytes_each():
    made = features(astronaut())
    data_ = made.packed()
    assert len(data_) == 12 * len(made.codes) <= 12 * MOST
    again = Features.unpacked(data_)
    assert np.array_equal(again.codes, made.codes)
    for name, exactness in (("x", 0.001), ("y", 0.001), ("turns", 0.005)):
        apart = np.abs(getattr(again, name) - getattr(made, name))
        assert np.minimum(apart, 1 - apart if name == "turns" else 1).max() < exactness
    assert np.abs(np.log2(again.scales / made.scales)).max() <= 0.13


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGB", (300, 200), "black"),
        Image.new("L", (1, 1)),
        Image.linear_gradient("L").resize((640, 480)),
        Image.new("L", (30_000, 2), 80),
        Image.new("L", (3, 5), 255),
    ],
)
def test_pictures_with_nothing_distinct_have_few_features_or_none(picture):
    assert len(features(picture).codes) < 10


def test_a_picture_full_of_places_keeps_no_more_than_the_most():
    noise = np.random.default_rng(0).integers(0, 256, (90, 90), np.uint8)
    made = features(Image.fromarray(noise).resize((900, 900), Image.Resampling.BICUBIC))
    assert len(made.codes) == MOST
    parts = np.histogram2d(made.x, made.y, 4)[0]
    assert parts.min() > MOST / 16 / 3, "they are taken from all over the picture"


@pytest.mark.parametrize("size", [(4000, 3000), (800, 600), (30, 30), (30_000, 500), (1, 90_000)])
def test_pictures_are_looked_at_in_about_the_same_size(size):
    width, height = working_size(size)
    assert 1 <= width * height <= AREA * 1.02
    assert max(width, height) <= 4096
    assert width <= 4 * size[0]
    assert height <= 4 * size[1]


def test_what_is_transparent_has_no_features():
    grey = working_grey(astronaut()).grey
    seen = np.zeros(grey.shape, np.bool_)
    seen[:, : grey.shape[1] // 2] = True
    made = features_of(grey, seen)
    assert len(made.codes) > 50
    assert made.x.max() <= 0.51


def test_no_picture_has_no_pairs():
    found = likely(gather([]), 3, lambda: None)
    assert len(found.pairs) == 0
    nothing = features(Image.new("L", (9, 9))).packed()
    assert len(likely(gather([nothing, nothing]), 3, lambda: None).pairs) == 0
