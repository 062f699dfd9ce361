"""A drive that is away while a crash is settled: what lies on it is not forgotten."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing

import pytest
from harness.disks import removable_disk
from harness.folders import contents
from harness.plans import copies, group

from difd.actions.files.lock import action_lock
from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.reconciliation import settle
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ActionJournal

DIES_AT_ONCE = """
import os, sys
from pathlib import Path
from difd.actions.verbs.execution import execute
from difd.actions.verbs.undoing import undo
from difd.store.action_journal import ActionJournal
state = Path(sys.argv[1])
{verb}(ActionJournal(state / "actions.sqlite"), sys.argv[2], state,
     on_progress=lambda info: os._exit(9))
"""


def died(verb: str, state, action: str) -> bool:
    """Whether it did, after the first file."""
    command = [sys.executable, "-c", DIES_AT_ONCE.format(verb=verb), state, action]
    return subprocess.run(command, check=False).returncode == 9


@pytest.mark.parametrize("verb", ["execute", "undo"])
def test_what_was_moved_on_a_drive_that_is_away_comes_back_with_it(tmp_path, verb):
    drive, state = tmp_path / "drive", tmp_path / "state"
    with removable_disk(drive) as disk, closing(ActionJournal(state / "actions.sqlite")) as journal:
        paths = copies(drive, ["p/a.png", "p/b.png", "p/c.png"])
        options = ActionOptions(verb="move", destination=os.fsencode(drive / "extra"))
        plan = Planner(journal, lambda _: ()).plan(group(*paths), options)
        if verb == "undo":
            execute(journal, plan.id, state)
        assert died(verb, state, plan.id)
        disk.disconnect()
        with action_lock(state):
            settle(journal)
        disk.connect()
        assert undo(journal, plan.id, state).state in {"done", "interrupted"}
        assert contents(drive).keys() == {"p/a.png", "p/b.png", "p/c.png"}
        assert {row.state for row in journal.rows(plan.id, 0, 9)} == {"undone"}


def test_a_file_that_somebody_else_brought_back_is_back(tmp_path):
    state = tmp_path / "state"
    with closing(ActionJournal(state / "actions.sqlite")) as journal:
        keeper, removal = copies(tmp_path, ["p/a.png", "p/b.png"])
        options = ActionOptions(verb="move", destination=os.fsencode(tmp_path / "extra"))
        plan = Planner(journal, lambda _: ()).plan(group(keeper, removal), options)
        execute(journal, plan.id, state)
        (tmp_path / "extra" / "b.png").rename(removal)
        assert undo(journal, plan.id, state).undone == 1
