"""What was ignored with version 1.0 stays ignored, though it had other digests."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from harness.caches import build, settle

from difd.engine.record import formers
from difd.store.ignore_list import IgnoreList, read_ignored

WRITTEN_BY_1_0 = Path(__file__).parent / "data" / "ignored-1.0.sqlite"
"""Pictures 1 (two files) and 2 (one file) are one ignored group."""


def picture(number: int) -> bytes:
    """As it was when the list was written."""
    values = (
        (x * number + y * 3 + c * 50) % 256 for y in range(40) for x in range(40) for c in range(3)
    )
    return b"P6 40 40 255\n" + bytes(values)


@pytest.fixture
def path(tmp_path):
    """A list of version 1.0."""
    return Path(shutil.copy(WRITTEN_BY_1_0, tmp_path / "ignored.sqlite"))


@pytest.fixture
def pictures(tmp_path):
    """The pictures, under other names than they had."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in (1, 2, 3):
        (folder / f"renamed {number}.ppm").write_bytes(picture(number))
    settle(folder)
    return folder


def test_what_version_1_ignored_is_ignored_wherever_it_is_now(path, pictures):
    records = build(pictures, None).records
    one, two, three = (records[f"renamed {n}.ppm"].digest for n in (1, 2, 3))
    assert not read_ignored(path).between(one, two)
    ignored = read_ignored(path, lambda: formers(records.values()))
    assert ignored.between(one, two)
    assert ignored.is_repeated(one)
    assert not ignored.is_repeated(two)
    assert not ignored.between(one, three)


def test_the_list_then_has_todays_digests_and_the_group_its_id(path, pictures):
    with closing(IgnoreList(path)) as groups:
        before, _ = groups.page(0)
    records = build(pictures, None).records
    read_ignored(path, lambda: formers(records.values()))
    one, two = (records[f"renamed {n}.ppm"].digest for n in (1, 2))
    assert read_ignored(path).between(one, two)
    with closing(IgnoreList(path)) as groups:
        after, _ = groups.page(0)
        assert not groups.has_former()
    assert [group.id for group in after] == [group.id for group in before]
    assert [content.path for content in after[0].contents] == [
        b"/pictures/1.ppm",
        b"/pictures/2.ppm",
    ]

    def never():
        raise AssertionError("nothing is left to be brought up to date")

    assert read_ignored(path, never).between(one, two)


def test_what_is_not_there_today_is_kept_for_the_day_it_comes_back(path, pictures):
    os.rename(pictures / "renamed 2.ppm", pictures.parent / "away.ppm")
    records = build(pictures, None).records
    read_ignored(path, lambda: formers(records.values()))
    os.rename(pictures.parent / "away.ppm", pictures / "back.ppm")
    records = build(pictures, None).records
    ignored = read_ignored(path, lambda: formers(records.values()))
    assert ignored.between(records["renamed 1.ppm"].digest, records["back.ppm"].digest)


def test_records_of_the_cache_know_what_version_1_called_them(path, pictures, cache):
    build(pictures, cache)
    recalled = build(pictures, cache)
    assert (recalled.decoded, recalled.digested) == ([], [])
    ignored = read_ignored(path, lambda: formers(recalled.records.values()))
    one, two = (recalled.records[f"renamed {n}.ppm"].digest for n in (1, 2))
    assert ignored.between(one, two)
