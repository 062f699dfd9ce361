"""Places where files do not stay are left out of searches, counted, and searched when asked for."""

from __future__ import annotations

import os

import pytest
from harness.disks import small_disk
from harness.folders import names, search, touch

from difd.engine.find import left_out
from difd.engine.find.discover import discover
from difd.protocol.options import SearchOptions

PLACES = (
    "#recycle",
    "$Recycle.Bin/S-1",
    ".stversions",
    "@eaDir/a.jpg",
    "h/.local/share/Trash/files",
)


@pytest.fixture
def volume(tmp_path):
    touch(tmp_path / "v/album/a.jpg")
    for place in PLACES:
        touch(tmp_path / "v" / place / "x.jpg")
        touch(tmp_path / "v" / place / "x.txt")
    touch(tmp_path / "v/album/.trashed-1700000000-b.jpg")
    return tmp_path / "v"


def test_what_lies_in_them_is_left_out_and_counted(volume):
    found = search(volume)
    assert names(found, volume) == ["album/a.jpg"]
    assert found.left_out == len(PLACES) + 1
    assert found.notices == ()


def test_bins_brings_them_in_and_says_what_they_are(volume):
    found = search(volume, bins=True)
    assert found.left_out == 0
    kinds = {os.path.relpath(os.fsdecode(f.path), volume): f.passing for f in found.files}
    assert kinds == {
        "album/a.jpg": "",
        "album/.trashed-1700000000-b.jpg": "a recycle bin",
        "#recycle/x.jpg": "a recycle bin",
        "$Recycle.Bin/S-1/x.jpg": "a recycle bin",
        ".stversions/x.jpg": "a folder of old versions",
        "@eaDir/a.jpg/x.jpg": "a cache",
        "h/.local/share/Trash/files/x.jpg": "a recycle bin",
    }


@pytest.mark.parametrize(
    "given", ["#recycle", "h/.local/share/Trash", "h/.local/share/Trash/files"]
)
def test_a_folder_that_the_user_named_is_searched(volume, given):
    found = search(volume / given)
    assert [file.passing for file in found.files] == ["a recycle bin"]
    assert found.left_out == 0


def test_a_bin_that_is_given_beside_what_holds_it_is_not_counted_as_left_out(volume):
    found = search(volume, volume / "#recycle")
    assert names(found, volume) == ["#recycle/x.jpg", "album/a.jpg"]
    assert found.left_out == len(PLACES)


def test_a_cache_inside_of_a_bin_that_was_named_is_left_out(volume):
    touch(volume / "#recycle/@eaDir/thumb.jpg")
    found = search(volume / "#recycle")
    assert names(found, volume) == ["#recycle/x.jpg"]
    assert found.left_out == 1


def test_an_image_that_the_user_named_is_taken_wherever_it_lies(volume):
    (file,) = search(volume / "#recycle/x.jpg").files
    assert file.passing == "a recycle bin"


def test_an_excluded_bin_is_not_counted(volume):
    found = search(volume, exclude=("#recycle",))
    assert found.left_out == len(PLACES)
    assert found.notices == ()


def test_a_huge_bin_is_counted_up_to_a_limit_and_that_is_said(volume, monkeypatch):
    monkeypatch.setattr(left_out, "ENTRIES", 3)
    for number in range(10):
        touch(volume / f"#recycle/{number}.jpg")
    found = search(volume)
    assert found.left_out <= 4
    assert "More files were left out than were counted" in found.notices[0]


def test_a_file_with_a_name_outside_of_a_snapshot_is_known_by_that_name(volume):
    (volume / ".snapshots/1").mkdir(parents=True)
    os.link(volume / "album/a.jpg", volume / ".snapshots/1/a.jpg")
    found = search(volume, bins=True)
    (file,) = [f for f in found.files if f.path.endswith(b"/a.jpg")]
    assert file.path == bytes(volume / "album/a.jpg")
    assert file.passing == ""
    assert file.links == (bytes(volume / ".snapshots/1/a.jpg"),)


def test_a_place_that_is_watched_leaves_bins_out_too(volume):
    def seen(**options):
        made = SearchOptions(paths=(bytes(volume),), **options)
        places = [bytes(volume / name) for name in ("#recycle/x.jpg", ".stversions", "album/a.jpg")]
        found = discover(made, lambda: False, lambda _: None, places)
        return names(found, volume)

    assert seen() == ["album/a.jpg"]
    assert seen(bins=True) == ["#recycle/x.jpg", ".stversions/x.jpg", "album/a.jpg"]


@pytest.mark.skipif(os.getuid() != 0, reason="mounting is for root")
def test_files_in_memory_below_a_folder_on_a_disk_are_left_out(tmp_path):
    touch(tmp_path / "p/a.jpg")
    with small_disk(tmp_path / "p/ram", "1m") as ram:
        touch(ram / "sub/b.jpg")
        found = search(tmp_path / "p")
        (named,) = search(ram).files
        with_bins = search(tmp_path / "p", bins=True)
    assert names(found, tmp_path / "p") == ["a.jpg"]
    assert found.left_out == 1
    assert named.passing == "a file system in memory"
    assert [file.passing for file in with_bins.files] == ["", "a file system in memory"]
