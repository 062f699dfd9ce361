"""A folder becomes a link to another one at the worst moment: nothing in the other one goes."""

from __future__ import annotations

import os
import sys
from contextlib import closing, contextmanager

import pytest
from harness.plans import copies, group

from difd.actions.files.witness import witness_of
from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.moving import move
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ActionJournal
from difd.system.posix import renames

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


@pytest.mark.parametrize("has_rename", [True, False])
def test_a_folder_that_becomes_a_link_right_before_a_rename_sends_nobody_elses_file(
    tmp_path, monkeypatch, has_rename
):
    (tmp_path / "to").mkdir()
    (mine,) = copies(tmp_path, ["shared/a.png"])
    (theirs,) = copies(tmp_path, ["others/a.png"], b"the only one")
    moved = witness_of(os.fsencode(mine))
    rename, link = renames._rename, os.link

    def exchange() -> None:
        mine.parent.rename(tmp_path / "away")
        mine.parent.symlink_to(theirs.parent)

    def exchanged_rename(*arguments):
        exchange()
        return rename(*arguments)

    def exchanged_link(*arguments, **options):
        exchange()
        link(*arguments, **options)

    monkeypatch.setattr(renames, "_rename", exchanged_rename if has_rename else None)
    if not has_rename:
        monkeypatch.setattr(os, "link", exchanged_link)
    target = tmp_path / "to" / "a.png"
    move(moved, os.fsencode(target), os.fsencode(tmp_path / "to" / ".part"))
    assert theirs.read_bytes() == b"the only one"
    assert target.read_bytes() == b"picture"
    assert os.listdir(tmp_path / "away") == []


@pytest.mark.parametrize("verb", ["delete", "move"])
def test_a_folder_that_becomes_a_link_leads_to_nobody_elses_file(tmp_path, elsewhere, verb):
    keeper, removal = copies(tmp_path, ["k.png", "shared/a.png"])
    (only,) = copies(tmp_path, ["mine/a.png"], b"the only one")

    def exchange(path: bytes) -> None:
        if os.path.basename(path).startswith(b".difd-") and not removal.parent.is_symlink():
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
