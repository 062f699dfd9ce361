"""A folder becomes a link to another one at the worst moment: nothing in the other one goes."""

from __future__ import annotations

import os
import sys
from contextlib import closing, contextmanager

import pytest
from harness.plans import copies, group

from difd.actions.execution import execute
from difd.actions.planner import Planner
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ActionJournal

_at_removal = None


def _hook(event, arguments):
    # Python tells right before it has the system remove something.
    if event == "os.remove" and _at_removal is not None:
        _at_removal(os.fsencode(arguments[0]))


@pytest.fixture(scope="module", autouse=True)
def _hooked():
    sys.addaudithook(_hook)  # for good, which is why it does nothing most of the time


@contextmanager
def before_each_removal(do):
    global _at_removal  # noqa: PLW0603  hooks cannot be taken back
    _at_removal = do
    try:
        yield
    finally:
        _at_removal = None


@pytest.mark.parametrize("verb", ["delete", "move"])
def test_a_folder_that_becomes_a_link_leads_to_nobody_elses_file(tmp_path, elsewhere, verb):
    keeper, removal = copies(tmp_path, ["k.png", "shared/a.png"])
    (only,) = copies(tmp_path, ["mine/a.png"], b"the only one")

    def exchange(path: bytes) -> None:
        if os.path.basename(path) == b"a.png" and not removal.parent.is_symlink():
            removal.parent.rename(tmp_path / "away")
            removal.parent.symlink_to(only.parent)

    destination = os.fsencode(elsewhere) if verb == "move" else None
    state = tmp_path / "state"
    with closing(ActionJournal(state / "actions.sqlite")) as journal:
        options = ActionOptions(verb=verb, destination=destination)
        plan = Planner(journal, lambda _: ()).plan(group(keeper, removal), options)
        with before_each_removal(exchange):
            execute(journal, plan.id, state)
    assert removal.parent.is_symlink()
    assert only.read_bytes() == b"the only one"
    assert keeper.read_bytes() == b"picture"
