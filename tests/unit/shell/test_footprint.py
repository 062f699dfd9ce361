"""What is written for file managers: ours is replaced and removed, all else left alone."""

from __future__ import annotations

import json
import os

import pytest
from harness.menus import surroundings, tree

from difshell.footprint import Content, Footprint
from difshell.plugin import IntegrationRefused


@pytest.fixture
def place(tmp_path):
    return surroundings(tmp_path)


@pytest.fixture
def file(place):
    return place.data / "some" / "menus" / "difd.entry"


def test_what_is_written_is_known_and_removed_with_every_folder_that_was_made(place, file):
    (place.home / ".config").mkdir()
    before = tree(place.home)
    footprint = Footprint("one", place)
    assert footprint.state({file: Content("a")}) == "absent"
    footprint.write({file: Content("a")})
    assert file.read_text() == "a"
    assert footprint.state({file: Content("a")}) == "installed"
    footprint.remove()
    assert tree(place.home) == before


def test_writing_and_removing_twice_is_as_once(place, file):
    footprint = Footprint("one", place)
    footprint.write({file: Content("a")})
    once = tree(place.home)
    inode = file.stat().st_ino
    footprint.write({file: Content("a")})
    assert tree(place.home) == once
    assert file.stat().st_ino == inode, "it was written although nothing had changed"
    footprint.remove()
    footprint.remove()
    assert tree(place.home) == {}


def test_two_plugins_share_folders_and_the_last_one_leaves_none(place, file):
    one, two = Footprint("one", place), Footprint("two", place)
    other = file.with_name("difd.other")
    one.write({file: Content("a")})
    two.write({other: Content("b")})
    one.remove()
    assert other.read_text() == "b"
    assert not file.exists()
    two.remove()
    assert tree(place.home) == {}


def test_an_upgrade_replaces_what_an_older_version_wrote_and_removes_what_is_gone(place, file):
    footprint = Footprint("one", place)
    old = file.with_name("difd.old")
    footprint.write({file: Content("a"), old: Content("b")})
    assert footprint.state({file: Content("new")}) == "outdated"
    Footprint("one", place).write({file: Content("new")})
    assert file.read_text() == "new"
    assert not old.exists()
    assert footprint.state({file: Content("new")}) == "installed"


def test_a_file_of_somebody_else_is_neither_replaced_nor_removed(place, file):
    footprint = Footprint("one", place)
    file.parent.mkdir(parents=True)
    file.write_text("somebody's")
    second = file.with_name("difd.second")
    with pytest.raises(IntegrationRefused, match="was not written by difd"):
        footprint.write({second: Content("b"), file: Content("a")})
    assert file.read_text() == "somebody's"
    assert not second.exists(), "half of it was written"
    assert footprint.state({file: Content("a")}) == "changed"
    footprint.remove()
    assert file.read_text() == "somebody's"


def test_a_file_that_the_user_changed_stays(place, file):
    footprint = Footprint("one", place)
    footprint.write({file: Content("a")})
    file.write_text("mine now")
    assert footprint.state({file: Content("a")}) == "changed"
    for act in (footprint.remove, lambda: footprint.write({file: Content("b")})):
        with pytest.raises(IntegrationRefused) as refused:
            act()
        assert refused.value.path == file
        assert file.read_text() == "mine now"


def test_a_link_is_not_followed_where_the_file_should_be(place, file, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    file.parent.mkdir(parents=True)
    file.symlink_to(victim)
    with pytest.raises(IntegrationRefused, match="There is a link"):
        Footprint("one", place).write({file: Content("a")})
    assert victim.read_text() == "precious"
    assert file.is_symlink()


def test_a_link_is_not_followed_on_the_way_to_the_file(place, file, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place.data.mkdir(parents=True)
    (place.data / "some").symlink_to(elsewhere)
    before = elsewhere.stat().st_mtime_ns
    with pytest.raises(IntegrationRefused, match="There is a link"):
        Footprint("one", place).write({file: Content("a")})
    assert list(elsewhere.iterdir()) == []
    assert elsewhere.stat().st_mtime_ns == before, "something was made, and removed again"


def test_the_user_s_own_data_folder_may_be_a_link(place, file, tmp_path):
    (tmp_path / "disk").mkdir()
    place.data.parent.mkdir(parents=True)
    place.data.symlink_to(tmp_path / "disk")
    footprint = Footprint("one", place)
    footprint.write({file: Content("a")})
    assert (tmp_path / "disk" / "some" / "menus" / "difd.entry").read_text() == "a"
    footprint.remove()
    assert list((tmp_path / "disk").iterdir()) == []


def test_modes_follow_the_umask_and_the_user_s_choice(place, file):
    footprint = Footprint("one", place)
    before = os.umask(0o077)
    try:
        footprint.write({file: Content("a", executable=True)})
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o700
    file.chmod(0o750)
    footprint.write({file: Content("b", executable=True)})
    assert file.stat().st_mode & 0o777 == 0o750
    file.chmod(0o640)
    assert footprint.state({file: Content("b", executable=True)}) == "outdated"
    footprint.write({file: Content("b", executable=True)})
    assert file.stat().st_mode & 0o777 == 0o740


def test_a_full_disk_leaves_the_old_file_and_what_is_known_of_it(place, file, monkeypatch):
    footprint = Footprint("one", place)
    footprint.write({file: Content("a")})

    def full(*_args: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            footprint.write({file: Content("b")})
    assert file.read_text() == "a"
    assert [path.name for path in file.parent.iterdir()] == ["difd.entry"]
    footprint.remove()
    assert tree(place.home) == {}


def test_a_damaged_record_is_said_and_kept(place, file):
    footprint = Footprint("one", place)
    footprint.write({file: Content("a")})
    record = place.records / "written.json"
    assert str(file) in json.loads(record.read_text())["files"]["one"]
    record.write_text("{not json")
    with pytest.raises(IntegrationRefused, match="damaged"):
        footprint.remove()
    assert record.read_text() == "{not json"
    assert file.exists()
