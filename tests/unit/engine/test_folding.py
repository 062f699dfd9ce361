"""Classes of identical images: what is folded, and what is never even turned."""

from __future__ import annotations

import numpy as np
import pytest
from harness.records import make_record

from difd.engine.match import classes
from difd.engine.match.classes import fold
from difd.engine.match.signature import signatures
from difd.engine.orientation import allowed_turns, turn_image

TURNS = allowed_turns(rotate=True, mirror=False)
PX = 10


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (PX, PX, 3), np.uint8)


def classes_of(records) -> list[list[str]]:
    """The folded names, class by class."""
    _, sums = signatures([record.tensor for record in records], PX)
    classes = fold(records, sums, TURNS, np.zeros(len(records), np.int32))
    return [
        [records[image].file.path.decode() for image in classes.of(number).tolist()]
        for number in range(len(classes))
    ]


def test_identical_images_are_folded_without_being_hashed(monkeypatch):
    def looked(_planes):
        pytest.fail("a tensor was hashed")

    monkeypatch.setattr(classes, "_digest", looked)
    records = [make_record(f"/p/{n}", noise(1)) for n in range(3)]
    records.append(make_record("/p/other", noise(2)))
    assert classes_of(records) == [["/p/0", "/p/1", "/p/2"], ["/p/other"]]


def test_identical_images_share_a_class_with_a_turned_one():
    records = [make_record(f"/p/{n}", noise(1)) for n in range(2)]
    records.append(make_record("/p/turned", turn_image(noise(1), 1)))
    assert classes_of(records) == [["/p/0", "/p/1", "/p/turned"]]


@pytest.mark.parametrize(
    "more", [{"size": (50, 200)}, {"value_range": (0.0, 1.0)}, {"digest": b"s"}]
)
def test_images_that_differ_in_anything_are_two_pictures_whatever_their_digests_say(more):
    other = noise(1)
    if "digest" in more:
        other[0, 0], other[0, 1] = other[0, 1].copy(), other[0, 0].copy()
    records = [
        make_record("/p/a", noise(1), size=(100, 100), digest=b"s"),
        make_record("/p/b", other, **{"size": (100, 100), **more}),
    ]
    assert classes_of(records) == [["/p/a"], ["/p/b"]]
