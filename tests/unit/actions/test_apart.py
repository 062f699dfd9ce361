"""One file that is seen on two file systems is not taken for two."""

from __future__ import annotations

import os
from contextlib import closing

import pytest
from harness.disks import borrowing_overlay, overlay, removable_disk
from harness.folders import contents
from harness.plans import copies, group
from msgspec.structs import replace

from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.reconciliation import settle
from difd.actions.verbs.steps import choose_steps, probe_name
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ActionJournal

VERBS = [
    ActionOptions(verb="delete"),
    ActionOptions(verb="link", kind="symbolic"),
    ActionOptions(verb="trash"),
    ActionOptions(verb="move", destination=b"elsewhere"),
]


@pytest.fixture
def journal(tmp_path):
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as opened:
        yield opened


def planned(journal, keeper, removal, options):
    # What lies in memory was searched on purpose, and may be deleted.
    return Planner(journal, lambda _: ()).plan(group(keeper, removal), options, bins=True)


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize("options", VERBS, ids=lambda options: options.verb)
@pytest.mark.parametrize("turned", [False, True])
def test_the_same_file_seen_twice_stays(tmp_path, journal, options, turned):
    if options.destination:
        options = ActionOptions(verb="move", destination=os.fsencode(tmp_path / "elsewhere"))
    (here,) = copies(tmp_path / "disk", ["a.png"])
    with overlay(tmp_path / "pool", tmp_path / "disk") as pool:
        pair = (here, pool / "a.png") if turned else (pool / "a.png", here)
        assert os.lstat(pair[0]).st_dev != os.lstat(pair[1]).st_dev
        plan = planned(journal, *pair, options)
        assert execute(journal, plan.id, tmp_path / "state").refused == 1
        (row,) = journal.rows(plan.id, 0, 9)
        assert "the file that stays, by way of another" in row.message
        assert contents(tmp_path / "disk") == {"a.png": b"picture"}


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize("options", VERBS, ids=lambda options: options.verb)
def test_what_another_name_in_an_overlay_only_borrows_stays(tmp_path, journal, options):
    if options.destination:
        options = ActionOptions(verb="move", destination=os.fsencode(tmp_path / "elsewhere"))
    (here,) = copies(tmp_path / "disk", ["a.png"])
    with borrowing_overlay(tmp_path / "pool", tmp_path / "disk") as pool:
        (pool / "album").mkdir()
        (pool / "a.png").rename(pool / "album" / "b.png")
        plan = planned(journal, pool / "album" / "b.png", here, options)
        assert execute(journal, plan.id, tmp_path / "state").refused == 1
    assert contents(tmp_path / "disk") == {"a.png": b"picture"}


def test_a_disk_that_is_mounted_twice_keeps_its_file(tmp_path, journal):
    with removable_disk(tmp_path / "disk") as disk:
        (here,) = copies(tmp_path / "disk", ["a.png"])
        os.sync()
        with disk.seen_twice(tmp_path / "again"):
            plan = planned(
                journal, tmp_path / "again" / "a.png", here, ActionOptions(verb="delete")
            )
            assert execute(journal, plan.id, tmp_path / "state").refused == 1
            (row,) = journal.rows(plan.id, 0, 9)
            assert "by way of another mount" in row.message
        assert here.read_bytes() == b"picture"


def test_copies_on_two_file_systems_are_two(tmp_path, journal, elsewhere):
    (keeper,) = copies(tmp_path / "p", ["a.png"])
    (removal,) = copies(elsewhere, ["a.png"])
    plan = planned(journal, keeper, removal, ActionOptions(verb="delete"))
    assert execute(journal, plan.id, tmp_path / "state").done == 1
    assert contents(elsewhere) == {}
    assert contents(tmp_path / "p") == {"a.png": b"picture"}


def test_a_name_that_was_made_to_find_out_goes_after_a_crash(tmp_path, journal, elsewhere):
    (keeper,) = copies(tmp_path / "p", ["a.png"])
    (removal,) = copies(elsewhere, ["a.png"])
    plan = planned(journal, keeper, removal, ActionOptions(verb="delete"))
    (item,) = journal.items(plan.id)
    steps = choose_steps(item, plan.options)
    journal.save(replace(plan, state="running"), [replace(item, stage="doing", steps=steps)])
    os.link(removal, probe_name(steps[0]))
    settle(journal)
    assert contents(elsewhere) == {"a.png": b"picture"}
