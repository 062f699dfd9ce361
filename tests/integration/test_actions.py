"""`difctl trash`, `move`, `delete`, `link`, `undo` and `history` on real folders."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from harness.commands import answered, said
from harness.folders import contents
from harness.photos import album, small_photo
from harness.searches import searched

from difclient.client import Client
from difd.actions.plan import planner
from difd.actions.verbs.execution import execute
from difd.protocol.actions import ActionOptions
from difd.protocol.errors import ActionRefused
from difd.store.action_journal import ActionJournal

pytestmark = pytest.mark.daemon("shared")


@pytest.fixture
def folder(instance, tmp_path) -> Path:
    """The album, searched: two proven copies, and a JPEG that is only similar."""
    album(tmp_path / "album")
    searched(instance, tmp_path / "album")
    return tmp_path / "album"


def states(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Content, modification time and permissions of every file."""
    return {
        name: (content, status.st_mtime_ns, status.st_mode)
        for name, content in contents(folder).items()
        for status in [(folder / name).stat()]
    }


def trashed(instance) -> list[Path]:
    return sorted((instance.root / "data" / "Trash" / "files").glob("*"))


def test_trash_and_undo_bring_everything_back_as_it_was(instance, folder):
    before = states(folder)
    gone = answered(instance, "trash", "last", "--yes")
    assert (gone["state"], gone["done"], gone["refused"]) == ("done", 2, 0)
    assert gone["freed_bytes"] == 0, "the trash frees nothing"
    assert len(contents(folder)) == len(before) - 2
    assert {path.read_bytes() for path in trashed(instance)} <= {one[0] for one in before.values()}
    assert {item["target"] for item in gone["items"]} == {str(path) for path in trashed(instance)}
    assert answered(instance, "undo")["undone"] == 2
    assert states(folder) == before
    assert trashed(instance) == []
    assert list((instance.root / "data" / "Trash" / "info").iterdir()) == []


@pytest.mark.daemon("own")
def test_a_dry_run_touches_nothing_and_lists_all(instance, folder):
    before = states(folder)
    text = said(instance, "trash", "last", "--dry-run")
    assert "coffee copy.png" in text
    assert "Move 2 files to the trash" in text
    plan = answered(instance, "delete", "last", "--dry-run")
    assert plan["state"] == "planned"
    assert {item["match"] for item in plan["items"]} == {"bytes"}
    assert plan["freed_bytes"] == plan["bytes"] == sum(item["bytes"] for item in plan["items"])
    assert states(folder) == before
    assert said(instance, "history").startswith("Nothing was done")


def test_without_a_terminal_and_yes_nothing_happens(instance, folder):
    before = states(folder)
    assert "--yes" in said(instance, "trash", "last", code=5)
    assert states(folder) == before


@pytest.mark.parametrize(("answer", "left"), [("n", 6), ("\n", 6), ("y", 4)])
def test_a_person_is_asked(instance, folder, answer, left):
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "difclient", "trash", "last"],
        env=instance.environment,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        os.write(ours, answer.encode() + b"\n")
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, output + errors
    assert b"Move 2 files to the trash? [y/N]" in errors
    assert (b"Nothing was done." in errors) == (left == 6)
    assert len(contents(folder)) == left


@pytest.mark.daemon("own")
def test_delete_is_for_good_and_says_so(instance, folder):
    gone = answered(instance, "delete", "last", "--yes")
    assert gone["freed_bytes"] > 0
    assert trashed(instance) == []
    assert "for good" in said(instance, "undo", gone["action"], code=5)
    assert "nothing to undo" in said(instance, "undo", code=5)
    assert len(contents(folder)) == 4


def test_move_overwrites_nothing_and_keeps_times(instance, folder, tmp_path):
    before = states(folder)
    target = tmp_path / "new" / "extra"
    target.mkdir(parents=True)
    for name in before:
        (target / Path(name).name).write_text("mine")
    moved = answered(instance, "move", "last", target, "--yes")
    assert moved["done"] == 2
    assert all((target / Path(name).name).read_text() == "mine" for name in before)
    now = states(target)
    for item in moved["items"]:
        name = str(Path(item["path"]).relative_to(folder))
        assert now[str(Path(item["target"]).relative_to(target))] == before[name]
    answered(instance, "undo")
    assert states(folder) == before


def test_move_can_keep_the_folders(instance, tmp_path):
    for place in ("a/deep/one.png", "b/deep/one.png", "c/one.png"):
        small_photo("coffee.png", tmp_path / "p" / place)
    searched(instance, tmp_path / "p")
    answered(instance, "move", "last", tmp_path / "extra", "--keep-tree", "--yes")
    left = contents(tmp_path / "p") | contents(tmp_path / "extra")
    assert set(left) == {"a/deep/one.png", "b/deep/one.png", "c/one.png"}


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
def test_links_take_the_place_of_copies_and_are_undone(instance, folder, kind):
    before = states(folder)
    linked = answered(instance, "link", "last", "--kind", kind, "--yes")
    assert linked["done"] == 2
    assert contents(folder).keys() == before.keys()
    for item in linked["items"]:
        path, keeper = Path(item["path"]), Path(item["keeper"])
        assert path.samefile(keeper)
        assert path.is_symlink() == (kind == "symbolic")
    answered(instance, "undo")
    assert states(folder) == before
    assert not any(path.is_symlink() for path in folder.rglob("*"))


def test_a_reflink_is_made_or_refused_with_the_reason(instance, folder):
    before = states(folder)
    answer = instance.difctl("link", "last", "--kind", "reflink", "--yes", "--json")
    linked = json.loads(answer.stdout)
    if answer.returncode == 0:
        assert linked["done"] == 2
    else:
        assert answer.returncode == 5
        assert {item["message"] for item in linked["items"]} == {
            "This file system has no reflinks."
        }
    assert states(folder) == before


@pytest.mark.parametrize(
    ("options", "going"),
    [
        (["--group", "1"], {"coffee"}),
        (["--only", "pixels"], set()),
        (["--only", "bytes"], {"coffee", "rocket"}),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_plan_can_be_narrowed(instance, options, going):
    plan = answered(instance, "trash", "last", "--dry-run", *options)
    assert {Path(item["path"]).name.split()[0].split(".")[0] for item in plan["items"]} == going


@pytest.mark.usefixtures("folder")
def test_a_file_can_be_named(instance):
    plan = answered(instance, "trash", "last", "--dry-run")
    path = plan["items"][1]["path"]
    only = answered(instance, "trash", "last", "--yes", "--file", path)
    assert [item["path"] for item in only["items"]] == [path]
    assert not Path(path).exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trash", "nonsense"], "no job 'nonsense'"),
        (["trash", ""], "no job ''"),
        (["undo", "x" * 65], "no action 'xxx"),
        (["trash", "last", "--group", "99"], "no group 99"),
        (["trash", "last", "--file", "/nowhere/x.png"], "in no group"),
        (["trash", "last", "--accept", "everything"], "accept"),
        (["link", "last"], "--kind"),
        (["undo", "nonsense"], "no action 'nonsense'"),
        (["history", "nonsense"], "no action 'nonsense'"),
    ],
)
def test_bad_input_is_one_sentence(instance, folder, arguments, words):
    before = states(folder)
    assert words in said(instance, *arguments, code=2)
    assert states(folder) == before


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_destination_that_is_no_folder_is_refused(instance, folder, tmp_path, place):
    (tmp_path / "file").write_text("mine")
    before = states(folder)
    said(instance, "move", "last", tmp_path / place, "--yes", code=5)
    assert states(folder) == before


def test_weaker_matches_are_held_back_and_counted_with_the_reason(instance, folder):
    searched(instance, folder, "--similarity", "similar")
    plan = answered(instance, "trash", "last", "--dry-run")
    assert {Path(held["path"]).name for held in plan["held_back"]} == {"rocket.jpg"}
    words = said(instance, "trash", "last", "--dry-run")
    assert "1 file held back: It is only similar; --accept similar compares it" in words
    assert f"held  {plan['held_back'][0]['path']}  It is only similar" in words


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize("which", ["path", "keeper"])
@pytest.mark.parametrize("how", ["edit", "delete", "replace", "touch", "link"])
def test_what_changed_since_the_plan_is_refused_and_the_rest_goes_on(folder, tmp_path, which, how):
    with Client() as client:
        job = client.job("last").id
        *_, plan = client.actions.follow(client.actions.plan(job, ActionOptions(verb="trash")))
        item = next(iter(client.actions.rows(plan.id)))
        victim = Path(os.fsdecode(getattr(item, which)))
        match how:
            case "edit":
                victim.write_bytes(victim.read_bytes()[:-1] + b"!")
            case "delete":
                victim.unlink()
            case "replace":
                small_photo("chelsea.png", tmp_path / "other.png").rename(victim)
            case "touch":
                os.utime(victim)
            case "link":
                victim.rename(tmp_path / "elsewhere.png")
                victim.symlink_to(tmp_path / "elsewhere.png")
        before = contents(folder)
        *_, info = client.actions.follow(client.actions.execute(plan.id))
        rows = list(client.actions.rows(plan.id))
    assert (info.state, info.done, info.refused) == ("done", 1, 1)
    assert rows[0].state == "refused"
    assert rows[0].message
    lost = before.keys() - contents(folder).keys()
    assert lost == {os.path.relpath(os.fsdecode(rows[1].path), folder)}


def test_a_plan_is_carried_out_once_and_expires(instance, folder, monkeypatch):
    with Client() as client:
        job = client.job("last").id
        rows = list(client.results(job))
        *_, plan = client.actions.follow(client.actions.plan(job, ActionOptions(verb="trash")))
        *_, first = client.actions.follow(client.actions.execute(plan.id))
        assert client.actions.execute(plan.id) == first, "told again, it does nothing again"
        *_, _ = client.actions.follow(client.actions.undo(plan.id))
    monkeypatch.setattr(planner, "PLAN_SECONDS", -1.0)
    journal = ActionJournal(instance.endpoint.action_journal)
    late = planner.Planner(journal, lambda _: ()).plan(rows, ActionOptions(verb="trash"))
    before = contents(folder)
    with pytest.raises(ActionRefused, match="expired"):
        execute(journal, late.id, instance.endpoint.state)
    journal.close()
    assert contents(folder) == before
