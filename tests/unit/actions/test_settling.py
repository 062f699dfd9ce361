"""After a crash: what is not provably difd's own stays, and what was to be deleted is not."""

from __future__ import annotations

import os
from contextlib import closing

import pytest
from harness.disks import caseless_disk
from harness.folders import contents
from harness.plans import copies, group
from msgspec.structs import replace

from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.reconciliation import LAST, settle
from difd.actions.verbs.steps import choose_steps, for_the_way_back
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ActionJournal


@pytest.fixture
def journal(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as opened:
        yield opened


def announced(journal, pair, options):
    """An action that was written down, and whose process died before it did anything."""
    plan = Planner(journal, lambda _: ()).plan(group(*pair), options)
    (item,) = journal.items(plan.id)
    item = replace(item, stage="doing", steps=choose_steps(item, options))
    journal.save(replace(plan, state="running"), [item])
    return plan, item


def settled(journal, plan):
    settle(journal)
    (item,) = journal.items(plan.id)
    return item


def to(folder):
    return ActionOptions(verb="move", destination=os.fsencode(folder))


@pytest.mark.parametrize("how", ["copied", "linked"])
@pytest.mark.parametrize("options", ["move", "trash"])
def test_what_somebody_put_where_it_was_to_go_stays(tmp_path, journal, how, options):
    pair = copies(tmp_path, ["p/a.png", "p/b.png"])
    wanted = to(tmp_path / "to") if options == "move" else ActionOptions(verb="trash")
    plan, item = announced(journal, pair, wanted)
    target = item.steps[0].target
    os.makedirs(os.path.dirname(target))
    if how == "copied":
        copies(tmp_path, [os.fsdecode(target)])
    else:
        os.link(pair[1], target)
    assert settled(journal, plan).stage == "planned"
    assert os.path.lexists(target)
    assert pair[1].exists()


def test_what_somebody_copied_back_by_hand_costs_nothing(tmp_path, journal):
    pair = copies(tmp_path, ["p/a.png", "p/b.png"])
    plan = Planner(journal, lambda _: ()).plan(group(*pair), to(tmp_path / "to"))
    execute(journal, plan.id, tmp_path / "state")
    (item,) = journal.items(plan.id)
    (info,) = journal.find(plan.id)
    back = replace(item, stage="undoing", steps=tuple(map(for_the_way_back, item.steps)))
    journal.save(replace(info, state="undoing"), [back])
    copies(tmp_path, ["p/b.png"])
    assert settled(journal, plan).stage == "undone"
    assert (tmp_path / "to" / "b.png").exists()


def test_a_copy_of_ours_at_the_destination_goes(tmp_path, journal, elsewhere):
    pair = copies(tmp_path, ["p/a.png", "p/b.png"])
    plan, item = announced(journal, pair, to(elsewhere))
    (step,) = item.steps
    copies(elsewhere, [os.path.basename(os.fsdecode(step.temporary))])
    os.link(step.temporary, step.target)
    assert settled(journal, plan).stage == "planned"
    assert contents(elsewhere) == {}
    assert pair[1].exists()


@pytest.mark.parametrize("verb", ["delete", "trash"])
def test_what_bears_a_name_of_ours_and_is_not_ours_stays(tmp_path, journal, verb):
    pair = copies(tmp_path, ["p/a.png", "p/b.png"])
    (mine,) = copies(tmp_path, ["mine.png"], b"mine")
    plan, item = announced(journal, pair, ActionOptions(verb=verb))
    (step,) = item.steps
    name = step.temporary if verb == "delete" else step.aside
    os.symlink(mine, name)
    assert settled(journal, plan).stage == "planned"
    assert os.path.islink(name)
    assert mine.read_bytes() == b"mine"
    os.unlink(name)
    copies(tmp_path, [os.fsdecode(name)], b"somebody's")
    assert settled(journal, plan).stage == "planned"


@pytest.mark.parametrize("taken", [False, True])
def test_what_was_set_aside_gets_its_name_back(tmp_path, journal, taken):
    pair = copies(tmp_path, ["p/a.png", "p/b.png"])
    plan, item = announced(journal, pair, ActionOptions(verb="delete"))
    pair[1].rename(os.fsdecode(item.steps[0].temporary))
    if taken:
        copies(tmp_path, ["p/b.png"], b"newer")
    found = settled(journal, plan)
    assert found.stage == "planned"
    names = {"a.png": b"picture", "b.png": b"picture"}
    if taken:
        names |= {"b.png": b"newer", "b (2).png": b"picture"}
        assert "b (2).png" in found.message
    assert contents(tmp_path / "p") == names


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
def test_a_file_that_changed_names_with_its_link_gets_its_own_back(tmp_path, journal, kind):
    pair = copies(tmp_path, ["p/a.png", "p/b.png"])
    plan, item = announced(journal, pair, ActionOptions(verb="link", kind=kind))
    inode = pair[1].stat().st_ino
    pair[1].rename(os.fsdecode(item.steps[0].temporary))
    if kind == "hard":
        os.link(*pair)
    else:
        pair[1].symlink_to(pair[0])
    assert settled(journal, plan).stage == "planned"
    assert pair[1].lstat().st_ino == inode
    assert sorted(os.listdir(tmp_path / "p")) == ["a.png", "b.png"]


def test_the_last_name_of_the_file_that_stays_is_left(tmp_path, journal):
    pair = copies(tmp_path, ["p/a.png", "p/b.png"])
    plan, item = announced(journal, pair, ActionOptions(verb="link", kind="hard"))
    os.link(pair[0], item.steps[0].temporary)
    for path in pair:
        path.unlink()
    settled(journal, plan)
    assert list(contents(tmp_path / "p").values()) == [b"picture"]


@pytest.mark.parametrize("verb", ["delete", "trash"])
def test_a_sidecar_is_not_deleted_after_a_crash(tmp_path, journal, verb):
    pair = copies(tmp_path, ["1/a.png", "2/a.png"])
    copies(tmp_path, ["1/a.png.xmp", "2/a.png.xmp"], b"<my edits/>")
    plan, item = announced(journal, pair, ActionOptions(verb=verb))
    if verb == "trash":
        for path in (item.steps[0].target, item.steps[0].info):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        pair[1].rename(os.fsdecode(item.steps[0].target))
    else:
        pair[1].unlink()
    (tmp_path / "1" / "a.png.xmp").write_bytes(b"<other edits/>")
    found = settled(journal, plan)
    assert found.stage == "done"
    assert b"<my edits/>" in contents(tmp_path).values()
    if verb == "delete":
        assert found.message == "Left where it was: a.png.xmp."
        assert contents(tmp_path / "2") == {"a.png.xmp": b"<my edits/>"}
    else:
        assert undo(journal, plan.id, tmp_path / "state").undone == 1
        assert contents(tmp_path / "2") == {"a.png": b"picture", "a.png.xmp": b"<my edits/>"}


def test_a_sidecar_stays_with_a_new_picture_of_its_name(tmp_path, journal):
    pair = copies(tmp_path, ["1/a.png", "2/a.png"])
    copies(tmp_path, ["2/a.png.xmp"], b"<my edits/>")
    plan, item = announced(journal, pair, to(tmp_path / "to"))
    (tmp_path / "to").mkdir()
    pair[1].rename(tmp_path / "to" / "a.png")
    copies(tmp_path, ["2/a.png"], b"new")
    assert settled(journal, plan).message == "Left where it was: a.png.xmp."
    assert contents(tmp_path / "2").keys() == {"a.png", "a.png.xmp"}
    assert item.belongings


def test_a_last_copy_that_went_is_named(tmp_path, journal):
    pair = copies(tmp_path, ["p/a.png", "p/b.png"])
    plan, _ = announced(journal, pair, to(tmp_path / "to"))
    (tmp_path / "to").mkdir()
    pair[1].rename(tmp_path / "to" / "b.png")
    pair[0].unlink()
    assert settled(journal, plan).message == LAST
    assert undo(journal, plan.id, tmp_path / "state").undone == 1


def test_a_note_that_is_a_link_or_another_users_stays(tmp_path, journal):
    pair = copies(tmp_path, ["p/a.png", "p/b.png"])
    (mine,) = copies(tmp_path, ["mine"], b"")
    plan, item = announced(journal, pair, ActionOptions(verb="trash"))
    note = item.steps[0].info
    os.makedirs(os.path.dirname(note))
    os.symlink(mine, note)
    settled(journal, plan)
    assert os.path.islink(note)
    assert mine.exists()


def test_where_there_is_no_proof_both_stay_and_it_is_said(tmp_path, journal):
    with caseless_disk(tmp_path / "disk") as disk:
        pair = copies(tmp_path, ["p/a.png", "p/b.png"])
        plan, item = announced(journal, pair, to(disk / "to"))
        copies(disk, ["to/b.png"])
        found = settled(journal, plan)
        assert found.stage == "planned"
        assert os.fsdecode(item.steps[0].target) in found.message
        assert (disk / "to" / "b.png").exists()
