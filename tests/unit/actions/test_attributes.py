"""Tags and comments that only the file that goes has are said in the plan."""

from __future__ import annotations

import errno
import os
from contextlib import closing

import pytest
from harness.plans import copies, group

from difd.actions.files.attributes import lost_attributes
from difd.actions.plan.choice import LOSES
from difd.actions.plan.planner import Planner
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ActionJournal


@pytest.fixture
def pair(tmp_path):
    """A file that stays and one that goes, where files can have attributes."""
    keeper, removal = copies(tmp_path / "p", ["a.png", "b.png"])
    try:
        os.setxattr(removal, "user.xdg.tags", b"summer")
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        pytest.skip("no extended attributes here")
    return keeper, removal


def lost(pair) -> list[str]:
    keeper, removal = pair
    return lost_attributes(os.fsencode(removal), os.fsencode(keeper))


def test_what_only_the_removal_has_is_named(pair):
    os.setxattr(pair[1], "user.xdg.comment", b"at the sea")
    assert lost(pair) == ["user.xdg.comment", "user.xdg.tags"]


def test_what_the_keeper_has_with_that_value_is_not_lost(pair):
    os.setxattr(pair[0], "user.xdg.tags", b"summer")
    os.setxattr(pair[0], "user.xdg.comment", b"at the sea")
    assert lost(pair) == []
    os.setxattr(pair[0], "user.xdg.tags", b"winter")
    assert lost(pair) == ["user.xdg.tags"]


@pytest.mark.parametrize("name", ["user.DOSATTRIB", "user.com.apple.quarantine"])
def test_what_systems_write_into_any_file_is_passed_over(pair, name):
    os.setxattr(pair[1], name, b"x")
    assert lost(pair) == ["user.xdg.tags"]


def test_files_that_are_gone_have_none(tmp_path):
    assert lost_attributes(os.fsencode(tmp_path / "a"), os.fsencode(tmp_path / "b")) == []


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("verb", "kind", "said"),
    [
        ("trash", None, True),
        ("link", "hard", True),
        ("link", "reflink", False),
    ],
)
def test_the_plan_warns_of_them(tmp_path, pair, verb, kind, said):
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as journal:
        options = ActionOptions(verb=verb, kind=kind)
        info = Planner(journal, lambda _: ()).plan(group(*pair), options)
        (row,) = journal.rows(info.id, 0, 10)
    warning = "the file that stays lacks its extended attributes user.xdg.tags"
    assert (warning in row.warnings) == said


@pytest.mark.parametrize(("mode", "kind", "said"), [
    (0o664, "hard", True), (0o664, "reflink", False), (0o600, "hard", False),
])  # fmt: skip
def test_a_hard_link_with_other_permissions_is_said(tmp_path, mode, kind, said):
    keeper, removal = copies(tmp_path / "p", ["a.png", "b.png"])
    keeper.chmod(0o600)
    removal.chmod(mode)
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as journal:
        options = ActionOptions(verb="link", kind=kind)
        info = Planner(journal, lambda _: ()).plan(group(keeper, removal), options)
        (row,) = journal.rows(info.id, 0, 10)
    assert any("permissions" in warning for warning in row.warnings) == said


@pytest.mark.parametrize(
    ("options", "goes"),
    [
        ({}, False),
        ({"accept": ("loss",)}, True),
        ({"removals": True}, True),
    ],
)
def test_they_are_not_deleted_for_good_unless_somebody_says_so(tmp_path, pair, options, goes):
    if "removals" in options:
        options = {"removals": (os.fsencode(pair[1]),)}
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as journal:
        planner = Planner(journal, lambda _: ())
        info = planner.plan(group(*pair), ActionOptions(verb="delete", **options))
    assert [one.reason for one in info.held] == ([] if goes else [LOSES])


def test_a_copy_with_the_same_tags_stays_for_one_that_is_deleted(tmp_path, pair):
    (third,) = copies(tmp_path / "p", ["c.png"])
    os.setxattr(third, "user.xdg.tags", b"summer")
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as journal:
        options = ActionOptions(verb="delete")
        info = Planner(journal, lambda _: ()).plan(group(*pair, third), options)
        (item,) = journal.items(info.id)
    assert {item.file.path, item.keeper.path} == {os.fsencode(pair[1]), os.fsencode(third)}
