"""Features are kept beside records, by content, and nothing is decoded for them twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from harness.caches import CountingPool, build, settle
from harness.photos import whole_photo
from PIL import Image

from difd.engine import memory
from difd.engine.read.colours import _CURVES, _PRIMARIES, _made
from difd.store.cache.slot_content import pack_features, unpack_features
from difd.store.cache.tensor_cache import TensorCache

NAMES = ["clear.png", "coffee.jpg", "tall.png"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Photos old enough for their stat to be trusted, and one of its own colours."""
    folder = tmp_path_factory.mktemp("photos")
    whole_photo("coffee.png").save(folder / "coffee.jpg", quality=90)
    whole_photo("astronaut.png").resize((200, 300)).save(folder / "tall.png")
    clear = whole_photo("chelsea.png").resize((200, 150)).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((200, 150)))
    clear.save(folder / "clear.png")
    settle(folder)
    return folder


def edited(folder: Path, cache: TensorCache | None, **options):
    return build(folder, cache, edited=True, same_dim=False, mirror=True, similarity=5.0, **options)


def test_a_search_for_edited_copies_has_features_from_the_decode_that_is_made_anyway(photos, cache):
    first = edited(photos, cache)
    assert first.decoded == NAMES
    assert all(record.features for record in first.records.values())
    again = edited(photos, cache)
    assert (again.decoded, again.digested) == ([], [])
    for name, record in again.records.items():
        assert record.features == first.records[name].features
        assert len(record.features) <= 6_000


def test_others_pay_nothing_and_are_told_nothing(photos, cache):
    plain = build(photos, cache)
    assert plain.decoded == NAMES
    assert all(record.features is None for record in plain.records.values())
    made = edited(photos, cache)
    # What was read before has no features, and is read once more; then both are known.
    assert made.decoded == NAMES
    assert build(photos, cache).decoded == []
    assert edited(photos, cache).decoded == []
    assert all(record.features is None for record in build(photos, cache).records.values())


def test_features_do_not_depend_on_the_size_of_the_tensor(photos, cache):
    small, large = edited(photos, cache, px=20), edited(photos, cache, px=60)
    for name, record in small.records.items():
        assert record.features == large.records[name].features


def test_features_that_are_damaged_are_made_again(photos, place):
    with_cache = TensorCache(place)
    before = edited(photos, with_cache).records
    with_cache.close()
    for slab in (place / "slabs").iterdir():
        data = bytearray(slab.read_bytes())
        for name in NAMES:
            at = data.find(before[name].features[:64])
            assert at > 0, "they lie there as they are"
            data[at + 30] ^= 1
        slab.write_bytes(data)
    again = TensorCache(place)
    after = edited(photos, again)
    again.close()
    assert after.decoded == NAMES
    assert {name: r.features for name, r in after.records.items()} == {
        name: r.features for name, r in before.items()
    }


def test_a_newer_way_of_making_them_makes_them_anew(photos, cache, monkeypatch):
    edited(photos, cache)
    monkeypatch.setattr(memory, "FEATURES_VERSION", memory.FEATURES_VERSION + 1)
    assert edited(photos, cache).decoded == NAMES
    assert build(photos, cache).decoded == [], "tensors are as they were"


@pytest.mark.parametrize("wrong", ["digest", "form", "cut", "nothing"])
def test_a_slot_of_something_else_has_no_features(wrong):
    slot = b"".join(pack_features(b"d" * 32, "a form", b"x" * 24))
    assert unpack_features(memoryview(slot), b"d" * 32, "a form") == b"x" * 24
    digest = b"e" * 32 if wrong == "digest" else b"d" * 32
    form = "another" if wrong == "form" else "a form"
    data = {"cut": slot[:-1], "nothing": b""}.get(wrong, slot)
    assert unpack_features(memoryview(data), digest, form) is None


def test_pictures_as_they_are_shown_are_kept_beside_those_as_they_are_stored(tmp_path, cache):
    profile = _made(_PRIMARIES[12], _CURVES[13])
    whole_photo("coffee.png").save(tmp_path / "wide.png", icc_profile=profile)
    whole_photo("coffee.png").save(tmp_path / "usual.png")
    settle(tmp_path)
    assert build(tmp_path, cache).decoded == ["usual.png", "wide.png"]
    shown = build(tmp_path, cache, similarity=5.0)
    assert shown.decoded == ["wide.png"], "the other one is shown as it is stored"
    assert build(tmp_path, cache, similarity=5.0).decoded == []
    assert build(tmp_path, cache).records["wide.png"].colours == "stored"
    assert shown.records["wide.png"].colours == "shown"
    assert shown.records["usual.png"].colours == "usual"


def test_copies_share_features(tmp_path, cache):
    whole_photo("coffee.png").save(tmp_path / "one.jpg")
    os.link(tmp_path / "one.jpg", tmp_path / "linked.jpg")
    (tmp_path / "copy.jpg").write_bytes((tmp_path / "one.jpg").read_bytes())
    pool = CountingPool()
    made = edited(tmp_path, cache, pool=pool)
    assert len(pool.decoded) == 1
    assert len({record.features for record in made.records.values()}) == 1
