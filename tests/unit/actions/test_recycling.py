"""A trash that only the system fills, here a folder: what it does not take, or loses, stays."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from harness.folders import contents
from harness.plans import copies, group
from msgspec.structs import replace

from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.reconciliation import settle
from difd.actions.verbs.steps import choose_steps
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ActionJournal
from difd.system import trash

TRASH = ActionOptions(verb="trash")


class Bin:
    """Files under names that nobody chose, each with a note of its path beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def put(self, path: bytes) -> None:
        name = f"R{len(list(self.folder.iterdir()))}"
        (self.folder / f"I{name}").write_bytes(path)
        os.rename(path, self.folder / name)

    def listed(self, _path: bytes) -> frozenset[bytes]:
        return frozenset(os.fsencode(one) for one in self.folder.glob("R*"))

    def note_of(self, place: bytes) -> bytes:
        folder, name = os.path.split(place)
        return os.path.join(folder, b"I" + name)

    def origin(self, note: bytes) -> bytes:
        return Path(os.fsdecode(note)).read_bytes()


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A system whose trash can be looked into, and is filled by nobody else."""
    made = Bin(tmp_path / "bin")
    monkeypatch.setattr(trash, "IS_OURS", False)
    monkeypatch.setattr(trash, "TELLS", True)
    for name in ("put", "listed", "note_of", "origin"):
        monkeypatch.setattr(trash, name, getattr(made, name))
    return made


@pytest.fixture
def journal(tmp_path):
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as opened:
        yield opened


@pytest.fixture
def pair(tmp_path):
    return copies(tmp_path / "p", ["a.png", "b.png"])


def planned(journal, pair):
    return Planner(journal, lambda _: ()).plan(group(*pair), TRASH)


def item_of(journal, plan):
    (item,) = journal.items(plan.id)
    return item


def test_what_the_system_took_is_found_and_comes_back(tmp_path, system, journal, pair):
    before = os.lstat(pair[1])
    plan = planned(journal, pair)
    assert execute(journal, plan.id, tmp_path / "state").done == 1
    (step,) = item_of(journal, plan).steps
    assert Path(os.fsdecode(step.target)).read_bytes() == b"picture"
    assert contents(tmp_path / "p") == {"a.png": b"picture"}
    assert undo(journal, plan.id, tmp_path / "state").undone == 1
    after = os.lstat(pair[1])
    assert (after.st_ino, after.st_nlink) == (before.st_ino, 1)
    assert contents(system.folder) == {}


@pytest.mark.parametrize("does", ["removes it", "does nothing", "fails", "takes another one"])
def test_what_the_system_does_not_take_stays(tmp_path, system, journal, pair, monkeypatch, does):
    def put(path: bytes) -> None:
        if does == "removes it":
            os.unlink(path)
        elif does == "fails":
            raise PermissionError(13, "Permission denied")
        elif does == "takes another one":
            copies(tmp_path / "p", ["c.png"], b"another")
            os.replace(tmp_path / "p" / "c.png", path)
            system.put(path)

    monkeypatch.setattr(trash, "put", put)
    before = os.lstat(pair[1]).st_ino
    plan = planned(journal, pair)
    done = execute(journal, plan.id, tmp_path / "state")
    assert (done.done, done.refused) == (0, 1)
    assert contents(tmp_path / "p") == {"a.png": b"picture", "b.png": b"picture"}
    assert (os.lstat(pair[1]).st_ino, os.lstat(pair[1]).st_nlink) == (before, 1)
    assert list(contents(system.folder).values()) == (
        [os.fsencode(pair[1]), b"another"] if does == "takes another one" else []
    )


def test_a_file_whose_equal_goes_at_that_moment_leaves_the_trash_again(
    tmp_path, system, journal, pair, monkeypatch
):
    def put(path: bytes) -> None:
        system.put(path)
        pair[0].unlink()

    monkeypatch.setattr(trash, "put", put)
    plan = planned(journal, pair)
    assert execute(journal, plan.id, tmp_path / "state").refused == 1
    assert contents(tmp_path / "p") == {"b.png": b"picture"}
    assert contents(system.folder) == {}


@pytest.mark.parametrize("second_name", [False, True])
@pytest.mark.parametrize("taken", [False, True])
def test_a_process_that_died_in_between_lost_nothing(
    tmp_path, system, journal, pair, second_name, taken
):
    plan = planned(journal, pair)
    item = item_of(journal, plan)
    item = replace(item, stage="doing", steps=choose_steps(item, TRASH))
    journal.save(replace(plan, state="running"), [item])
    if second_name:
        os.link(pair[1], item.steps[0].aside)
    if taken:
        system.put(os.fsencode(pair[1]))
    settle(journal)
    found = item_of(journal, plan)
    assert found.stage == ("done" if taken else "planned")
    assert contents(tmp_path / "p").keys() == ({"a.png"} if taken else {"a.png", "b.png"})
    if taken:
        assert undo(journal, plan.id, tmp_path / "state").undone == 1
    assert os.lstat(pair[1]).st_nlink == 1
    assert pair[1].read_bytes() == b"picture"


def test_a_process_that_died_when_the_system_had_removed_it_gives_it_its_name_back(
    tmp_path, system, journal, pair
):
    plan = planned(journal, pair)
    item = item_of(journal, plan)
    item = replace(item, stage="doing", steps=choose_steps(item, TRASH))
    journal.save(replace(plan, state="running"), [item])
    os.rename(pair[1], item.steps[0].aside)
    settle(journal)
    assert item_of(journal, plan).stage == "planned"
    assert contents(tmp_path / "p") == {"a.png": b"picture", "b.png": b"picture"}
    assert contents(system.folder) == {}
