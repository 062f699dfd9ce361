"""`difctl watch`: what comes up in watched folders is found, and told once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from harness.caches import gallery
from harness.commands import said
from harness.disks import removable_disk
from harness.instance import wait_until
from harness.photos import whole_photo
from harness.pictures import photo
from harness.watching import finds, info, looked, members, next_find, settled, watch

from difclient.client import Client
from difd.protocol.errors import UsageError
from difd.protocol.options import SearchOptions

ODD = os.fsdecode(b"not utf-8 \xff\n.png")

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="folders are watched on Linux only"),
    pytest.mark.timeout(300),
]


@pytest.fixture
def folder(instance, tmp_path) -> Path:  # noqa: ARG001  whoever watches it needs a daemon
    """Six different pictures."""
    return gallery(tmp_path / "p")


def test_a_new_copy_is_told_and_can_be_shown_and_trashed(instance, folder):
    assert said(instance, "watch", "list").startswith("No folder is watched.")
    text = said(instance, "watch", "add", folder)
    assert text.startswith(f"Watched from now on: {folder}\n")
    settled(folder)
    assert info(folder).known == 6
    with instance.start("watch", "follow", "--json") as follower:
        # It says nothing before the first find; the daemon has it when it has answered.
        time.sleep(2)
        shutil.copyfile(folder / "1.png", folder / ODD)
        line = json.loads(follower.stdout.readline())
        follower.send_signal(signal.SIGINT)
        assert follower.wait(10) == 130
    assert (line["number"], line["duplicates"], line["groups"]) == (1, 1, 1)
    assert line["folders"] == [str(folder)]
    assert members(next_find(0)) == [{"1.png", ODD}]
    job = line["job"]
    shown = json.loads(instance.difctl("show", job, "--json").stdout)
    assert {file["path"] for file in shown["groups"][0]["files"]} == {
        str(folder / "1.png"),
        str(folder / ODD),
    }
    assert shown["stats"]["process"]["search"]["files_searched"] == 7
    assert said(instance, "show", "last", code=2).startswith("difctl: There is no job yet.")
    said(instance, "trash", job, "--yes")
    assert not os.path.lexists(folder / ODD)
    said(instance, "undo")
    assert (folder / ODD).exists()
    (document,) = json.loads(instance.difctl("watch", "list", "--json").stdout)
    assert document["last"] == line
    assert (document["folder"], document["problem"]) == (str(folder), None)
    assert document["options"]["similarity"] == 0.0
    assert said(instance, "watch", "remove", folder) == f"No longer watched: {folder}\n"
    assert said(instance, "watch", "list").startswith("No folder is watched.")


def test_what_is_there_already_and_what_is_only_renamed_is_not_told(folder):
    shutil.copyfile(folder / "1.png", folder / "old copy.png")
    watch(folder)
    (folder / "old copy.png").rename(folder / "renamed.png")
    (folder / "deep").mkdir()
    (folder / "2.png").rename(folder / "deep" / "2.png")
    os.utime(folder / "3.png")
    (folder / "deep").rename(folder / "other")
    # A sign that what was done before was looked at.
    photo(90, 40).save(folder / "sign.png")
    looked(folder, 8)
    assert finds() == []
    shutil.copyfile(folder / "other" / "2.png", folder / "copy.png")
    assert members(next_find(0)) == [{"2.png", "copy.png"}]


def test_a_changed_picture_is_new_and_a_copy_of_what_it_was_is_none(folder):
    watch(folder)
    shutil.copyfile(folder / "1.png", folder / "2.png")
    found = next_find(0)
    assert members(found) == [{"1.png", "2.png"}]
    photo(62, 40).save(folder / "again.png")
    looked(folder, 7)
    assert finds(found.number) == []


def test_one_look_and_one_event_for_many_files(folder):
    watch(folder)
    (folder / "many").mkdir()
    for number in range(300):
        shutil.copyfile(folder / f"{number % 6}.png", folder / "many" / f"{number}.png")
    found = next_find(0)
    assert (found.duplicates, found.groups) == (300, 6)
    looked(folder, 306)
    assert len(finds()) == 1


def test_what_came_while_no_daemon_ran_is_found_and_nothing_is_told_twice(instance, folder):
    watch(folder)
    shutil.copyfile(folder / "1.png", folder / "first.png")
    first = next_find(0)
    said(instance, "daemon", "stop")
    shutil.copyfile(folder / "2.png", folder / "second.png")
    (folder / "first.png").rename(folder / "first renamed.png")
    said(instance, "daemon", "start")
    second = next_find(first.number)
    assert members(second) == [{"2.png", "second.png"}]
    said(instance, "daemon", "restart")
    settled(folder)
    assert finds(second.number) == []


def test_a_folder_that_is_away_is_not_forgotten(instance, folder, tmp_path):
    shutil.copyfile(folder / "1.png", folder / "old copy.png")
    watch(folder)
    folder.rename(tmp_path / "elsewhere")
    settled(folder, "away")
    shutil.copyfile(tmp_path / "elsewhere" / "2.png", tmp_path / "elsewhere" / "new.png")
    said(instance, "daemon", "restart")
    settled(folder, "away")
    (tmp_path / "elsewhere").rename(folder)
    assert members(next_find(0)) == [{"2.png", "new.png"}]
    shutil.copyfile(folder / "3.png", folder / "newer.png")
    assert members(next_find(1)) == [{"3.png", "newer.png"}]


@pytest.mark.usefixtures("instance")
def test_a_volume_may_come_and_go(tmp_path):
    place = tmp_path / "a volume"
    here = gallery(tmp_path / "here", 3)
    with removable_disk(place) as disk:
        gallery(place, 3)
        photo(60, 40).save(place / "own copy.png")
        watch(here)
        watch(place)
        disk.disconnect()
        settled(place, "away")
        assert info(place).known == 4
        disk.connect()
        settled(place)
        shutil.copyfile(place / "1.png", place / "new.png")
        found = next_find(0)
        assert members(found) == [{"1.png", "new.png"}]
        assert found.duplicates == 1


@pytest.mark.early
@pytest.mark.usefixtures("instance")
def test_what_came_while_a_volume_was_away_is_compared_with_it_when_it_is_back(tmp_path):
    place = tmp_path / "a volume"
    here = tmp_path / "here"
    here.mkdir()
    photo(91, 40).save(here / "other.png")
    with removable_disk(place) as disk:
        gallery(place, 3)
        shutil.copyfile(place / "2.png", place / "old copy.png")
        watch(here)
        watch(place)
        for number in (1, 2):
            shutil.copyfile(place / f"{number}.png", tmp_path / f"{number}.png")
        disk.disconnect()
        settled(place, "away")
        shutil.copyfile(here / "other.png", here / "told at once.png")
        first = next_find(0)
        (tmp_path / "2.png").rename(here / "new.png")
        looked(here, 3)
        (here / "new.png").rename(here / "new renamed.png")
        photo(90, 40).save(here / "sign.png")
        looked(here, 4)
        assert finds(first.number) == []
        disk.connect()
        second = next_find(first.number)
        assert members(second) == [{"2.png", "old copy.png", "new renamed.png"}]
        assert (second.duplicates, second.folders) == (1, (os.fsencode(here),))
        settled(place)
        disk.disconnect()
        settled(place, "away")
        disk.connect()
        settled(place)
        (tmp_path / "1.png").rename(here / "last.png")
        assert members(next_find(second.number)) == [{"1.png", "last.png"}]


def test_trees_move_between_watched_folders_unnoticed(folder, tmp_path):
    other = gallery(tmp_path / "q", 1)
    shutil.copytree(folder, folder / "tree" / "deep")
    watch(folder)
    watch(other)
    (folder / "tree").rename(other / "tree")
    looked(other, 7)
    looked(folder, 6)
    assert finds() == []
    shutil.copyfile(other / "tree" / "deep" / "5.png", other / "tree" / "deep" / "new.png")
    found = next_find(0)
    assert found.folders == (os.fsencode(other),)
    assert members(found) == [{"5.png", "new.png"}]


def test_a_new_file_is_compared_with_all_watched_folders_by_the_options_of_its_own(
    folder, tmp_path
):
    other = tmp_path / "q"
    (other / "left out").mkdir(parents=True)
    watch(folder)
    watch(other, exclude=("left out/", "*.tmp.png"), min_bytes=100, reference=())
    shutil.copyfile(folder / "1.png", other / "left out" / "1.png")
    shutil.copyfile(folder / "1.png", other / "1.tmp.png")
    shutil.copyfile(folder / "1.png", other / "one.png")
    found = next_find(0)
    assert members(found) == [{"1.png", "one.png"}]
    assert found.folders == (os.fsencode(other),)


def test_the_ignore_list_is_heeded(instance, folder):
    watch(folder)
    shutil.copyfile(folder / "1.png", folder / "a.png")
    first = next_find(0)
    said(instance, "ignore", "add", first.job, "1")
    shutil.copyfile(folder / "1.png", folder / "b.png")
    looked(folder, 8)
    assert finds(first.number) == []


def test_a_file_that_is_being_written_is_not_read(folder):
    watch(folder)
    content = (folder / "1.png").read_bytes()
    with open(folder / "slow.png", "wb") as file:
        for byte in range(4):
            file.write(content[byte * 500 : byte * 500 + 500])
            file.flush()
            time.sleep(1)
        shutil.copyfile(folder / "2.png", folder / "quick.png")
        assert members(next_find(0)) == [{"2.png", "quick.png"}]
        file.write(content[2000:])
    assert members(next_find(1)) == [{"1.png", "slow.png"}]


def test_a_search_goes_first_and_the_look_is_made_after_it(instance, folder, tmp_path):
    many = gallery(tmp_path / "many", 60)
    watch(folder)
    shutil.copyfile(folder / "1.png", folder / "copy.png")
    time.sleep(2.2)
    assert "compared" in said(instance, "search", many)
    assert members(next_find(0)) == [{"1.png", "copy.png"}]


def test_a_watch_that_is_removed_while_it_is_added_leaves_nothing_behind(instance, tmp_path):
    many = tmp_path / "many"
    for number in range(600):
        (many / str(number % 40) / str(number)).mkdir(parents=True)
    said(instance, "daemon", "start")

    def add() -> None:
        with Client(start=False) as own:
            own.watching.add(SearchOptions(paths=(os.fsencode(many),)))

    with Client(start=False) as client, ThreadPoolExecutor(1) as beside:
        adding = beside.submit(add)
        wait_until(client.watching.watches)
        client.watching.remove([os.fsencode(many)])
        with suppress(UsageError):
            adding.result()
        (pid,) = instance.daemons()
        wait_until(lambda: listened_to(pid) == 0)
        assert not instance.endpoint.watching.exists()


def listened_to(pid: int) -> int:
    """The folders that the system tells a process of."""
    count = 0
    for path in Path(f"/proc/{pid}/fdinfo").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            count += path.read_text().count("inotify wd:")
    return count


def test_a_daemon_with_watches_does_not_leave_by_itself(instance, folder):
    daemon = instance.start_daemon("--idle-seconds", "1")
    watch(folder)
    time.sleep(3)
    assert daemon.poll() is None
    with Client(start=False) as client:
        client.watching.remove([os.fsencode(folder)])
    wait_until(lambda: daemon.poll() == 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "nowhere"], "There is no such file or folder: "),
        (["add", "p/1.png"], "This is not a folder: "),
        (["add", "p", "--px-size", "3"], "px_size must be between"),
        (["add", "p", "--keep", "nonsense"], "nonsense"),
        (["add"], "Missing argument"),
        (["remove", "p"], "This folder is not watched: "),
        (["list", "p"], "This folder is not watched: "),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(instance, folder, monkeypatch, arguments, words):
    monkeypatch.chdir(folder.parent)
    assert words in said(instance, "watch", *arguments, code=2)
    assert said(instance, "watch", "list").startswith("No folder is watched.")


def test_options_are_configured_and_shown(instance, folder):
    said(instance, "config", "set", "search.similarity", "similar")
    said(instance, "config", "set", "search.in_folder", "each")
    said(instance, "watch", "add", folder, "--exclude", "*.tmp", "--no-rotate", "--min-bytes", "9")
    text = said(instance, "watch", "list", folder)
    assert "--similarity 5.0 --no-rotate --exclude *.tmp --min-bytes 9" in text


def test_a_new_edited_copy_is_told(instance, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    whole_photo("astronaut.png").save(photos / "astronaut.png", compress_level=1)
    whole_photo("coffee.png").save(photos / "coffee.png", compress_level=1)
    said(instance, "watch", "add", photos, "--similarity", "edited")
    settled(photos)
    whole_photo("astronaut.png").crop((100, 40, 420, 340)).save(tmp_path / "crop.png")
    (tmp_path / "crop.png").rename(photos / "crop.png")
    find = next_find(0)
    assert (find.duplicates, find.groups) == (1, 1)
    shown = json.loads(instance.difctl("show", find.job, "--json").stdout)
    ((copy,),) = (group["edited"] for group in shown["groups"])
    assert copy["path"] == str(photos / "crop.png")
    assert copy["changes"] == ["cropped to 37 %"]
