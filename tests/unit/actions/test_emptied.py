"""Folders that an action emptied go, if that was asked for, and come back as they were."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from harness.plans import copies, group

from difd.actions.files import emptied
from difd.actions.files.lock import action_lock
from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.reconciliation import settle
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionOptions
from difd.protocol.errors import InvalidOption
from difd.store.action_journal import ActionJournal

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def journal(tmp_path):
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as opened:
        yield opened


@pytest.fixture
def state(tmp_path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def top(tmp_path) -> Path:
    """The searched folder."""
    return tmp_path / "p"


def planned(journal, files, *, roots=(), references=(), verb="trash", remove=True, **options):
    return Planner(journal, lambda _: ()).plan(
        group(*files),
        ActionOptions(verb=verb, remove_empty=remove, **options),
        roots=[os.fsencode(root) for root in roots],
        references=[os.fsencode(folder) for folder in references],
        # The other file system is in memory.
        bins=True,
    )


def folders(top: Path) -> set[str]:
    return {str(path.relative_to(top)) for path in top.rglob("*") if path.is_dir()}


def looks(path: Path):
    """What a folder is like: mode, owner, times and attributes."""
    status = path.stat()
    names = os.listxattr(path) if sys.platform == "linux" else []
    attributes = {name: os.getxattr(path, name) for name in names}
    return status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, attributes


@pytest.mark.parametrize("verb", ["trash", "move", "delete"])
def test_emptied_folders_go_up_to_the_searched_one(tmp_path, journal, state, top, verb):
    files = copies(top, ["keep/a.png", "x/y/z/b.png", "x/c.png", "w/d.png"])
    (top / "w" / "empty before").mkdir()
    to = os.fsencode(tmp_path / "extra") if verb == "move" else None
    plan = planned(journal, files, roots=[top], verb=verb, destination=to)
    info = execute(journal, plan.id, state)
    assert (info.done, info.folders) == (3, 3)
    assert folders(top) == {"keep", "w", "w/empty before"}


def test_nothing_goes_unless_that_was_asked_for(journal, state, top):
    files = copies(top, ["keep/a.png", "x/b.png"])
    info = execute(journal, planned(journal, files, roots=[top], remove=False).id, state)
    assert (info.done, info.folders) == (1, 0)
    assert folders(top) == {"keep", "x"}


def test_links_empty_no_folder(journal, top):
    files = copies(top, ["keep/a.png", "x/b.png"])
    with pytest.raises(InvalidOption):
        planned(journal, files, roots=[top], verb="link", kind="hard")


@pytest.mark.parametrize("left", [".DS_Store", "Thumbs.db", "desktop.ini", ".directory", "a/b.txt"])
def test_a_folder_that_holds_anything_is_not_empty(journal, state, top, left):
    files = copies(top, ["keep/a.png", "x/y/b.png"])
    copies(top / "x" / "y", [left], b"theirs")
    info = execute(journal, planned(journal, files, roots=[top]).id, state)
    assert (info.done, info.folders) == (1, 0)
    assert (top / "x" / "y" / left).read_bytes() == b"theirs"


def test_searched_folders_and_reference_folders_stay(journal, state, top):
    files = copies(top, ["ref/a.png", "x/b.png", "x/y/c.png", "x/y/z/d.png"])
    roots = [top / "ref", top / "x", top / "x" / "y"]
    plan = planned(journal, files, roots=roots, references=[top / "ref"])
    info = execute(journal, plan.id, state)
    assert (info.done, info.folders) == (3, 1)
    assert folders(top) == {"ref", "x", "x/y"}


def test_the_folder_of_an_image_that_was_searched_alone_stays(journal, state, top):
    files = copies(top, ["a.png", "b.png", "x/c.png"])
    execute(journal, planned(journal, files, roots=[files[0]]).id, state)
    assert folders(top) == set()
    files[0].unlink()
    assert top.is_dir()


def test_the_home_stays(journal, state, top, monkeypatch):
    files = copies(top, ["keep/a.png", "home/me/b.png"])
    monkeypatch.setenv("HOME", str(top / "home" / "me"))
    info = execute(journal, planned(journal, files, roots=[top]).id, state)
    assert (info.done, info.folders) == (1, 0)


def test_a_folder_where_a_file_system_begins_stays(journal, state, top, disk):
    files = copies(disk.parent, ["keep/a.png", "disk/x/b.png"])
    plan = planned(journal, files, roots=[disk.parent], verb="delete")
    info = execute(journal, plan.id, state)
    assert (info.done, info.folders) == (1, 1)
    assert disk.is_dir()
    assert not (disk / "x").exists()
    del top


def test_a_folder_that_somebody_else_emptied_stays(journal, state, top):
    files = copies(top, ["keep/a.png", "x/b.png", "y/c.png"])
    plan = planned(journal, files, roots=[top])
    files[1].unlink()
    info = execute(journal, plan.id, state)
    assert (info.done, info.refused, info.folders) == (1, 1, 1)
    assert folders(top) == {"keep", "x"}


def test_a_folder_that_took_the_place_of_another_stays(journal, state, top):
    files = copies(top, ["keep/a.png", "x/b.png"])
    plan = planned(journal, files, roots=[top])

    def exchange(info):
        if info.done:
            (top / "x").rename(top / "old")
            (top / "x").mkdir()

    info = execute(journal, plan.id, state, on_progress=exchange)
    assert info.folders == 0
    assert folders(top) == {"keep", "x", "old"}


@pytest.mark.parametrize("verb", ["trash", "move"])
def test_undo_makes_the_folders_again_as_they_were(tmp_path, journal, state, top, verb):
    files = copies(top, ["keep/a.png", "x/y/b.png", "x/y/z/c.png"])
    if sys.platform == "linux":
        os.setxattr(top / "x" / "y", "user.xdg.tags", b"summer")
    (top / "x" / "y").chmod(0o750)
    (top / "x").chmod(0o2775)
    for name in ("x/y/z", "x/y", "x"):
        os.utime(top / name, (10**9, 10**9))
    if os.geteuid() == 0:
        os.chown(top / "x" / "y", 1234, 2345)
        os.utime(top / "x", (10**9, 10**9))
    before = {name: looks(top / name) for name in ("x", "x/y", "x/y/z")}
    to = os.fsencode(tmp_path / "extra") if verb == "move" else None
    plan = planned(journal, files, roots=[top], verb=verb, destination=to)
    assert execute(journal, plan.id, state).folders == 3
    info = undo(journal, plan.id, state)
    assert (info.undone, info.folders) == (2, 0)
    assert {name: looks(top / name) for name in before} == before
    assert files[2].read_bytes() == b"picture"


def test_a_folder_that_somebody_made_in_the_meantime_is_taken_as_it_is(journal, state, top):
    files = copies(top, ["keep/a.png", "x/b.png"])
    plan = planned(journal, files, roots=[top])
    execute(journal, plan.id, state)
    (top / "x").mkdir(0o711)
    assert undo(journal, plan.id, state).undone == 1
    assert (top / "x").stat().st_mode & 0o777 == 0o711


@pytest.mark.parametrize("thing", [Path.touch, lambda path: path.symlink_to("keep")])
def test_what_stands_where_a_folder_was_does_not_cost_its_rights(journal, state, top, thing):
    files = copies(top, ["keep/a.png", "x/b.png"])
    (top / "x").chmod(0o700)
    plan = planned(journal, files, roots=[top])
    before = looks(top / "x")
    assert execute(journal, plan.id, state).folders == 1
    thing(top / "x")
    assert undo(journal, plan.id, state).undone == 0
    (top / "x").unlink()
    assert undo(journal, plan.id, state).undone == 1
    assert looks(top / "x") == before


def test_undo_leaves_none_of_the_folders_that_the_move_made(tmp_path, journal, state, top):
    files = copies(top, ["keep/a.png", "x/y/b.png", "w/c.png"])
    to = tmp_path / "extra"
    (to / "w").mkdir(parents=True)
    plan = planned(
        journal,
        files,
        roots=[top],
        verb="move",
        remove=False,
        keep_tree=True,
        destination=os.fsencode(to),
    )
    execute(journal, plan.id, state)
    assert folders(to) == {"x", "x/y", "w"}
    assert undo(journal, plan.id, state).undone == 2
    assert folders(to) == {"w"}, "which was there before"


def test_undo_leaves_a_folder_that_it_made_if_somebody_uses_it(tmp_path, journal, state, top):
    files = copies(top, ["keep/a.png", "b.png"])
    to = tmp_path / "extra"
    plan = planned(
        journal, files, roots=[top], verb="move", remove=False, destination=os.fsencode(to)
    )
    execute(journal, plan.id, state)
    (to / "mine.txt").write_text("mine")
    undo(journal, plan.id, state)
    assert (to / "mine.txt").read_text() == "mine"


DIES = """
import os, sys
from pathlib import Path
from difd.actions.files import emptied
from difd.actions.verbs.execution import execute
from difd.actions.verbs.undoing import undo
from difd.store.action_journal import ActionJournal
state, token, when, what = Path(sys.argv[1]), *sys.argv[2:5]
calls, original = [], getattr(os, when)
def dies(*given, **named):
    if "dir_fd" not in named:  # somebody else's
        return original(*given, **named)
    calls.append(given)
    if len(calls) == 2 and not what.endswith("after"):
        os._exit(9)
    original(*given, **named)
    if len(calls) == 2:
        os._exit(9)
setattr(os, when, dies)
journal = ActionJournal(state / "actions.sqlite")
execute(journal, token, state) if what.startswith("do") else undo(journal, token, state)
"""
"""Ends at the second folder."""


def dies(state: Path, token: str, when: str, what: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", DIES, state, token, when, what], check=False, capture_output=True
    )
    assert run.returncode == 9, run.stderr.decode()


def test_a_kill_while_folders_are_removed_is_settled(journal, state, top):
    files = copies(top, ["keep/a.png", "x/b.png", "x/y/c.png"])
    os.utime(top / "x" / "y", (10**9, 10**9))
    plan = planned(journal, files, roots=[top])
    dies(state, plan.id, "rmdir", "do")
    assert folders(top) == {"keep", "x"}
    with action_lock(state):
        settle(journal)
    (info,) = journal.find(plan.id)
    assert (info.state, info.done, info.folders) == ("done", 2, 1)
    assert journal.folders.unsettled() == []
    assert undo(journal, plan.id, state).undone == 2
    assert folders(top) == {"keep", "x", "x/y"}
    assert (top / "x" / "y").stat().st_mtime_ns == 10**18


@pytest.mark.parametrize(("what", "there"), [("undo", {"x"}), ("undo, after", {"x", "x/y"})])
def test_a_kill_while_folders_are_made_again_is_settled(journal, state, top, what, there):
    files = copies(top, ["keep/a.png", "x/b.png", "x/y/c.png"])
    (top / "x").chmod(0o2775)
    (top / "x" / "y").chmod(0o750)
    plan = planned(journal, files, roots=[top])
    execute(journal, plan.id, state)
    dies(state, plan.id, "mkdir", what)
    assert folders(top) == {"keep", *there}
    assert undo(journal, plan.id, state).undone == 2
    assert folders(top) == {"keep", "x", "x/y"}
    assert (top / "x").stat().st_mode & 0o7777 == 0o2775
    assert (top / "x" / "y").stat().st_mode & 0o7777 == 0o750


def test_a_journal_of_the_first_version_is_taken_over(tmp_path, state, top):
    path = tmp_path / "state" / "actions.sqlite"
    with closing(ActionJournal(path)) as journal:
        plan = planned(journal, copies(top, ["keep/a.png", "x/b.png"]), roots=[top])
        journal._db.execute("DROP TABLE folders")
        journal._db.execute("PRAGMA user_version = 1")
    with closing(ActionJournal(path)) as journal:
        assert execute(journal, plan.id, state).done == 1
        assert undo(journal, plan.id, state).undone == 1


def test_undo_makes_no_folder_by_way_of_a_link(tmp_path, journal, state, top):
    files = copies(top, ["keep/a.png", "w/x/b.png", "w/c.txt"])
    plan = planned(journal, files[:2], roots=[top])
    assert execute(journal, plan.id, state).folders == 1
    (top / "w").rename(top / "old")
    (tmp_path / "theirs").mkdir()
    (top / "w").symlink_to(tmp_path / "theirs")
    emptied.make_again(journal, journal.find(plan.id)[0])
    assert folders(tmp_path / "theirs") == set()
