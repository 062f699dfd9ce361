"""Plans carried out, interrupted, settled and undone, on real files and without a search."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from harness.folders import contents
from harness.plans import copies, group

from difd.actions.files.lock import action_lock
from difd.actions.plan.choice import REFERENCE
from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.reconciliation import settle
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ACTIONS_KEPT, ActionJournal, newest_undoable

DIES_AT_ONCE = """
import os, sys
from pathlib import Path
from difd.actions.plan.choice import REFERENCE
from difd.actions.verbs.execution import execute
from difd.store.action_journal import ActionJournal
state = Path(sys.argv[1])
execute(ActionJournal(state / "actions.sqlite"), sys.argv[2], state,
        on_progress=lambda info: os._exit(9))
"""
"""Ends when the first file is done, and the journal has it as announced."""


@pytest.fixture
def journal(tmp_path):
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as opened:
        yield opened


@pytest.fixture
def state(tmp_path) -> Path:
    return tmp_path / "state"


def move_to(folder: Path) -> ActionOptions:
    return ActionOptions(verb="move", destination=os.fsencode(folder))


def planned(journal, rows, options):
    return Planner(journal, lambda _: ()).plan(rows, options)


def test_after_a_crash_the_moved_file_stays_though_its_old_folder_leads_to_the_new(
    tmp_path, journal, state
):
    keeper, removal = copies(tmp_path, ["keep/a.png", "old/b.png"])
    plan = planned(journal, group(keeper, removal), move_to(tmp_path / "new"))
    run = subprocess.run(
        [sys.executable, "-c", DIES_AT_ONCE, state, plan.id], check=False, capture_output=True
    )
    assert run.returncode == 9, run.stderr
    assert (tmp_path / "new" / "b.png").exists()
    (tmp_path / "old").rmdir()
    (tmp_path / "old").symlink_to("new")
    with action_lock(state):
        settle(journal)
    assert (tmp_path / "new" / "b.png").read_bytes() == b"picture"


def test_a_crash_right_after_a_name_was_chosen_anew_loses_no_copy(tmp_path, journal, state):
    keeper, *removals = copies(tmp_path / "p", ["a.png", "b.png", "c.png", "c (2).png"])
    plan = planned(journal, group(keeper, *removals), move_to(tmp_path / "extra"))
    # Somebody else takes the name of the second, so that it wants that of the third.
    script = DIES_AT_ONCE.replace("lambda info: os._exit(9)", "takes").replace(
        "execute(A", TAKES_A_NAME + "\nexecute(A"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, state, plan.id, tmp_path / "extra"],
        check=False,
        capture_output=True,
    )
    assert run.returncode == 9, run.stderr
    with action_lock(state):
        settle(journal)
    (info,) = journal.find(plan.id)
    assert info.done == 2
    for row in journal.rows(plan.id, 0, 10):
        if row.state == "done":
            assert Path(os.fsdecode(row.target)).read_bytes() == b"picture"
        else:
            assert Path(os.fsdecode(row.path)).exists()


TAKES_A_NAME = """
def takes(info):
    if info.done == 1:
        with open(os.path.join(sys.argv[3], "c.png"), "x") as file:
            file.write("somebody else's")
    if info.done == 2:
        os._exit(9)
"""


def test_equal_names_are_announced_together(tmp_path, journal, state):
    names = [f"{number}/cover.png" for number in range(20)]
    keeper, *removals = copies(tmp_path / "p", ["a.png", *names])
    plan = planned(journal, group(keeper, *removals), move_to(tmp_path / "extra"))
    announced = []

    def look(info):
        if info.done == 1:
            announced.extend(journal.items(plan.id, ("doing",)))

    execute(journal, plan.id, state, on_progress=look)
    assert len({item.steps[0].target for item in announced}) == 20
    assert len(contents(tmp_path / "extra")) == 20


def test_after_a_crash_undo_finds_what_the_journal_only_announced(tmp_path, journal, state):
    keeper, older, newer = copies(tmp_path / "p", ["a.png", "older.png", "newer.png"])
    execute(journal, planned(journal, group(keeper, older), move_to(tmp_path / "o")).id, state)
    plan = planned(journal, group(keeper, newer), move_to(tmp_path / "n"))
    subprocess.run([sys.executable, "-c", DIES_AT_ONCE, state, plan.id], check=False)
    found = newest_undoable(journal)
    assert found is not None
    assert found.id == plan.id
    assert undo(journal, "last", state).id == plan.id
    assert contents(tmp_path / "p").keys() == {"a.png", "newer.png"}


def test_plans_do_not_push_out_the_way_to_undo(tmp_path, journal, state):
    keeper, removal = copies(tmp_path / "p", ["a.png", "b.png"])
    done = execute(
        journal, planned(journal, group(keeper, removal), move_to(tmp_path / "o")).id, state
    )
    for _ in range(ACTIONS_KEPT + 1):
        planned(journal, [], ActionOptions(verb="trash"))
    assert journal.find(done.id) == [done]


@pytest.mark.parametrize("moment", [0, 1, 2])
def test_an_interrupted_call_leaves_a_journal_that_says_what_was_done(
    tmp_path, journal, state, moment
):
    paths = copies(tmp_path / "p", ["a.png", "b.png", "c.png", "d.png"])
    plan = planned(journal, group(*paths), move_to(tmp_path / "extra"))

    def interrupt(info):
        if info.done + info.undone == moment + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(journal, plan.id, state, on_progress=interrupt)
    (info,) = journal.find(plan.id)
    assert (info.done, info.items - info.done) == (moment + 1, 2 - moment)
    assert info.state == ("done" if moment == 2 else "interrupted")
    assert len(contents(tmp_path / "extra")) == moment + 1
    assert execute(journal, plan.id, state).done == 3
    with pytest.raises(KeyboardInterrupt):
        undo(journal, plan.id, state, on_progress=lambda _: next(iter(()), _interrupt()))
    (info,) = journal.find(plan.id)
    assert info.undone == 1
    assert undo(journal, plan.id, state).undone == 3
    assert len(contents(tmp_path / "p")) == 4


def _interrupt():
    raise KeyboardInterrupt


def test_a_sidecar_that_stays_and_is_edited_after_the_plan_saves_the_other(
    tmp_path, journal, state
):
    keeper, removal = copies(tmp_path / "p", ["a.png", "b.png"])
    for name in ("a.xmp", "b.xmp"):
        (tmp_path / "p" / name).write_text("<edits/>")
    plan = planned(journal, group(keeper, removal), ActionOptions(verb="delete"))
    assert plan.items == 1
    (tmp_path / "p" / "a.xmp").write_text("<other edits/>")
    info = execute(journal, plan.id, state)
    assert (info.done, info.refused) == (0, 1)
    assert contents(tmp_path / "p").keys() == {"a.png", "a.xmp", "b.png", "b.xmp"}


def test_a_folder_that_became_a_link_into_a_reference_folder_is_left_alone(tmp_path, journal):
    keeper, removal = copies(tmp_path, ["p/a.png", "p/sub/b.png"])
    (tmp_path / "p" / "sub").rename(tmp_path / "reference")
    (tmp_path / "p" / "sub").symlink_to(tmp_path / "reference")
    plan = Planner(journal, lambda _: ()).plan(
        group(keeper, removal),
        ActionOptions(verb="trash"),
        references=(os.fsencode(tmp_path / "reference"),),
    )
    assert plan.items == 0
    assert [one.reason for one in plan.held] == [REFERENCE]


def test_a_child_that_was_forked_meanwhile_does_not_keep_the_lock(state):
    with action_lock(state):
        child = os.fork()
        if not child:
            time.sleep(60)
            os._exit(0)
    try:
        with (state / "actions.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
