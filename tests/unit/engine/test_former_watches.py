"""Pictures of watched folders that version 1.0 knew by other digests are no new ones."""

from __future__ import annotations

import os

import pytest
from harness.caches import build
from harness.pictures import photo
from harness.records import InPlacePool
from msgspec.structs import replace

from difd.engine.memory import NoMemory
from difd.engine.record import formers
from difd.engine.watch.changes import Changes
from difd.engine.watch.gallery import Gallery

PX = 20


@pytest.fixture
def records(tmp_path):
    for number in range(3):
        photo(60 + number, 40).save(tmp_path / f"{number}.png")
    return build(tmp_path, None).records


@pytest.fixture
def known(records, tmp_path):
    """What version 1.0 remembered of them."""
    known = {}
    changes = Changes(known)
    for record in records.values():
        changes.learn(record.file, os.fsencode(tmp_path), record.former)
    return known


def test_a_touched_picture_is_not_new(records, known, tmp_path):
    os.utime(tmp_path / "0.png", (1, 1))
    changes = Changes(known)
    assert changes.has_former_digests()
    changes.renew_digests(formers(records.values()))
    assert not changes.has_former_digests()
    record = records["0.png"]
    changes.displace([(record.file, record.digest)])
    assert not changes.is_new(record.file, record.digest)


def test_a_moved_picture_is_not_new(records, known, tmp_path):
    path = os.fsencode(tmp_path / "0.png")
    os.rename(path, tmp_path / "moved.png")
    changes = Changes(known)
    changes.lose([path])
    changes.renew_digests(formers(records.values()))
    record = records["0.png"]
    moved = replace(record.file, path=os.fsencode(tmp_path / "moved.png"))
    assert not changes.is_new(moved, record.digest)


def test_another_picture_is_new(records, known):
    record = records["0.png"]
    changes = Changes({path: image for path, image in known.items() if path != record.file.path})
    changes.renew_digests(formers(records.values()))
    assert changes.is_new(record.file, record.digest)


def test_pictures_that_it_knew_are_compared_with_new_ones(known):
    gallery = Gallery(PX, "exact")
    gallery.refresh(known, InPlacePool(), NoMemory(), lambda: None)
    assert len(gallery.records) == 3
    gallery.refresh(known, InPlacePool(), NoMemory(), lambda: None)
    assert len(gallery.records) == 3
