"""No symbolic link is left leading nowhere: not those that the search met, and not our own."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from harness.plans import copies, group
from msgspec.structs import replace

from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionOptions, HeldBack
from difd.store.action_journal import ActionJournal

VERBS = ["trash", "delete", "move", "link"]


@pytest.fixture
def journal(tmp_path):
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as opened:
        yield opened


@pytest.fixture
def state(tmp_path) -> Path:
    return tmp_path / "state"


def options(verb: str, tmp_path: Path, kind: str = "symbolic") -> ActionOptions:
    return ActionOptions(
        verb=verb,
        destination=os.fsencode(tmp_path / "extra") if verb == "move" else None,
        kind=kind if verb == "link" else None,
    )


def planned(journal, rows, wanted: ActionOptions):
    """A plan, and the reasons of what it holds back."""
    info = Planner(journal, lambda _: ()).plan(rows, wanted)
    rows = journal.rows(info.id, 0, 100)
    return info, [row.reason for row in rows if isinstance(row, HeldBack)]


def linked(journal, state, keeper: Path, removal: Path) -> str:
    """Replace a copy by a symbolic link; the action's id."""
    info, _ = planned(journal, group(keeper, removal), ActionOptions(verb="link", kind="symbolic"))
    assert execute(journal, info.id, state).done == 1
    assert removal.is_symlink()
    return info.id


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("verb", VERBS)
def test_a_file_stays_while_a_link_that_we_made_leads_to_it(tmp_path, journal, state, verb):
    a, b, c = copies(tmp_path / "p", ["a.png", "b.png", "x/c.png"])
    made = linked(journal, state, a, b)
    info, held = planned(journal, group(c, a), options(verb, tmp_path))
    assert info.items == 0
    assert held == [
        f"A symbolic link that difd made leads to it; undo that first: difctl undo {made[:8]}"
    ]
    undo(journal, made, state)
    info, held = planned(journal, group(c, a), options(verb, tmp_path))
    assert (info.items, held) == (1, [])


@pytest.mark.usefixtures("data")
def test_also_when_the_link_lies_elsewhere_and_the_folder_is_reached_by_another_way(
    tmp_path, journal, state
):
    a, b, c = copies(tmp_path, ["p/a.png", "far/away/b.png", "p/x/c.png"])
    linked(journal, state, a, b)
    (tmp_path / "way").symlink_to("p")
    info, _ = planned(journal, group(c, tmp_path / "way" / "a.png"), options("trash", tmp_path))
    assert info.items == 0


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("change", ["gone", "elsewhere", "a file again"])
def test_a_link_that_leads_there_no_more_holds_nothing_back(tmp_path, journal, state, change):
    a, b, c = copies(tmp_path / "p", ["a.png", "b.png", "x/c.png"])
    linked(journal, state, a, b)
    b.unlink()
    if change == "elsewhere":
        b.symlink_to(c)
    elif change == "a file again":
        b.write_bytes(b"picture")
    assert planned(journal, group(c, a), options("trash", tmp_path))[0].items == 1


@pytest.mark.usefixtures("data")
def test_a_link_that_was_made_after_the_plan_refuses_the_file(tmp_path, journal, state):
    a, b, c = copies(tmp_path / "p", ["a.png", "b.png", "x/c.png"])
    plan, _ = planned(journal, group(c, a), options("delete", tmp_path))
    linked(journal, state, a, b)
    info = execute(journal, plan.id, state)
    assert (info.done, info.refused) == (0, 1)
    assert b.read_bytes() == b"picture"


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("verb", VERBS)
def test_a_file_stays_while_a_link_of_somebody_leads_to_it(tmp_path, journal, verb):
    keeper, one, other = copies(tmp_path / "p", ["a.png", "b.png", "c.png"])
    rows = [
        replace(row, links=(os.fsencode(link),)) if link else row
        for row, link in zip(
            group(keeper, one, other),
            [None, None, tmp_path / "p" / "to b.png", tmp_path / "p" / "to c.png"],
            strict=True,
        )
    ]
    (tmp_path / "p" / "to b.png").symlink_to("b.png")
    (tmp_path / "p" / "to c.png").symlink_to(other)
    info, held = planned(journal, rows, options(verb, tmp_path))
    assert info.items == 0
    assert sorted(held) == [
        f"A symbolic link leads to it: {tmp_path}/p/to {name}.png" for name in "bc"
    ]
    assert [(one.reason, one.count) for one in info.held] == [("A symbolic link leads to it.", 2)]


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("kind", ["hard", "reflink"])
def test_what_is_replaced_by_the_same_bytes_may_be_led_to(tmp_path, journal, kind):
    keeper, removal = copies(tmp_path / "p", ["a.png", "b.png"])
    link = tmp_path / "p" / "to b.png"
    link.symlink_to("b.png")
    head, first, second = group(keeper, removal)
    rows = [head, first, replace(second, links=(os.fsencode(link),))]
    assert planned(journal, rows, options("link", tmp_path, kind))[0].items == 1


@pytest.mark.usefixtures("data")
def test_another_name_of_the_file_and_a_link_to_that_one_hold_nothing_back(tmp_path, journal):
    keeper, removal = copies(tmp_path / "p", ["a.png", "b.png"])
    os.link(removal, tmp_path / "p" / "hard.png")
    (tmp_path / "p" / "soft.png").symlink_to("hard.png")
    names = tuple(os.fsencode(tmp_path / "p" / name) for name in ("hard.png", "soft.png"))
    head, first, second = group(keeper, removal)
    rows = [head, first, replace(second, links=names)]
    assert planned(journal, rows, options("trash", tmp_path))[0].items == 1


def test_a_file_outside_of_the_searched_folders_is_held_back_alone(tmp_path, journal):
    keeper, inside, outside = copies(tmp_path, ["p/a.png", "p/x/b.png", "q/c.png"])
    wanted = ActionOptions(verb="move", destination=os.fsencode(tmp_path / "extra"), keep_tree=True)
    planner = Planner(journal, lambda _: ())
    info = planner.plan(group(keeper, inside, outside), wanted, roots=[os.fsencode(tmp_path / "p")])
    assert info.items == 1
    assert [held.reason for held in info.held] == ["It lies in none of the searched folders."]
