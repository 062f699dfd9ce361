"""What was done is undone: the file is what it was, where it was, and nowhere else."""

from __future__ import annotations

import os
from contextlib import closing

import pytest
from harness.disks import caseless_disk
from harness.folders import contents
from harness.plans import copies, group
from harness.witnesses import OTHER_USER
from msgspec.structs import replace

from difd.actions.files.appearance import appearance_of
from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ActionJournal

HOW = [
    ActionOptions(verb="trash"),
    ActionOptions(verb="move", destination=b"to"),
    ActionOptions(verb="link", kind="hard"),
    ActionOptions(verb="link", kind="symbolic"),
]


@pytest.fixture
def journal(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as opened:
        yield opened


@pytest.fixture(params=HOW, ids=lambda options: f"{options.verb} {options.kind or ''}".strip())
def done(request, tmp_path, journal):
    """The file, and the action that took it away."""
    keeper, removal = copies(tmp_path, ["p/a.png", "p/sub/b.png"])
    return removal, acted(tmp_path, journal, (keeper, removal), request.param)


def acted(tmp_path, journal, pair, options):
    if options.destination == b"to":
        options = replace(options, destination=os.fsencode(tmp_path / "to"))
    plan = Planner(journal, lambda _: ()).plan(group(*pair), options)
    assert execute(journal, plan.id, tmp_path / "state").done == 1
    return plan.id


@pytest.mark.parametrize("depth", ["the folder", "a folder above it"])
def test_a_link_in_the_place_of_a_folder_is_not_followed(tmp_path, journal, done, depth):
    _, action = done
    there = tmp_path / "other"
    at = tmp_path / "p" if depth == "a folder above it" else tmp_path / "p" / "sub"
    if depth == "a folder above it":
        (there / "sub").mkdir(parents=True)
    else:
        there.mkdir()
    at.rename(tmp_path / "away")
    at.symlink_to(there)
    assert undo(journal, action, tmp_path / "state").undone == 0
    (row,) = journal.rows(action, 0, 1)
    assert "a link is in its place" in row.message
    assert contents(there) == {}
    at.unlink()
    (tmp_path / "away").rename(at)
    assert undo(journal, action, tmp_path / "state").undone == 1
    assert contents(tmp_path / "p").keys() == {"a.png", "sub/b.png"}


def test_a_link_that_led_to_the_folder_before_is_no_reason(tmp_path, journal):
    copies(tmp_path, ["real/a.png", "real/sub/b.png"])
    (tmp_path / "p").symlink_to("real")
    pair = (tmp_path / "p" / "a.png", tmp_path / "p" / "sub" / "b.png")
    action = acted(tmp_path, journal, pair, ActionOptions(verb="trash"))
    (tmp_path / "real" / "sub").rmdir()
    assert undo(journal, action, tmp_path / "state").undone == 1
    assert contents(tmp_path / "real").keys() == {"a.png", "sub/b.png"}


def test_what_lies_behind_a_link_at_the_destination_is_not_taken_for_it(tmp_path, journal):
    pair = copies(tmp_path, ["p/a.png", "p/b.png"])
    action = acted(tmp_path, journal, pair, ActionOptions(verb="move", destination=b"to"))
    copies(tmp_path, ["mine/b.png"])
    (tmp_path / "to").rename(tmp_path / "moved on")
    (tmp_path / "to").symlink_to("mine")
    assert undo(journal, action, tmp_path / "state").undone == 0
    assert contents(tmp_path / "mine") == {"b.png": b"picture"}


@pytest.mark.parametrize("where", ["same disk", "NTFS"])
def test_modes_owners_times_and_attributes_come_back(tmp_path, journal, where):
    if where == "NTFS":
        with caseless_disk(tmp_path / "disk") as disk:
            _look_comes_back(tmp_path, journal, disk / "to")
    else:
        _look_comes_back(tmp_path, journal, tmp_path / "to")


@pytest.mark.parametrize("keeper", ["is gone", "has another name"])
def test_a_hard_link_becomes_what_the_file_was_though_the_one_that_stayed_is_not_there(
    tmp_path, journal, keeper
):
    kept, file = copies(tmp_path, ["p/a.png", "p/b.png"])
    file.chmod(0o600)
    os.utime(file, ns=(10**18, 10**18 + 5))
    action = acted(tmp_path, journal, (kept, file), ActionOptions(verb="link", kind="hard"))
    if keeper == "is gone":
        kept.unlink()
    else:
        kept.rename(tmp_path / "p" / "other.png")
    assert undo(journal, action, tmp_path / "state").undone == 1
    found = file.stat()
    assert (found.st_nlink, found.st_mode & 0o777) == (1, 0o600)
    assert found.st_mtime_ns == 10**18 + 5
    file.write_bytes(b"changed")
    if keeper == "has another name":
        assert (tmp_path / "p" / "other.png").read_bytes() == b"picture"


def _look_comes_back(tmp_path, journal, to):
    pair = copies(tmp_path, ["p/a.png", "p/b.png"])
    os.setxattr(pair[1], b"user.tag", b"holiday")
    os.chown(pair[1], OTHER_USER, OTHER_USER)
    os.chmod(pair[1], 0o600)
    os.utime(pair[1], ns=(10**18 + 5, 10**18 + 123_456_789))
    look = appearance_of(os.fsencode(pair[1]))
    before = replace(look, atime_ns=10**18 + 5)
    options = ActionOptions(verb="move", destination=os.fsencode(to))
    os.utime(pair[1], ns=(10**18 + 5, 10**18 + 123_456_789))
    action = acted(tmp_path, journal, pair, options)
    if to.parent == tmp_path:
        # Somebody changed it where it was.
        os.chmod(to / "b.png", 0o644)
        os.utime(to / "b.png")
        os.removexattr(to / "b.png", b"user.tag")
    assert undo(journal, action, tmp_path / "state").undone == 1
    now = appearance_of(os.fsencode(pair[1]))
    assert replace(now, atime_ns=0) == replace(before, atime_ns=0)


def test_what_an_older_version_has_not_written_down_is_done_without(tmp_path, journal):
    pair = copies(tmp_path, ["p/a.png", "p/sub/b.png"])
    action = acted(tmp_path, journal, pair, ActionOptions(verb="trash"))
    (item,) = journal.items(action)
    (step,) = item.steps
    step = replace(step, aside=b"", home=b"", away=b"", appearance=None)
    (info,) = journal.find(action)
    journal.save(info, [replace(item, steps=(step,))])
    (tmp_path / "p" / "sub").rmdir()
    assert undo(journal, action, tmp_path / "state").undone == 1
    assert pair[1].read_bytes() == b"picture"
