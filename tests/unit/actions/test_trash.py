"""The trash: everything that goes in is noted, found by other programs, and comes back."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from harness.disks import small_disk
from harness.files import read, written
from harness.trash import everything, note, restore, trashed
from harness.witnesses import NAMES, OTHER_USER, said_to_another_user, witness

from difd.actions.checks.trash_place import TrashPlace, choose, is_possible
from difd.actions.verbs.trash import put, settle
from difd.protocol.errors import ActionRefused

USER = os.getuid()


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:12]))
def test_every_name_is_noted_and_comes_back_as_it_was(folder, name):
    for content in (b"first", b"second"):
        path = written(folder, name, content)
        os.utime(path, ns=(10**18, 10**18 + 7))
        seen = witness(path)
        place = trashed(path)
        assert not os.path.lexists(path)
        assert read(place.file) == content
        if content == b"first":
            first, first_digest = place, seen.digest
    assert first != place
    restore(place, path, seen.digest)
    assert read(path) == b"second"
    assert os.stat(path).st_mtime_ns == 10**18 + 7
    os.unlink(path)
    restore(first, path, first_digest)
    assert read(path) == b"first"
    assert everything(Path(os.fsdecode(place.info)).parents[1]) == []


def test_the_trash_at_home_notes_absolute_paths_and_the_local_time(tmp_path, data):
    before = time.strftime("%Y-%m-%dT%H:%M:%S")
    path = written(tmp_path, b"50% \xff\n\xc3\xbc.jpg")
    place = trashed(path)
    assert place.info.startswith(os.fsencode(data / "Trash" / "info") + b"/")
    noted = note(place)
    assert noted[b"Path"].endswith(b"/50%25%20%FF%0A%C3%BC.jpg")
    assert unquote_to_bytes(noted[b"Path"]) == path
    assert before <= noted[b"DeletionDate"].decode() <= time.strftime("%Y-%m-%dT%H:%M:%S")
    assert {(data / "Trash" / name).stat().st_mode & 0o777 for name in ("", "files", "info")} == {
        0o700
    }


def test_another_file_system_has_its_own_trash_with_relative_paths(disk, data):
    (disk / "sub").mkdir()
    (disk / "link").symlink_to(disk / "sub")
    place = trashed(written(disk / "link"))
    assert place.file == os.fsencode(disk / f".Trash-{USER}" / "files" / "a.jpg")
    assert note(place)[b"Path"] == b"sub/a.jpg"
    assert not data.exists()


def test_a_shared_trash_is_used_where_the_administrator_made_one(disk, data):
    del data
    (disk / ".Trash").mkdir()
    (disk / ".Trash").chmod(0o1777)
    place = trashed(written(disk))
    assert place.file == os.fsencode(disk / ".Trash" / str(USER) / "files" / "a.jpg")
    assert note(place)[b"Path"] == b"a.jpg"
    assert (disk / ".Trash" / str(USER)).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["not sticky", "a link"])
def test_a_shared_trash_that_anybody_could_exchange_is_not_used(disk, data, kind):
    del data
    if kind == "a link":
        (disk / "real").mkdir()
        (disk / "real").chmod(0o1777)
        (disk / ".Trash").symlink_to("real")
    else:
        (disk / ".Trash").mkdir(0o777)
    place = choose(written(disk))
    assert place.file == os.fsencode(disk / f".Trash-{USER}" / "files" / "a.jpg")


@pytest.mark.parametrize("kind", ["a file", "a link", "another user's", "holds a link"])
def test_without_a_trash_of_its_own_a_file_system_uses_the_one_at_home(disk, data, kind):
    own = disk / f".Trash-{USER}"
    if kind == "a file":
        own.touch()
    elif kind == "a link":
        (disk / "elsewhere").mkdir()
        own.symlink_to("elsewhere")
    elif kind == "another user's":
        own.mkdir()
        os.chown(own, OTHER_USER, OTHER_USER)
    else:
        own.mkdir()
        (own / "files").symlink_to(disk)
    path = written(disk)
    os.utime(path, ns=(10**18, 10**18 + 7))
    digest = witness(path).digest
    place = trashed(path)
    assert place.file == os.fsencode(data / "Trash" / "files" / "a.jpg")
    assert read(place.file) == b"content"
    assert note(place)[b"Path"] == path
    restore(place, path, digest)
    assert read(path) == b"content"
    assert os.stat(path).st_mtime_ns == 10**18 + 7
    assert everything(data / "Trash") == []


@pytest.mark.parametrize("taken", ["info", "file"])
def test_a_place_that_is_taken_meanwhile_is_said_and_no_note_stays(folder, taken):
    path = written(folder)
    place = choose(path)
    theirs = getattr(place, taken)
    os.makedirs(os.path.dirname(theirs))
    with open(theirs, "wb") as file:
        file.write(b"theirs")
    with pytest.raises(FileExistsError):
        put(witness(path), place)
    assert read(path) == b"content"
    assert read(theirs) == b"theirs"
    assert len(everything(Path(os.fsdecode(place.info)).parents[1])) == 1
    assert read(trashed(path).file) == b"content"


def test_a_file_that_changed_stays_and_leaves_no_note(folder):
    path = written(folder)
    seen, place = witness(path), choose(path)
    written(folder, content=b"changed, and longer")
    with pytest.raises(ActionRefused, match="changed since the search"):
        put(seen, place)
    assert read(path) == b"changed, and longer"
    assert everything(Path(os.fsdecode(place.info)).parents[1]) == []


def test_a_full_trash_leaves_the_file_and_no_note(tmp_path, disk, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(disk / "data"))
    with small_disk(tmp_path / "other", "16m") as other:
        (other / f".Trash-{USER}").touch()
        path = written(other, content=os.urandom(10 << 20))
        with pytest.raises(ActionRefused, match="No space left"):
            put(witness(path), choose(path))
        assert len(read(path)) == 10 << 20
    assert everything(disk / "data" / "Trash") == []


def test_what_comes_back_overwrites_nothing(folder):
    path = written(folder)
    digest = witness(path).digest
    place = trashed(path)
    written(folder, content=b"newer")
    with pytest.raises(ActionRefused, match="taken by another file"):
        restore(place, path, digest)
    assert read(path) == b"newer"
    assert read(place.file) == b"content"
    assert os.path.lexists(place.info)
    restore(place, os.path.join(os.fsencode(folder), b"a (2).jpg"), digest)
    assert not os.path.lexists(place.info)


def test_folders_that_are_gone_are_made_again(folder):
    path = written(folder)
    digest = witness(path).digest
    place = trashed(path)
    shutil.rmtree(folder.parent)
    restore(place, path, digest)
    assert read(path) == b"content"


def test_what_is_gone_or_changed_in_the_trash_is_not_brought_back(folder):
    path = written(folder)
    digest = witness(path).digest
    place = trashed(path)
    with open(place.file, "wb") as file:
        file.write(b"changed")
    with pytest.raises(ActionRefused, match="in the trash has changed"):
        restore(place, path, digest)
    os.unlink(place.file)
    with pytest.raises(ActionRefused, match="not in the trash any more") as refusal:
        restore(place, path, digest)
    assert refusal.value.path == path
    assert os.listdir(folder) == []


def test_after_a_crash_a_note_without_a_file_goes(folder):
    path = written(folder)
    place = trashed(path)
    assert settle(place, path)
    assert os.path.lexists(place.info)
    os.rename(place.file, path)
    assert not settle(place, path)
    assert not os.path.lexists(place.info)
    assert not settle(place, path)


@pytest.mark.parametrize("begun", [b"", bytes(80)])
def test_after_a_crash_a_note_that_was_only_begun_goes(folder, begun):
    path = written(folder)
    place = choose(path)
    os.makedirs(os.path.dirname(place.info))
    with open(place.info, "wb") as file:
        file.write(begun)
    assert not settle(place, path)
    assert not os.path.lexists(place.info)


def test_the_note_of_another_program_stays(folder):
    path = written(folder)
    place = choose(path)
    os.makedirs(os.path.dirname(place.info))
    with open(place.info, "wb") as file:
        file.write(b"[Trash Info]\nPath=/else/where/a.jpg\nDeletionDate=2024-01-01T00:00:00\n")
    assert not settle(place, path)
    assert os.path.lexists(place.info)


def test_what_can_be_trashed_has_no_reason_against_it(folder):
    assert is_possible(written(folder)) is None


def test_what_lies_in_the_trash_cannot_be_trashed(folder):
    place = trashed(written(folder))
    assert is_possible(place.file) == "It lies in the trash already."


def test_a_trash_that_is_somebody_elses_is_said(tmp_path, data):
    (data / "Trash").mkdir(parents=True)
    os.chown(data / "Trash", OTHER_USER, OTHER_USER)
    path = written(tmp_path)
    assert is_possible(path) == "The trash is not a folder of your own."
    with pytest.raises(ActionRefused, match="not a folder of your own"):
        put(witness(path), choose(path))
    assert read(path) == b"content"


def test_a_home_that_cannot_be_written_to_is_said(open_folder, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(open_folder / "home" / "data"))
    (open_folder / "home").mkdir(0o755)
    (open_folder / "a").mkdir()
    path = written(open_folder / "a")
    for one in (open_folder / "a", path):
        os.chown(one, OTHER_USER, OTHER_USER)
    said = "print(difd.actions.checks.trash_place.is_possible(here + b'/a/a.jpg'))"
    assert said_to_another_user(open_folder, said) == "There is no trash that can be written to."
    (open_folder / "home").chmod(0o777)
    assert said_to_another_user(open_folder, said) == "None"
    os.chown(path, 0, 0)
    assert said_to_another_user(open_folder, said) == "It belongs to another user, and stays."
    trash = (
        "difd.actions.verbs.trash.put(witness(here + b'/a/a.jpg'), "
        "difd.actions.checks.trash_place.choose(here + b'/a/a.jpg'))"
    )
    assert said_to_another_user(open_folder, trash) == "It belongs to another user, and stays."
    os.chown(path, OTHER_USER, OTHER_USER)
    assert said_to_another_user(open_folder, trash) == ""
    assert everything(open_folder / "home" / "data" / "Trash") == [
        "files/a.jpg",
        "info/a.jpg.trashinfo",
    ]


def test_where_only_the_system_knows_the_place_undo_says_so():
    with pytest.raises(ActionRefused, match="cannot bring it back") as refusal:
        restore(TrashPlace(b"", b""), b"/a.jpg", b"")
    assert refusal.value.hint
    assert "trash of the desktop" in refusal.value.hint
