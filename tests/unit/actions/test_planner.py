"""What a plan holds back after a look at the disk, and what goes along with what."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from harness.plans import copies, group
from msgspec.structs import replace

from difd.actions.company.agreement import LOST_WITH_IT
from difd.actions.plan.choosing import CHANGED, GONE, KEEPER_CHANGED, KEEPER_GONE
from difd.actions.plan.comparing import Verdict
from difd.actions.plan.planner import KEEPER_IN_TRASH, SAME_FILE, Planner
from difd.digests import digest_of
from difd.protocol.actions import PAIR, ActionOptions, HeldBack, PlanItem
from difd.protocol.errors import ActionRefused, InvalidOption
from difd.protocol.results import Group, Lie, Member
from difd.store.action_journal import ActionJournal


@pytest.fixture
def journal(tmp_path):
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as journal:
        yield journal


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "p").mkdir()
    return tmp_path / "p"


def row(path: Path, keeper: Path | None = None, match: str | None = None) -> Member:
    """A member whose file is written if it is not there."""
    if not path.exists():
        path.write_text("picture" if match in {None, "bytes"} else path.name)
    status = path.stat()
    return Member(
        group=1,
        path=os.fsencode(path),
        action="keep" if keeper is None else "remove" if match == "bytes" else "review",
        reason="…",
        width=1,
        height=1,
        size=status.st_size,
        modified=status.st_mtime_ns,
        format="PNG",
        keeper=None if keeper is None else os.fsencode(keeper),
        match=match,
        mse=None if keeper is None else 0.0,
        digest=digest_of(path.read_bytes()),
    )


def planned(journal, members, compare=lambda _: (), **options):
    options.setdefault("verb", "trash")
    rows = [Group(1, None, len(members), 0), *members]
    info = Planner(journal, compare).plan(rows, ActionOptions(**options))
    found = journal.rows(info.id, 0, 1000)
    items = {Path(os.fsdecode(r.path)).name: r for r in found if isinstance(r, PlanItem)}
    held = {Path(os.fsdecode(r.path)).name: r.reason for r in found if isinstance(r, HeldBack)}
    assert info.items == len(items)
    assert info.split == sum(item.splits is not None for item in items.values())
    assert sum(one.count for one in info.held) == len(held)
    return items, held


def names(paths) -> set[str]:
    return {Path(os.fsdecode(path)).name for path in paths}


def all_differ(pairings):
    return [(n, Verdict(same=False, reason="They differ.")) for n in range(len(pairings))]


def all_same(pairings):
    return [(n, Verdict(same=True)) for n in range(len(pairings))]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda at: at["copy"].unlink(), GONE),
        (lambda at: at["keeper"].unlink(), KEEPER_GONE),
        (lambda at: at["copy"].write_text("another length"), CHANGED),
        (lambda at: os.utime(at["keeper"], (1, 1)), KEEPER_CHANGED),
        (lambda at: (at["copy"].unlink(), at["copy"].mkdir()), CHANGED),
        (lambda at: (at["copy"].unlink(), os.link(at["keeper"], at["copy"])), SAME_FILE),
        (lambda at: (at["copy"].unlink(), at["copy"].symlink_to(at["keeper"])), CHANGED),
    ],
)
def test_a_file_that_is_not_what_the_search_saw_is_held_back(journal, folder, change, reason):
    keeper, copy = folder / "a.png", folder / "b.png"
    members = [row(keeper), row(copy, keeper, "bytes")]
    os.utime(copy, ns=(members[0].modified, members[0].modified))
    members[1] = row(copy, keeper, "bytes")
    change({"keeper": keeper, "copy": copy})
    assert planned(journal, members) == ({}, {"b.png": reason})


def test_weak_matches_go_only_after_the_comparison_in_detail(journal, folder):
    keeper = folder / "a.png"
    members = [row(keeper), row(folder / "b.png", keeper, "similar")]
    accepted = {"accept": ("similar",)}
    assert planned(journal, members, all_differ, **accepted)[1] == {"b.png": "They differ."}
    assert set(planned(journal, members, all_same, **accepted)[0]) == {"b.png"}
    with pytest.raises(AssertionError):
        planned(journal, members, **accepted)


def test_a_sidecar_stays_with_a_picture_that_is_held_back(journal, folder):
    keeper = folder / "a.png"
    (folder / "IMG.xmp").write_text("<edits/>")
    members = [
        row(keeper),
        row(folder / "IMG.png", keeper, "bytes"),
        row(folder / "IMG.webp", keeper, "similar"),
    ]
    options = {"accept": ("similar",)}
    items, _ = planned(journal, members, all_same, **options)
    assert set().union(*(names(item.belongings) for item in items.values())) == {"IMG.xmp"}
    items, held = planned(journal, members, all_differ, **options)
    assert set(held) == {"IMG.webp"}
    assert items["IMG.png"].belongings == ()


def test_a_pair_goes_together_or_not_at_all(journal, folder):
    keeper, other = folder / "a.png", folder / "z.dng"
    members = [
        row(keeper),
        row(folder / "IMG.jpg", keeper, "bytes"),
        row(other),
        row(folder / "IMG.dng", other, "similar"),
    ]
    options = {"accept": ("similar",)}
    assert set(planned(journal, members, all_same, **options)[0]) == {"IMG.jpg", "IMG.dng"}
    items, held = planned(journal, members, all_differ, **options)
    assert items == {}
    assert held == {"IMG.dng": "They differ.", "IMG.jpg": PAIR}
    items, _ = planned(journal, members, all_same, **options)
    assert {item.splits for item in items.values()} == {None}
    assert not any("pair" in word for item in items.values() for word in item.warnings)
    named, _ = planned(journal, members, files=(os.fsencode(folder / "IMG.jpg"),))
    assert any("IMG.dng" in warning for warning in named["IMG.jpg"].warnings)
    assert named["IMG.jpg"].splits == os.fsencode(folder / "IMG.dng")


@pytest.mark.parametrize("half", ["IMG.jpg", "IMG.dng"])
def test_a_choice_of_many_files_splits_no_pair_unless_that_is_said(journal, folder, half):
    """The other half may be in no group at all."""
    keeper, copy = folder / "a.png", folder / half
    (folder / "IMG.jpg").touch()
    (folder / "IMG.dng").touch()
    copy.write_text("picture")
    members = [row(keeper), row(folder / "b.png", keeper, "bytes"), row(copy, keeper, "bytes")]
    chosen = {"removals": tuple(one.path for one in members[1:])}
    items, held = planned(journal, members, **chosen)
    assert set(items) == {"b.png"}
    assert held == {half: PAIR}
    items, held = planned(journal, members, **chosen, split_pairs=True)
    assert set(items) == {"b.png", half}
    assert held == {}
    assert items["b.png"].splits is None
    other = {"IMG.jpg": "IMG.dng", "IMG.dng": "IMG.jpg"}[half]
    assert items[half].splits == os.fsencode(folder / other)
    assert any(f"{other} stays" in warning for warning in items[half].warnings)


def test_a_link_in_its_place_splits_no_pair(journal, folder):
    keeper, copy = folder / "a.png", folder / "IMG.jpg"
    copy.write_text("picture")
    (folder / "IMG.dng").touch()
    members = [row(keeper), row(copy, keeper, "bytes")]
    items, _ = planned(journal, members, verb="link", kind="hard", removals=(members[1].path,))
    assert items["IMG.jpg"].splits is None
    assert items["IMG.jpg"].warnings == ()


def test_deleting_takes_a_sidecar_along_only_if_its_equal_stays(journal, folder):
    keeper, copy = folder / "a.png", folder / "b.png"
    members = [row(keeper), row(copy, keeper, "bytes")]
    (folder / "b.xmp").write_text("<edits/>")
    assert planned(journal, members, verb="delete")[1] == {"b.png": LOST_WITH_IT}
    (folder / "a.xmp").write_text("<other edits/>")
    assert planned(journal, members, verb="delete")[1] == {"b.png": LOST_WITH_IT}
    (folder / "a.xmp").write_text("<edits/>")
    items, _ = planned(journal, members, verb="delete")
    assert names(items["b.png"].belongings) == {"b.xmp"}


def test_figures_are_honest(journal, folder):
    keeper, copy, third = folder / "a.png", folder / "b.png", folder / "c.png"
    members = [row(keeper), row(copy, keeper, "bytes"), row(third, keeper, "bytes")]
    os.link(third, folder / "another name of c.png")
    for verb, frees in {"trash": 0, "delete": len("picture")}.items():
        items, _ = planned(journal, members, verb=verb)
        assert items["b.png"].frees == frees
        assert items["c.png"].frees == 0, "it has another name"
    inside = {"verb": "move", "destination": os.fsencode(folder / "extra")}
    assert planned(journal, members, **inside)[0]["b.png"].frees == 0


@pytest.mark.parametrize(
    "options",
    [
        {"verb": "move"},
        {"verb": "trash", "destination": b"/tmp/x"},
        {"verb": "link"},
        {"verb": "trash", "kind": "hard"},
        {"verb": "trash", "keep_tree": True},
        {"verb": "move", "destination": b"relative"},
        {"verb": "trash", "files": (b"relative",)},
    ],
)
def test_options_that_do_not_go_together_are_refused(journal, options):
    with pytest.raises(InvalidOption):
        planned(journal, [], **options)


def test_a_destination_that_is_a_file_is_refused(journal, folder):
    (folder / "file").write_text("mine")
    with pytest.raises(ActionRefused):
        planned(journal, [], verb="move", destination=os.fsencode(folder / "file"))


def test_plans_that_expired_are_forgotten_and_actions_are_not(journal, folder, monkeypatch):
    from difd.actions.plan import planner  # noqa: PLC0415  its constant is turned

    keeper = folder / "a.png"
    members = [Group(1, None, 2, 0), row(keeper), row(folder / "b.png", keeper, "bytes")]
    monkeypatch.setattr(planner, "PLAN_SECONDS", -1.0)
    old = Planner(journal, all_same).plan(members, ActionOptions(verb="trash"))
    assert [info.id for info in journal.find(old.id)] == [old.id]
    Planner(journal, all_same).plan(members, ActionOptions(verb="trash"))
    assert journal.find(old.id) == []


@pytest.mark.parametrize(
    "trash", [".local/share/Trash/files", "disk/.Trash-1000/files", "disk/.Trash/1000/files"]
)
def test_a_file_in_the_trash_answers_for_none(journal, folder, monkeypatch, trash):
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / ".local" / "share"))
    extra, trashed = copies(folder, ["a.png", f"{trash}/a.png"])
    for verb in ("trash", "delete"):
        plan = Planner(journal, lambda _: ()).plan(group(trashed, extra), ActionOptions(verb=verb))
        assert [(held.reason, held.count) for held in plan.held] == [(KEEPER_IN_TRASH, 1)]


LIE = Lie(0, 0, 1, 0, False, ((0, 0), (1, 0), (1, 1), (0, 1)), 1, 1)  # noqa: FBT003  positional


def listed_twice(folder: Path, **facts: object) -> list[Member | Group]:
    """The rows of two pictures under each of which one edited copy is listed."""
    (folder / "copy").write_text("an edited copy")
    rows: list[Member | Group] = []
    for number, name in enumerate(("first", "second"), 1):
        origin = row(folder / name)
        copy = replace(row(folder / "copy", folder / name, "edited"), lie=LIE, **facts)
        rows += [Group(number, None, 1, 0), *(replace(one, group=number) for one in (origin, copy))]
    return rows


def test_a_collage_that_is_listed_in_many_groups_is_held_back_once(journal, folder):
    rows = listed_twice(folder, action="none", warnings=("it shows something else",))
    options = ActionOptions(verb="trash", accept=("edited",))
    info = Planner(journal, all_same).plan(rows, options)
    assert [held.count for held in info.held] == [1]
    (held,) = journal.rows(info.id, 0, 10)
    assert "it shows something else" in held.reason


def test_an_edited_copy_of_two_pictures_goes_once(journal, folder):
    options = ActionOptions(verb="trash", accept=("edited",))
    info = Planner(journal, all_same).plan(listed_twice(folder), options)
    assert (info.items, info.held) == (1, ())


def test_an_edited_copy_that_is_no_part_of_one_picture_may_go_for_another(journal, folder):
    def of_the_second(pairings):
        return [(n, Verdict(same=b"second" in p.keeper.path)) for n, p in enumerate(pairings)]

    options = ActionOptions(verb="trash", accept=("edited",))
    info = Planner(journal, of_the_second).plan(listed_twice(folder), options)
    (item,) = journal.rows(info.id, 0, 10)
    assert isinstance(item, PlanItem)
    assert names([item.keeper]) == {"second"}
    assert info.held == ()
