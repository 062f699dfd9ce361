"""What a user does with copies in that Windows, end to end, and what watching it tells."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from pathlib import Path

import pytest
from harness.windows_python import Done, WindowsPython, windows_path

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]


@pytest.fixture
def pictures(library, tmp_path) -> Path:
    """Three copies that may go, two of them of one picture."""
    folder = tmp_path / "pictures"
    shutil.copytree(library, folder)
    return folder


def job_of(there: WindowsPython, folder: Path) -> str:
    found = there.difctl("search", "--json", windows_path(folder))
    return str(json.loads(found.output)["job"])


def undone(there: WindowsPython, done: Done) -> Done:
    action = re.search(r"difctl undo ([0-9a-f]+)", done.output)
    assert action is not None, done
    return there.difctl("undo", action[1])


def names_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*.jpg")}


def contents_of(folder: Path) -> set[bytes]:
    return {path.read_bytes() for path in folder.rglob("*.jpg")}


def test_files_are_trashed_moved_and_brought_back_there(there, pictures, tmp_path):
    before = names_in(pictures)
    job = job_of(there, pictures)
    for command in (["trash", "--yes", job], ["move", "--yes", job, windows_path(tmp_path / "to")]):
        done = there.difctl(*command)
        assert done.code == 0, done
        assert len(names_in(pictures)) == len(before) - 3
        back = undone(there, done)
        assert back.code == 0, back
        assert names_in(pictures) == before
    assert {path.lstat().st_nlink for path in pictures.rglob("*.jpg")} == {1}


def test_copies_become_hard_links_there_and_files_again(there, pictures, library):
    job = job_of(there, pictures)
    linked = there.difctl("link", "--yes", "--kind", "hard", job)
    assert linked.code == 0, linked
    assert len({path.lstat().st_ino for path in pictures.rglob("*.jpg")}) == 4
    assert contents_of(pictures) == contents_of(library)
    assert undone(there, linked).code == 0
    assert len({path.lstat().st_ino for path in pictures.rglob("*.jpg")}) == 7
    assert contents_of(pictures) == contents_of(library)
    assert not list(pictures.rglob(".difd-*"))


def test_a_symbolic_link_that_wine_does_not_make_costs_nothing(there, pictures, library):
    job = job_of(there, pictures)
    linked = there.difctl("link", "--yes", "--kind", "symbolic", job)
    assert contents_of(pictures) == contents_of(library)
    assert len(names_in(pictures)) == 7
    assert linked.code != 0 or undone(there, linked).code == 0
    assert not list(pictures.rglob(".difd-*"))


def test_emptied_folders_go_when_that_was_asked_for(there, pictures, library):
    (pictures / "later").mkdir()
    os.rename(pictures / "one more.jpg", pictures / "later" / "one more.jpg")
    job = job_of(there, pictures)
    deleted = there.difctl("delete", "--yes", "--remove-empty", job)
    assert deleted.code == 0, deleted
    assert [path.name for path in pictures.iterdir() if path.is_dir()] == []
    assert contents_of(pictures) == contents_of(library)


def test_a_new_copy_in_a_watched_folder_is_told_of(there, pictures):
    added = there.difctl("watch", "add", windows_path(pictures))
    assert added.code == 0, added
    wait_for(there, lambda one: one["state"] == "watching")
    # Wine is silent about folders that were there before.
    (pictures / "Öffentlich").mkdir()
    shutil.copy(pictures / "2.jpg", pictures / "Öffentlich" / "2 again.jpg")
    found = wait_for(there, lambda one: one["last"] is not None)
    assert found["last"]["duplicates"] == 1
    assert there.difctl("watch", "remove", windows_path(pictures)).code == 0


def wait_for(there: WindowsPython, condition) -> dict:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        listed = there.difctl("watch", "list", "--json")
        (one,) = json.loads(listed.output)
        if condition(one):
            return one
        time.sleep(0.5)
    raise AssertionError(one)


def test_a_cleared_cache_frees_its_room(there, pictures):
    job_of(there, pictures)
    cleared = there.difctl("cache", "clear")
    assert cleared.code == 0, cleared
    assert not list((there.home / "users/root/AppData/Local/difd").rglob("*.slab"))


def test_odd_names_are_searched_and_go_and_come_back(there, pictures):
    picture = pictures / "2.jpg"
    # Longer paths than 260 characters have no full name under wine, which actions need.
    odd = pictures / "aux"
    odd.mkdir()
    for name in ("con.jpg", "LPT1.jpg", "a (1)..jpg"):
        shutil.copy(picture, odd / name)
    before = names_in(pictures)
    job = job_of(there, pictures)
    moved = there.difctl("move", "--yes", "--keep-tree", job, windows_path(pictures.parent / "to"))
    assert moved.code == 0, moved
    assert len(names_in(pictures)) == len(before) - 6
    assert len(names_in(pictures.parent / "to")) == 6
    assert undone(there, moved).code == 0
    assert names_in(pictures) == before
