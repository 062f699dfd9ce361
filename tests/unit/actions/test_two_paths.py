"""One file at two paths, where neither names nor inode numbers tell: it stays in its place."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager

import pytest
from harness.folders import contents
from harness.fuse import bindfs, fuse_overlay, sshfs
from harness.plans import copies, group

from difd.actions.checks.last_look import WENT_WITH_IT
from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionOptions, HeldBack
from difd.store.action_journal import ActionJournal
from difd.system.mounts import kind_at

NO_PROOF = "where two names may be one file"

FOR_GOOD = [ActionOptions(verb="delete"), ActionOptions(verb="link", kind="symbolic")]


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@contextmanager
def linked_share(place):
    """A share with a link to a folder in it, which sshfs shows as two folders."""
    (place / "server" / "best").symlink_to("2019")
    with sshfs(place / "mnt", place / "server", "follow_symlinks") as mnt:
        yield mnt / "2019" / "a.png", mnt / "best" / "a.png"


@contextmanager
def share_and_disk(place):
    """A share beside the folder that it is a share of."""
    with sshfs(place / "mnt", place / "server") as mnt:
        yield mnt / "2019" / "a.png", place / "server" / "2019" / "a.png"


@contextmanager
def bound(place):
    with bindfs(place / "mnt", place / "server") as mnt:
        yield mnt / "2019" / "a.png", place / "server" / "2019" / "a.png"


@contextmanager
def layered(place):
    with fuse_overlay(place / "mnt", place / "server") as mnt:
        yield mnt / "2019" / "a.png", place / "server" / "2019" / "a.png"


PLACES = {"linked": linked_share, "share": share_and_disk, "bound": bound, "layered": layered}


@pytest.fixture(params=PLACES)
def seen_twice(request, tmp_path, data):
    """The file that would stay and the one that would go, which are one."""
    del data
    copies(tmp_path / "server", ["2019/a.png"])
    with PLACES[request.param](tmp_path) as pair:
        yield pair


@pytest.fixture
def journal(tmp_path):
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as opened:
        yield opened


def planned(journal, keeper, removal, options):
    return Planner(journal, lambda _: ()).plan(group(keeper, removal), options)


@pytest.mark.parametrize("options", FOR_GOOD, ids=lambda options: options.verb)
def test_what_is_seen_twice_is_held_back_and_the_reason_said(
    tmp_path, journal, seen_twice, options
):
    plan = planned(journal, *seen_twice, options)
    assert plan.items == 0
    (row,) = journal.rows(plan.id, 0, 9)
    assert isinstance(row, HeldBack)
    assert NO_PROOF in row.reason
    assert contents(tmp_path / "server" / "2019") == {"a.png": b"picture"}


@pytest.mark.parametrize("options", FOR_GOOD, ids=lambda options: options.verb)
def test_a_plan_from_before_it_was_mounted_is_refused(tmp_path, journal, options, monkeypatch):
    copies(tmp_path / "server", ["2019/a.png"])
    with share_and_disk(tmp_path) as (keeper, removal):
        with monkeypatch.context() as patch:
            patch.setattr("difd.actions.plan.surroundings.no_proof", lambda *_: None)
            plan = planned(journal, keeper, removal, options)
        assert execute(journal, plan.id, tmp_path / "state").refused == 1
        (row,) = journal.rows(plan.id, 0, 9)
        assert NO_PROOF in row.message
    assert contents(tmp_path / "server" / "2019") == {"a.png": b"picture"}


@pytest.mark.parametrize("verb", ["trash", "move"])
@pytest.mark.parametrize("turned", [False, True])
def test_what_is_seen_twice_is_where_it_was_after_it_was_to_be_moved(
    tmp_path, journal, seen_twice, verb, turned
):
    pair = seen_twice[::-1] if turned else seen_twice
    destination = os.fsencode(tmp_path / "to") if verb == "move" else None
    plan = planned(journal, *pair, ActionOptions(verb=verb, destination=destination))
    assert plan.items == 1
    info = execute(journal, plan.id, tmp_path / "state")
    assert contents(tmp_path / "server" / "2019") == {"a.png": b"picture"}
    if turned and (tmp_path / "upper").exists():
        # What lies over a folder takes it away from what it shows only.
        return
    assert info.refused == 1
    (row,) = journal.rows(plan.id, 0, 9)
    assert row.message in {
        WENT_WITH_IT,
        "It is the file that stays, by way of another file system.",
    }
    assert b"picture" not in contents(tmp_path / "data").values()
    assert not (tmp_path / "to").exists() or contents(tmp_path / "to") == {}


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("verb", ["trash", "move"])
def test_two_files_of_a_share_are_two(tmp_path, journal, verb):
    keeper, removal = copies(tmp_path / "server", ["a.png", "sub/b.png"])
    before = contents(tmp_path / "server")
    with sshfs(tmp_path / "mnt", tmp_path / "server") as mnt:
        pair = (mnt / path.relative_to(tmp_path / "server") for path in (keeper, removal))
        destination = os.fsencode(tmp_path / "to") if verb == "move" else None
        plan = planned(journal, *pair, ActionOptions(verb=verb, destination=destination))
        assert execute(journal, plan.id, tmp_path / "state").done == 1
        assert keeper.exists()
        assert not removal.exists()
        assert undo(journal, plan.id, tmp_path / "state").undone == 1
    now = contents(tmp_path / "server")
    assert before.items() <= now.items()
    assert not any(".difd-" in name for name in now)


def test_a_disk_that_gets_the_number_of_another_is_known_for_what_it_is(tmp_path):
    for _ in range(2):
        with sshfs(tmp_path / "mnt", tmp_path) as mnt:
            assert kind_at(os.fsencode(mnt)) == "fuse.sshfs"
        assert kind_at(os.fsencode(mnt)) != "fuse.sshfs"
        mnt.rmdir()
