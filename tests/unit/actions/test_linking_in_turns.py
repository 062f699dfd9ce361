"""Links where no file that is open can be replaced: it waits under another name meanwhile."""

from __future__ import annotations

import os
from contextlib import closing

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
from difd.system import files
from difd.system.posix import renames

BOTH = {"a.png": b"picture", "b.png": b"picture"}


@pytest.fixture(autouse=True)
def _no_exchange(monkeypatch):
    """As on Windows: names are neither exchanged nor taken from what is open."""
    monkeypatch.setattr(files, "REPLACES_OPEN", False)
    monkeypatch.setattr(renames, "_rename", None)


@pytest.fixture
def journal(tmp_path):
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as opened:
        yield opened


@pytest.fixture
def pair(tmp_path):
    return copies(tmp_path / "p", ["a.png", "b.png"])


def link(kind: str) -> ActionOptions:
    return ActionOptions(verb="link", kind=kind)


def is_link(pair) -> bool:
    return pair[1].is_symlink() or os.path.samefile(*pair)


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
def test_a_file_becomes_a_link_and_a_file_again(tmp_path, journal, pair, kind):
    plan = Planner(journal, lambda _: ()).plan(group(*pair), link(kind))
    assert execute(journal, plan.id, tmp_path / "state").done == 1
    assert is_link(pair)
    assert contents(tmp_path / "p") == BOTH
    assert undo(journal, plan.id, tmp_path / "state").undone == 1
    assert not is_link(pair)
    assert contents(tmp_path / "p") == BOTH


def test_a_name_that_is_taken_meanwhile_is_said(tmp_path, journal, pair, monkeypatch):
    make = files.link

    def taken(name, new, folder, to):
        if os.path.basename(new) == b"b.png":
            copies(tmp_path / "p", ["b.png"], b"somebody's")
        make(name, new, folder, to)

    plan = Planner(journal, lambda _: ()).plan(group(*pair), link("hard"))
    monkeypatch.setattr(files, "link", taken)
    assert execute(journal, plan.id, tmp_path / "state").refused == 1
    assert contents(tmp_path / "p") == BOTH | {"b.png": b"somebody's", "b (2).png": b"picture"}
    (item,) = journal.items(plan.id)
    assert "b (2).png" in item.message


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
@pytest.mark.parametrize("made", [False, True])
def test_a_process_that_died_in_between_lost_nothing(tmp_path, journal, pair, kind, made):
    plan = Planner(journal, lambda _: ()).plan(group(*pair), link(kind))
    (item,) = journal.items(plan.id)
    item = replace(item, stage="doing", steps=choose_steps(item, link(kind)))
    journal.save(replace(plan, state="running"), [item])
    os.rename(pair[1], item.steps[0].temporary)
    if made:
        (os.link if kind == "hard" else os.symlink)(pair[0], pair[1])
    settle(journal)
    (found,) = journal.items(plan.id)
    assert found.stage == "planned"
    assert not is_link(pair)
    assert contents(tmp_path / "p") == BOTH
