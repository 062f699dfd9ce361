"""Files with holes beside a picture, which take no room and days to read: none is read."""

from __future__ import annotations

import os
from contextlib import closing

import pytest
from harness.plans import copies, group

from difd.actions.plan.planner import Planner
from difd.actions.plan.surroundings import TOO_LARGE
from difd.actions.verbs.execution import execute
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ActionJournal

ENDLESS = 8 << 40
"""Bytes; half an hour at the speed of memory."""


def endless(path) -> None:
    path.touch()
    os.truncate(path, ENDLESS)


@pytest.fixture
def journal(tmp_path):
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as opened:
        yield opened


def test_what_is_too_large_for_a_sidecar_holds_its_picture_back(tmp_path, journal):
    keeper, removal, other = copies(tmp_path, ["p/k.png", "p/a.png", "p/b.png"])
    endless(removal.with_suffix(".xmp"))
    plan = Planner(journal, lambda _: ()).plan(
        group(keeper, removal, other), ActionOptions(verb="trash")
    )
    assert [(held.reason, held.count) for held in plan.held] == [(TOO_LARGE, 1)]
    assert [row.path for row in journal.rows(plan.id, 0, 1)] == [os.fsencode(other)]


def test_a_huge_namesake_of_a_live_photo_proves_nothing(tmp_path, journal):
    keeper, removal = copies(tmp_path, ["p/k.jpg", "p/a.jpg"])
    key = b"com.apple.quicktime.content.identifier 1A2B3C4D-0000-4000-8000-123456789ABC"
    content = (8 + len(key)).to_bytes(4, "big") + b"moov" + key
    (tmp_path / "p" / "a.mov").write_bytes(content)
    endless(tmp_path / "p" / "a.heic")
    endless(tmp_path / "p" / "k.mov")
    plan = Planner(journal, lambda _: ()).plan(group(keeper, removal), ActionOptions(verb="trash"))
    assert journal.rows(plan.id, 0, 1)[0].belongings == ()


def test_no_equal_of_a_sidecar_is_looked_for_in_a_huge_one(tmp_path, journal):
    keeper, removal = copies(tmp_path, ["p/k.png", "p/a.png"])
    removal.with_suffix(".xmp").write_bytes(b"stars")
    endless(keeper.with_suffix(".xmp"))
    plan = Planner(journal, lambda _: ()).plan(group(keeper, removal), ActionOptions(verb="delete"))
    assert plan.items == 0


def test_a_huge_file_in_the_place_of_a_moved_one_is_not_brought_back(tmp_path, journal):
    keeper, removal = copies(tmp_path, ["p/k.png", "p/a.png"])
    options = ActionOptions(verb="move", destination=os.fsencode(tmp_path / "extra"))
    plan = Planner(journal, lambda _: ()).plan(group(keeper, removal), options)
    execute(journal, plan.id, tmp_path / "state")
    endless(tmp_path / "extra" / "a.png")
    assert undo(journal, plan.id, tmp_path / "state").undone == 0
