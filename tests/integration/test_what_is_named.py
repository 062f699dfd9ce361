"""What the user named is heard: exclusions, images of any name, links, empty and closed folders."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from harness.commands import answered, said
from harness.instance import as_plain_user
from harness.photos import small_photo
from harness.searches import names, searched

pytestmark = pytest.mark.daemon("shared")


@pytest.fixture
def album(tmp_path) -> Path:
    """One picture in two folders."""
    small_photo("coffee.png", tmp_path / "album/Public/1.png")
    (tmp_path / "album/Private").mkdir()
    shutil.copyfile(tmp_path / "album/Public/1.png", tmp_path / "album/Private/2.png")
    return tmp_path / "album"


def here(instance, folder, *arguments, plain=False):
    """A command in a directory; the exit code and what it says."""
    answer = subprocess.run(
        [*(as_plain_user() if plain else ()), sys.executable, "-m", "difclient", *arguments],
        cwd=folder,
        env=instance.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in answer.stderr
    return answer.returncode, answer.stdout + answer.stderr


# Exclusions


@pytest.mark.parametrize("value", ["{album}/Private", "./Private", "../album/Private", "Private/"])
def test_an_excluded_folder_is_left_out_however_it_is_written(instance, album, value):
    code, text = here(instance, album, "search", ".", "--exclude", value.format(album=album))
    assert (code, text.splitlines()[0]) == (0, "No duplicates found. 1 image compared.")


def test_an_excluded_folder_may_be_named_from_outside_the_search(instance, album):
    code, text = here(instance, album.parent, "search", "album", "--exclude", "album/Private")
    assert "1 image compared." in text, (code, text)


def test_an_excluded_folder_may_be_named_by_a_link_from_elsewhere(instance, album):
    (album.parent / "mine").symlink_to(album / "Private")
    code, text = here(instance, album.parent, "search", "album", "--exclude", "mine")
    assert (code, text.splitlines()[0]) == (0, "No duplicates found. 1 image compared.")


def test_a_path_that_is_empty_is_no_folder_that_is_not_there(instance, album):
    code, text = here(instance, album, "search", "")
    assert (code, text.startswith("difctl: An empty path was given")) == (2, True)


def test_an_exclusion_without_effect_is_said(instance, album):
    assert "Nothing matched --exclude 'Privat'." in said(
        instance, "search", album, "--exclude", "Privat"
    )
    found = searched(instance, album, "--exclude", "Privat")
    assert found["notices"] == ["Nothing matched --exclude 'Privat'."]


@pytest.mark.parametrize("pattern", ["[a", "!", "x\\", " "])
def test_a_broken_pattern_is_refused_everywhere(instance, album, pattern):
    sentence = "exclude has a pattern that is not understood"
    for command in (
        ("search", album, "--exclude", pattern),
        ("watch", "add", album, "--exclude", pattern),
        ("config", "set", "search.exclude", pattern),
    ):
        assert sentence in said(instance, *command, code=2)


# Images


@pytest.mark.parametrize("name", ["noext", "x.txt", "x.cr2", "x.DNG", "x.jxl", "x.psd"])
def test_a_named_image_is_read_whatever_its_extension(instance, album, name):
    shutil.copyfile(album / "Public/1.png", album / name)
    found = searched(instance, album / name, album)
    assert [names(group) for group in found["groups"]] == [["1.png", "2.png", name]]


def test_a_named_image_that_cannot_be_read_is_no_search_without_duplicates(instance, album):
    broken = album / "broken.png"
    broken.write_bytes((album / "Public/1.png").read_bytes()[:200])
    text = said(instance, "search", broken, album, code=4)
    assert f"'{broken}' was named and could not be read: " in text
    assert "No duplicates" not in text
    found = answered(instance, "search", broken, album, code=4)
    assert "was named and could not be read" in found["notices"][0]


@pytest.mark.parametrize("named", ["", "1.jpg"])
def test_pictures_that_cannot_be_read_are_no_search_without_duplicates(instance, tmp_path, named):
    (tmp_path / "1.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    text = said(instance, "search", tmp_path / named, code=4)
    assert "Nothing could be compared: the picture could not be read.\n" in text
    assert "No duplicates" not in text
    assert "nothing could be compared: the picture could not be read" in said(instance, "jobs")
    small_photo("moon.png", tmp_path / "2.png")
    text = said(instance, "search", tmp_path)
    assert "Nothing could be compared: 1 of 2 pictures could not be read.\n" in text


def test_the_result_of_the_others_is_printed_all_the_same(instance, album):
    (album / "broken.png").write_bytes(b"no picture")
    text = said(instance, "search", album / "broken.png", album / "Public/1.png", album, code=4)
    assert "Group 1  2 files" in text


# Folders


def test_an_empty_folder_among_several_is_said(instance, album, tmp_path):
    (tmp_path / "empty").mkdir()
    found = searched(instance, album, tmp_path / "empty")
    assert found["notices"] == [f"No picture was found in '{tmp_path}/empty'."]
    assert len(found["groups"]) == 1


def test_a_closed_folder_among_several_is_said_and_the_others_are_searched(
    instance, album, tmp_path
):
    closed = tmp_path / "closed"
    shutil.copytree(album, closed)
    closed.chmod(0)
    with_daemon = [*as_plain_user(), sys.executable, "-m", "difclient"]
    instance.difctl("daemon", "stop")
    answer = subprocess.run(
        [*with_daemon, "search", "--json", album, closed],
        env=instance.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    instance.difctl("daemon", "stop")
    closed.chmod(0o755)
    found = json.loads(answer.stdout)
    assert found["notices"] == [f"The folder '{closed}' was not searched: permission denied."]
    assert len(found["groups"]) == 1


def test_two_dots_after_a_link_lead_where_the_system_goes(instance, album, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other/link").symlink_to(album / "Public")
    code, text = here(instance, tmp_path / "other", "search", "link/..", "--json")
    found = json.loads(text)
    assert code == 0
    assert found["stats"]["directory"] == [str(album)]
    assert [names(group) for group in found["groups"]] == [["1.png", "2.png"]]
    code, text = here(instance, tmp_path / "other", "move", "last", "link/../moved", "--yes")
    assert code == 0, text
    assert len(list((album / "moved").iterdir())) == 1


# Places where files do not stay


@pytest.fixture
def volume(album) -> Path:
    (album / "Private").rename(album / "#recycle")
    return album


def test_what_was_left_out_is_counted_and_one_option_brings_it_in(instance, volume):
    text = said(instance, "search", volume)
    assert (
        "1 file in recycle bins, snapshots or caches was left out (--bins searches them)." in text
    )
    assert "No duplicates found. 1 image compared." in text
    found = searched(instance, volume)
    assert (found["left_out"], found["groups"]) == (1, [])
    found = searched(instance, volume, "--bins")
    (group,) = found["groups"]
    assert {Path(file["path"]).name: file["passing"] for file in group["files"]} == {
        "1.png": "",
        "2.png": "a recycle bin",
    }


@pytest.mark.parametrize("verb", ["trash", "delete", "link"])
def test_nothing_goes_in_favour_of_a_file_in_a_bin(instance, volume, verb):
    searched(instance, volume, "--bins")
    kind = ["--kind", "hard"] if verb == "link" else []
    instance.difctl(verb, "last", "--file", volume / "Public/1.png", "--yes", *kind)
    assert (volume / "Public/1.png").exists()
    assert (volume / "Public/1.png").stat().st_nlink == 1


def test_a_file_in_a_bin_is_deleted_only_where_bins_were_asked_for(instance, volume):
    shutil.copyfile(volume / "#recycle/2.png", volume / "#recycle/3.png")
    searched(instance, volume / "#recycle")
    text = said(instance, "delete", "last", "--yes")
    assert "It lies in a recycle bin, snapshot, cache or in memory: empty that instead." in text
    assert len(list((volume / "#recycle").iterdir())) == 2
    searched(instance, volume / "#recycle", "--bins")
    said(instance, "delete", "last", "--yes")
    assert len(list((volume / "#recycle").iterdir())) == 1


# Matches across folders


def test_matches_may_be_limited_to_those_across_folders(instance, album):
    shutil.copyfile(album / "Public/1.png", album / "Public/3.png")
    assert len(searched(instance, album / "Public")["groups"]) == 1
    assert searched(instance, album / "Public", "--across", "folders")["groups"] == []
    (group,) = searched(instance, album, "--across", "folders")["groups"]
    actions = {Path(file["path"]).name: file["action"] for file in group["files"]}
    assert sorted(actions) == ["1.png", "2.png", "3.png"]
    given = ("search", album / "Public", album / "Private", "--across", "given")
    assert len(answered(instance, *given)["groups"]) == 1
    assert "a reference folder is needed" in said(
        instance, "search", album, "--across", "reference", code=2
    )


# Rights


def test_whether_a_folder_is_writable_is_asked_at_every_search(instance, album):
    def writable():
        code, text = here(
            instance, album, "search", ".", "--keep", "in:Public", "--json", plain=True
        )
        assert code == 0, text
        (group,) = json.loads(text)["groups"]
        (other,) = (file for file in group["files"] if file["path"].endswith("2.png"))
        return other["action"] != "none"

    instance.difctl("daemon", "stop")
    assert writable()
    (album / "Private").chmod(0o555)
    assert not writable()
    (album / "Private").chmod(0o755)
    assert writable()
    (album / "Private/2.png").chmod(0o444)
    assert not writable()
    instance.difctl("daemon", "stop")
