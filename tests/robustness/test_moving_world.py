"""Folders that are odd, or change while they are searched: each file is reported, none is lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import unicodedata
from pathlib import Path

import pytest
from harness.folders import contents, lost
from harness.instance import wait_until
from harness.photos import distinct_photos, small_photo

from difclient.client import Client
from difd.protocol.options import SearchOptions
from difd.protocol.results import Invalid, Member


def disturb(path: Path, what: int, other: Path) -> None:
    """What somebody else does to a file."""
    match what:
        case 0:
            path.unlink()
        case 1:
            path.write_bytes(path.read_bytes()[:200])
        case 2:
            path.rename(path.with_suffix(".png"))
        case 3:
            path.unlink()
            path.symlink_to(other)
        case 4:
            path.unlink()
            path.mkdir()
        case 5:
            shutil.copyfile(other, path.with_suffix(".new"))
            path.with_suffix(".new").rename(path)
        case 6:
            path.write_bytes(b"")


@pytest.mark.parametrize("seed", range(3))
def test_files_that_change_or_vanish_during_a_search(instance, tmp_path, seed):
    chance = random.Random(seed)
    folder = distinct_photos(tmp_path / "p", 300)
    for path in sorted(folder.iterdir())[:80]:
        shutil.copyfile(path, folder / f"copy of {path.name}")
    victims = chance.sample(sorted(folder.iterdir()), 150)
    with Client() as client:
        job = client.submit(SearchOptions(paths=(os.fsencode(folder),)))
        for info in client.follow(job.id):
            if info.progress.found and victims:
                for path in victims:
                    disturb(path, chance.randrange(7), folder / "00299.jpg")
                victims = []
        assert info.state == "done", info.error
        rows = list(client.results(job.id))
        members = {row.path for row in rows if isinstance(row, Member)}
        assert members.isdisjoint(row.path for row in rows if isinstance(row, Invalid))
    before = contents(folder)
    answer = instance.difctl("trash", "last", "--yes", "--json")
    assert answer.returncode in {0, 5}, answer.stderr
    gone = json.loads(answer.stdout)
    assert lost(before, contents(folder)) == [], "a last copy went"
    assert len(contents(folder)) == len(before) - gone["done"]
    assert instance.difctl("undo").returncode == 0
    assert contents(folder) == before


def test_loops_of_links_and_names_of_one_file_end_and_lose_nothing(instance, tmp_path):
    folder = tmp_path / "p"
    first = small_photo("coffee.png", folder / "deep" / "a.png")
    shutil.copyfile(first, folder / "b.png")
    os.link(first, folder / "deep" / "another name.png")
    (folder / "deep" / "up").symlink_to(folder)
    (folder / "self.png").symlink_to("self.png")
    (folder / "one.png").symlink_to("two.png")
    (folder / "two.png").symlink_to("one.png")
    (folder / "picture.png").symlink_to(folder / "b.png")
    before = sorted(folder.rglob("*"))
    answer = instance.difctl("search", "--json", folder)
    assert answer.returncode == 0, answer.stderr
    (found,) = json.loads(answer.stdout)["groups"]
    assert len(found["files"]) == 2
    done = json.loads(instance.difctl("trash", "last", "--yes", "--json").stdout)
    assert done["refused"] == 0
    assert contents(folder), "the picture is still there"
    assert instance.difctl("undo").returncode == 0
    assert sorted(folder.rglob("*")) == before


def test_names_that_only_look_the_same_stay_apart(instance, tmp_path):
    composed, decomposed = (
        unicodedata.normalize(form, "Café Zürich.png") for form in ("NFC", "NFD")
    )
    folder = tmp_path / "p"
    keeper = small_photo("coffee.png", folder / "a.png")
    for name in (composed, decomposed):
        shutil.copyfile(keeper, folder / name)
        (folder / name).with_suffix(".xmp").write_text(name)
    before = contents(folder)
    assert instance.difctl("search", folder).returncode == 0
    for arguments in (["trash", "last"], ["move", "last", tmp_path / "to"]):
        done = json.loads(instance.difctl(*arguments, "--yes", "--json").stdout)
        assert (done["done"], done["refused"]) == (2, 0)
        assert contents(folder).keys() == {"a.png"}
        assert instance.difctl("undo").returncode == 0
        assert contents(folder) == before


@pytest.mark.parametrize("count", [6_500, pytest.param(65_000, marks=pytest.mark.long)])
def test_a_folder_with_thousands_of_entries_is_searched_through_the_daemon(
    instance, tmp_path, count
):
    """That none of 65,000 is passed over is tried without a daemon, in test_discover.py."""
    for number in range(count):
        os.mknod(tmp_path / f"{number}.txt")
    first = small_photo("coffee.png", tmp_path / "a.png")
    shutil.copyfile(first, tmp_path / "z.png")
    answer = instance.difctl("search", "--json", tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert len(json.loads(answer.stdout)["groups"]) == 1


@pytest.mark.parametrize("command", ["trash", "undo"])
def test_a_daemon_that_aborts_during_an_action_loses_nothing(instance, tmp_path, command):
    """libzmq ends the process with SIGABRT; the action host goes on to the end of its file."""
    folder = tmp_path / "p"
    first = small_photo("coffee.png", folder / "a.png", size=(40, 30))
    for number in range(500):
        shutil.copyfile(first, folder / f"{number}.png")
    before = contents(folder)
    assert instance.difctl("search", folder).returncode == 0
    trash = instance.root / "data" / "Trash" / "files"
    if command == "undo":
        assert instance.difctl("trash", "last", "--yes").returncode == 0
    arguments = ("trash", "last", "--yes") if command == "trash" else ("undo",)
    whole = len(contents(folder))
    with instance.start(*arguments) as process:
        wait_until(lambda: trash.exists() and abs(len(os.listdir(folder)) - whole) > 5)
        for pid in instance.daemons():
            os.kill(pid, signal.SIGABRT)
        output, errors = process.communicate(timeout=60)
    print(output[-300:], errors)
    assert process.returncode in {0, 5}, errors
    assert "Traceback" not in errors
    for _ in range(3):
        if contents(folder) == before:
            break
        assert instance.difctl("undo").returncode == 0
    assert contents(folder) == before
