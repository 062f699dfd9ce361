"""Files that are equal in pixels only are compared in full before a plan lets one of them go."""

from __future__ import annotations

import os
from contextlib import closing

import pytest
from harness.plans import copies

from difd.actions.plan.comparing import Verdict
from difd.actions.plan.planner import Planner
from difd.digests import digest_of
from difd.protocol.actions import ActionOptions, HeldBack, PlanItem
from difd.protocol.results import Group, Member
from difd.store.action_journal import ActionJournal


@pytest.fixture
def journal(tmp_path):
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as journal:
        yield journal


def member(path, keeper=None, match=None):
    status = path.stat()
    return Member(
        group=1,
        path=os.fsencode(path),
        action="keep" if keeper is None else "remove",
        reason="…",
        width=1,
        height=1,
        size=status.st_size,
        modified=status.st_mtime_ns,
        format="PNG",
        keeper=None if keeper is None else os.fsencode(keeper),
        match=match,
        mse=None if keeper is None else 0.0,
        rotation=None if keeper is None else 90,
        mirrored=None if keeper is None else False,
        digest=digest_of(path.read_bytes()),
    )


@pytest.fixture
def rows(tmp_path):
    keeper, same, pixels = copies(tmp_path / "p", ["keeper.png", "same.png", "pixels.png"])
    pixels.write_bytes(b"another file of the same picture")
    return [
        Group(1, None, 3, 0),
        member(keeper),
        member(same, keeper, "bytes"),
        member(pixels, keeper, "pixels"),
    ]


def planned(journal, rows, verdict, **options):
    asked = []

    def compare(pairings):
        asked.extend(pairings)
        return [(number, verdict) for number in range(len(pairings))]

    info = Planner(journal, compare).plan(rows, ActionOptions(verb="trash", **options))
    found = journal.rows(info.id, 0, 100)
    items = {os.path.basename(row.path).decode() for row in found if isinstance(row, PlanItem)}
    held = {
        os.path.basename(row.path).decode(): row.reason
        for row in found
        if isinstance(row, HeldBack)
    }
    return items, held, asked


def test_pixels_are_compared_and_bytes_are_not(journal, rows):
    items, held, asked = planned(journal, rows, Verdict(same=True))
    assert (items, held) == ({"same.png", "pixels.png"}, {})
    (pairing,) = asked
    assert os.path.basename(pairing.removal.path) == b"pixels.png"
    assert os.path.basename(pairing.keeper.path) == b"keeper.png"
    assert pairing.same_pixels
    assert (pairing.rotation, pairing.mirrored) == (90, False)


def test_what_is_not_proven_is_held_back_with_the_reason(journal, rows):
    items, held, _ = planned(
        journal, rows, Verdict(same=False, reason="Only this one has a movie.")
    )
    assert items == {"same.png"}
    assert held == {"pixels.png": "Only this one has a movie."}


def test_nothing_may_be_lost_that_nobody_accepted(journal, rows):
    _, _, asked = planned(journal, rows, Verdict(same=True))
    assert not asked[0].may_lose
    _, _, asked = planned(journal, rows, Verdict(same=True), accept=("loss",))
    assert asked[0].may_lose
    _, _, asked = planned(journal, rows, Verdict(same=True), removals=(rows[3].path,))
    assert asked[0].may_lose
