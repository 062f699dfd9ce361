"""`difctl trash`, `move`, `delete`, `link`, `undo` and `history` on real folders."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.folders import contents
from harness.instance import as_plain_user, wait_until
from harness.photos import album, small_photo

from difclient.client import Client
from difd.actions import planner
from difd.actions.execution import execute
from difd.protocol.actions import ActionOptions
from difd.protocol.errors import ActionRefused
from difd.store.action_journal import ActionJournal

ODD_NAMES = [
    b"new\nline.png",
    b"-rf.png",
    b"not utf-8 \xff.png",
    b"quote'\".png",
    b"(2).png",
    b"$(touch pwned).png",
    b"x" * 251 + b".png",
]


@pytest.fixture
def folder(instance, tmp_path) -> Path:
    """The album, searched: two proven copies, and a JPEG that is only similar."""
    album(tmp_path / "album")
    searched(instance, tmp_path / "album")
    return tmp_path / "album"


def searched(instance, *arguments) -> None:
    answer = instance.difctl("search", *arguments)
    assert answer.returncode == 0, answer.stderr


def acted(instance, *arguments, code: int = 0) -> dict:
    answer = instance.difctl(*arguments, "--json")
    assert answer.returncode == code, answer.stdout + answer.stderr
    assert answer.stdout.isascii()
    assert answer.stdout.count("\n") == 1
    return json.loads(answer.stdout)


def said(instance, *arguments, code: int = 0) -> str:
    answer = instance.difctl(*arguments)
    assert answer.returncode == code, answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    return answer.stdout + answer.stderr


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
    gone = acted(instance, "trash", "last", "--yes")
    assert (gone["state"], gone["done"], gone["refused"]) == ("done", 2, 0)
    assert gone["freed_bytes"] == 0, "the trash frees nothing"
    assert len(contents(folder)) == len(before) - 2
    assert {path.read_bytes() for path in trashed(instance)} <= {one[0] for one in before.values()}
    assert {item["target"] for item in gone["items"]} == {str(path) for path in trashed(instance)}
    assert acted(instance, "undo")["undone"] == 2
    assert states(folder) == before
    assert trashed(instance) == []
    assert list((instance.root / "data" / "Trash" / "info").iterdir()) == []


def test_a_dry_run_touches_nothing_and_lists_all(instance, folder):
    before = states(folder)
    text = said(instance, "trash", "last", "--dry-run")
    assert "coffee copy.png" in text
    assert "Move 2 files to the trash" in text
    plan = acted(instance, "delete", "last", "--dry-run")
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
    assert len(contents(folder)) == left


def test_delete_is_for_good_and_says_so(instance, folder):
    gone = acted(instance, "delete", "last", "--yes")
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
    moved = acted(instance, "move", "last", target, "--yes")
    assert moved["done"] == 2
    assert all((target / Path(name).name).read_text() == "mine" for name in before)
    now = states(target)
    for item in moved["items"]:
        name = str(Path(item["path"]).relative_to(folder))
        assert now[str(Path(item["target"]).relative_to(target))] == before[name]
    acted(instance, "undo")
    assert states(folder) == before


def test_move_can_keep_the_folders(instance, tmp_path):
    for place in ("a/deep/one.png", "b/deep/one.png", "c/one.png"):
        small_photo("coffee.png", tmp_path / "p" / place)
    searched(instance, tmp_path / "p")
    acted(instance, "move", "last", tmp_path / "extra", "--keep-tree", "--yes")
    left = contents(tmp_path / "p") | contents(tmp_path / "extra")
    assert set(left) == {"a/deep/one.png", "b/deep/one.png", "c/one.png"}


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
def test_links_take_the_place_of_copies_and_are_undone(instance, folder, kind):
    before = states(folder)
    linked = acted(instance, "link", "last", "--kind", kind, "--yes")
    assert linked["done"] == 2
    assert contents(folder).keys() == before.keys()
    for item in linked["items"]:
        path, keeper = Path(item["path"]), Path(item["keeper"])
        assert path.samefile(keeper)
        assert path.is_symlink() == (kind == "symbolic")
    acted(instance, "undo")
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
    plan = acted(instance, "trash", "last", "--dry-run", *options)
    assert {Path(item["path"]).name.split()[0].split(".")[0] for item in plan["items"]} == going


@pytest.mark.usefixtures("folder")
def test_a_file_can_be_named(instance):
    plan = acted(instance, "trash", "last", "--dry-run")
    path = plan["items"][1]["path"]
    only = acted(instance, "trash", "last", "--yes", "--file", path)
    assert [item["path"] for item in only["items"]] == [path]
    assert not Path(path).exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trash", "nonsense"], "no job 'nonsense'"),
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
    plan = acted(instance, "trash", "last", "--dry-run")
    assert {Path(held["path"]).name for held in plan["held_back"]} == {"rocket.jpg"}
    assert "1 file held back: It is only similar" in said(instance, "trash", "last", "--dry-run")


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


def test_odd_names_go_and_come_back(instance, tmp_path):
    folder = os.fsencode(tmp_path / "odd")
    keeper = small_photo("coffee.png", tmp_path / "odd" / "a.png")
    for name in ODD_NAMES:
        shutil.copyfile(keeper, os.path.join(folder, name))
    before = sorted(os.listdir(folder))
    searched(instance, folder)
    for arguments in (["trash", "last"], ["move", "last", tmp_path / "to"], ["link", "last"]):
        kind = ["--kind", "symbolic"] if arguments[0] == "link" else []
        done = acted(instance, *arguments, *kind, "--yes")
        assert done["done"] == len(ODD_NAMES)
        assert done["refused"] == 0
        acted(instance, "undo")
        assert sorted(os.listdir(folder)) == before
        assert not any(os.path.islink(os.path.join(folder, name)) for name in before)
    assert not Path("pwned").exists()


@pytest.mark.usefixtures("folder")
def test_taken_names_are_not_overwritten_when_undone(instance):
    gone = acted(instance, "trash", "last", "--yes")
    path = Path(gone["items"][0]["path"])
    path.write_text("somebody else's")
    back = acted(instance, "undo", code=5)
    assert back["undone"] == 1
    assert path.read_text() == "somebody else's"
    assert len(trashed(instance)) == 1
    path.unlink()
    assert acted(instance, "undo")["undone"] == 2
    assert trashed(instance) == []


def test_reference_folders_and_other_names_of_a_file_never_go(instance, tmp_path):
    small_photo("coffee.png", tmp_path / "p" / "a.png")
    (tmp_path / "ref").mkdir()
    shutil.copyfile(tmp_path / "p" / "a.png", tmp_path / "ref" / "z.png")
    os.link(tmp_path / "p" / "a.png", tmp_path / "p" / "another name.png")
    searched(instance, tmp_path / "p", "--reference", tmp_path / "ref")
    done = acted(instance, "delete", "last", "--yes")
    assert done["freed_bytes"] == 0, "the file has another name"
    assert (tmp_path / "ref" / "z.png").exists()
    assert contents(tmp_path).keys() == {"ref/z.png", "p/another name.png"}


def test_sidecars_go_and_come_back_with_their_picture(instance, tmp_path):
    small_photo("coffee.png", tmp_path / "p" / "a.png")
    shutil.copyfile(tmp_path / "p" / "a.png", tmp_path / "p" / "copy of a.png")
    (tmp_path / "p" / "copy of a.xmp").write_text("<edits/>")
    before = contents(tmp_path / "p")
    searched(instance, tmp_path / "p")
    held = acted(instance, "delete", "last", "--dry-run")
    assert held["items"] == []
    assert "would be lost" in held["held_back"][0]["reason"]
    gone = acted(instance, "trash", "last", "--yes")
    assert [Path(path).name for path in gone["items"][0]["belongings"]] == ["copy of a.xmp"]
    assert contents(tmp_path / "p").keys() == {"a.png"}
    acted(instance, "undo")
    assert contents(tmp_path / "p") == before


def test_a_raw_and_jpeg_pair_is_split_only_when_that_is_said(instance, tmp_path):
    small_photo("coffee.png", tmp_path / "p" / "IMG_1.jpg")
    (tmp_path / "p" / "IMG_1.dng").write_bytes(b"raw")
    shutil.copyfile(tmp_path / "p" / "IMG_1.jpg", tmp_path / "p" / "A.jpg")
    searched(instance, tmp_path / "p", "--keep", "shortest-path")
    held = acted(instance, "trash", "last", "--dry-run")
    assert "RAW" in held["held_back"][0]["reason"]
    said = instance.difctl("trash", "last", "--dry-run", "--split-pairs").stdout
    assert "1 file leaves the other half of its RAW and JPEG pair behind." in said
    named = acted(instance, "trash", "last", "--yes", "--file", tmp_path / "p" / "IMG_1.jpg")
    assert named["done"] == 1
    assert any("RAW and JPEG pair" in warning for warning in named["items"][0]["warnings"])


def test_files_that_cannot_be_removed_are_held_back(instance, tmp_path):
    album(tmp_path / "album")
    (tmp_path / "album" / "sub").chmod(0o555)
    daemon = subprocess.Popen(
        [*as_plain_user(), sys.executable, "-m", "difd"], env=instance.environment
    )
    try:
        wait_until(instance.endpoint.socket.exists)
        searched(instance, tmp_path / "album", "--keep", "newest")
        before = contents(tmp_path / "album")
        done = acted(instance, "trash", "last", "--yes")
        assert done["refused"] == 0
        gone = before.keys() - contents(tmp_path / "album").keys()
        assert not any(name.startswith("sub/") for name in gone)
    finally:
        (tmp_path / "album" / "sub").chmod(0o755)
        daemon.terminate()
        daemon.wait()


def test_two_commands_at_once_leave_one_of_each(instance, folder):
    before = set(contents(folder).values())
    searched(instance, folder, "--keep", "oldest")
    searched(instance, folder, "--keep", "newest")
    jobs = [job["job"] for job in json.loads(instance.difctl("jobs", "--json").stdout)[:2]]
    with ThreadPoolExecutor() as threads:
        answers = list(
            threads.map(lambda job: instance.difctl("delete", job, "--yes", "--json"), jobs)
        )
    assert all(answer.returncode in {0, 5} for answer in answers)
    assert set(contents(folder).values()) == before


@pytest.mark.timeout(500)
def test_ten_thousand_copies_go_and_come_back(instance, tmp_path):
    folder = tmp_path / "many"
    keeper = small_photo("coffee.png", folder / "a.png", size=(16, 16))
    for number in range(10_000):
        (folder / str(number % 100)).mkdir(exist_ok=True)
        shutil.copyfile(keeper, folder / str(number % 100) / f"copy {number // 100}.png")
    assert instance.difctl("search", folder, timeout=240).returncode == 0
    began = time.monotonic()
    answer = instance.difctl("trash", "last", "--yes", timeout=240)
    assert answer.returncode == 0, answer.stderr
    assert "10,000 files moved to the trash" in answer.stdout
    assert sorted(contents(folder)) == ["a.png"]
    answer = instance.difctl("undo", timeout=240)
    assert "10,000 files brought back" in answer.stdout
    print(f"10,000 files to the trash and back: {time.monotonic() - began:.1f} s")
    assert len(contents(folder)) == 10_001


def test_ctrl_c_stops_after_the_file_under_way(instance, tmp_path):
    folder = tmp_path / "many"
    keeper = small_photo("coffee.png", folder / "a.png", size=(16, 16))
    for number in range(3000):
        shutil.copyfile(keeper, folder / f"copy {number}.png")
    searched(instance, folder)
    before = contents(folder)
    with instance.start("trash", "last", "--yes", "--json") as process:
        wait_until(lambda: trashed(instance))
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    info = json.loads(output)
    assert process.returncode == 130
    assert info["state"] == "interrupted"
    assert 0 < info["done"] < 3000
    assert len(trashed(instance)) == info["done"]
    assert len(contents(folder)) == 3001 - info["done"]
    acted(instance, "undo")
    assert contents(folder) == before
