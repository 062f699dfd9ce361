"""Exclusions in discovery: paths are honoured however they are reached, and silence is broken."""

from __future__ import annotations

import os

import pytest
from harness.disks import caseless_disk
from harness.folders import names, search, touch

from difd.protocol.errors import InvalidOption


@pytest.fixture
def album(tmp_path):
    for name in ("Public/1.jpg", "Private/2.jpg", "Private/deep/3.jpg", "sub/Private/4.jpg"):
        touch(tmp_path / "album" / name)
    return tmp_path / "album"


def left(album, *exclude, root=None):
    found = search(root or album, exclude=exclude)
    base = root or album
    return names(found, base), found.notices


def test_an_absolute_path_is_that_folder_and_no_other(album):
    for value in (f"{album}/Private", f"{album}/Private/", f"{album}//Private/deep/.."):
        assert left(album, value) == (["Public/1.jpg", "sub/Private/4.jpg"], ())


def test_an_absolute_path_may_be_a_file(album):
    files, notices = left(album, f"{album}/Private/2.jpg")
    assert "Private/2.jpg" not in files
    assert len(files) == 3
    assert notices == ()


def test_a_path_is_honoured_where_links_lead_to_the_folder(album, tmp_path):
    (tmp_path / "link").symlink_to(album)
    expected = ["Public/1.jpg", "sub/Private/4.jpg"]
    assert left(album, f"{tmp_path}/link/Private")[0] == expected
    assert left(album, f"{album}/Private", root=tmp_path / "link")[0] == expected
    assert left(album, f"{tmp_path}/link/Private", root=tmp_path / "link")[0] == expected


@pytest.mark.parametrize("link", ["outside", "album/inside"])
def test_of_a_link_to_a_folder_the_folder_is_left_out(album, tmp_path, link):
    (tmp_path / link).symlink_to(album / "Private")
    assert left(album, f"{tmp_path / link}") == (["Public/1.jpg", "sub/Private/4.jpg"], ())
    assert left(album, f"{tmp_path / link}/") == (["Public/1.jpg", "sub/Private/4.jpg"], ())


def test_where_two_spellings_are_one_name_either_is_heard(tmp_path):
    with caseless_disk(tmp_path / "disk") as disk:
        for name in ("Pics/1.jpg", "Pics/Private/2.jpg"):
            touch(disk / name)
        for value in ("Pics/Private", "pics/PRIVATE", "PICS/private/2.JPG"):
            assert left(disk / "Pics", f"{disk}/{value}") == (["1.jpg"], ())
            assert left(disk / "PICS", f"{disk}/{value}") == (["1.jpg"], ())


def test_a_path_above_a_given_folder_leaves_all_of_it_out(album, tmp_path):
    touch(tmp_path / "other/5.jpg")
    found = search(album, tmp_path / "other", exclude=(str(album),))
    assert names(found, tmp_path) == ["other/5.jpg"]
    assert left(album, str(tmp_path)) == ([], ())


def test_a_path_with_letters_of_patterns_is_that_path(album):
    touch(album / "[P]rivate*/x.jpg")
    files, notices = left(album, f"{album}/[P]rivate*")
    assert files == ["Private/2.jpg", "Private/deep/3.jpg", "Public/1.jpg", "sub/Private/4.jpg"]
    assert notices == ()


def test_a_pattern_below_an_absolute_path_is_anchored_there(album):
    assert left(album, f"{album}/Pri*") == (["Public/1.jpg", "sub/Private/4.jpg"], ())


def test_patterns_mean_what_they_mean_in_gitignore(album):
    assert left(album, "Private/")[0] == ["Public/1.jpg"]
    assert left(album, "/Private")[0] == ["Public/1.jpg", "sub/Private/4.jpg"]
    assert left(album, "*.jpg", "!Public/*.jpg")[0] == ["Public/1.jpg"]


def test_a_name_that_begins_like_a_comment_is_a_name(album):
    touch(album / "#old/5.jpg")
    assert "#old/5.jpg" not in left(album, "#old")[0]


@pytest.mark.parametrize("value", ["Privat", "*.png", "/1.jpg", "!nothing", "sub/Public"])
def test_a_pattern_that_matched_nothing_is_said(album, value):
    _, notices = left(album, value)
    assert notices == (f"Nothing matched --exclude {value!r}.",)


def test_a_path_that_matched_nothing_is_said(album, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    for value in (f"{album}/gone", f"{tmp_path}/elsewhere"):
        assert left(album, value)[1] == (f"Nothing matched --exclude {value!r}.",)


def test_of_several_only_those_without_effect_are_said(album):
    _, notices = left(album, "Private", "Privat", "*.jpg")
    assert notices == ("Nothing matched --exclude 'Privat'.",)


def test_a_watched_place_that_is_excluded_is_not_looked_at(album):
    from difd.engine.find.discover import discover  # noqa: PLC0415  only this test asks for places
    from difd.protocol.options import SearchOptions  # noqa: PLC0415

    options = SearchOptions(paths=(bytes(album),), exclude=(f"{album}/Private",))
    places = [bytes(album / name) for name in ("Private/deep/3.jpg", "Private", "Public/1.jpg")]
    found = discover(options, lambda: False, lambda _: None, places)
    assert [os.path.basename(file.path) for file in found.files] == [b"1.jpg"]
    assert found.notices == ()


def test_a_broken_pattern_is_refused_by_discovery_too(album):
    with pytest.raises(InvalidOption, match="exclude"):
        search(album, exclude=("[a",))
