"""`difctl ignore`: what was said to be no duplicate stays so, whatever its files are called."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.commands import answered, said
from harness.photos import small_photo

import difd
from difclient.client import Client
from difd.protocol.errors import UsageError
from difd.protocol.options import SearchOptions

pytestmark = pytest.mark.daemon("shared")

ODD = os.fsdecode(b"not utf-8 \xff\n.png")


def written(path: Path, level: int) -> Path:
    """The same picture at every level, in other bytes."""
    return small_photo("coffee.png", path, compress_level=level)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two files with the same pixels and different bytes."""
    written(tmp_path / "p" / "one.png", 1)
    written(tmp_path / "p" / ODD, 9)
    return tmp_path / "p"


@pytest.fixture(autouse=True)
def _nothing_left(instance) -> Iterator[None]:
    """Others that share the daemon ignore nothing."""
    yield
    if instance.daemons():
        for group in answered(instance, "ignore", "list"):
            answered(instance, "ignore", "remove", group["id"])


def found(instance, *arguments) -> list[set[str]]:
    """The names in each group of a new search; its three views of the matches agree."""
    document = answered(instance, "search", *arguments)
    groups = [{file["path"] for file in group["files"]} for group in document["groups"]]
    shown = {path for path, matches in document["result"].items() for path in (path, matches[0][0])}
    assert shown <= set().union(*groups)
    assert set(document["lower_quality"]) <= shown
    assert bool(groups) == bool(document["result"]) == bool(document["lower_quality"])
    return [{Path(path).name for path in group} for group in groups]


@pytest.mark.daemon("own")
def test_an_ignored_group_stays_away_when_its_files_are_renamed_and_moved(instance, folder):
    assert found(instance, folder) == [{"one.png", ODD}]
    answered(instance, "ignore", "add", "last", "1")
    assert found(instance, folder) == []
    (folder / "deep").mkdir()
    (folder / "one.png").rename(folder / "deep" / "uno.png")
    (folder / ODD).rename(folder / "due.png")
    assert found(instance, folder) == []
    instance.difctl("daemon", "restart")
    assert found(instance, folder) == []


def test_a_file_that_is_changed_is_found_again(instance, folder):
    found(instance, folder)
    answered(instance, "ignore", "add", "last", "1")
    written(folder / "one.png", 5)
    assert found(instance, folder) == [{"one.png", ODD}]


def test_a_new_copy_is_found_beside_its_own_original_only(instance, folder):
    found(instance, folder)
    answered(instance, "ignore", "add", "last", "1")
    shutil.copyfile(folder / "one.png", folder / "third.png")
    assert found(instance, folder) == [{"one.png", "third.png"}]
    written(folder / "third.png", 5)
    # It matches both; the two do not match each other, and neither answers for the other.
    document = answered(instance, "search", folder)
    (group,) = document["groups"]
    keepers = {file["path"]: file["keeper"] for file in group["files"]}
    assert len(keepers) == 3
    assert keepers[str(folder / "one.png")] != str(folder / ODD)
    assert keepers[str(folder / ODD)] != str(folder / "one.png")


def test_copies_byte_for_byte_are_ignored_if_the_group_had_several(instance, folder):
    shutil.copyfile(folder / "one.png", folder / ODD)
    found(instance, folder)
    (group,) = answered(instance, "ignore", "add", "last", "1")
    assert [content["count"] for content in group["files"]] == [2]
    assert found(instance, folder) == []
    written(folder / "other.png", 5)
    # What is new matches both of them.
    (names,) = found(instance, folder)
    assert names == {"one.png", ODD, "other.png"}


def test_the_list_is_shown_and_taken_back(instance, folder):
    assert said(instance, "ignore", "list").startswith("Nothing is ignored.")
    found(instance, folder)
    before = time.time()
    text = said(instance, "ignore", "add", "last", "1")
    assert text.startswith("Ignored from now on, ")
    assert "not utf-8 \\xff\\n.png" in text
    (group,) = answered(instance, "ignore", "list")
    assert f"difctl ignore remove {group['id'][:8]}" in text
    assert {file["path"] for file in group["files"]} == {
        str(folder / "one.png"),
        str(folder / ODD),
    }
    assert before <= group["created"] <= time.time()
    assert "not utf-8 \\xff\\n.png" in said(instance, "ignore", "list")
    assert said(instance, "ignore", "remove", group["id"][:8]) == (
        f"No longer ignored: {group['id'][:8]}, 2 files.\n"
    )
    assert answered(instance, "ignore", "list") == []
    assert found(instance, folder) == [{"one.png", ODD}]


def test_a_group_that_is_ignored_twice_is_listed_once(instance, folder):
    found(instance, folder)
    once = answered(instance, "ignore", "add", "last", "1", "1")
    again = answered(instance, "ignore", "add", "last", "1")
    assert once == again == answered(instance, "ignore", "list")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "nonsense", "1"], "There is no job 'nonsense'."),
        (["add", "last", "1", "99"], "The search has no group 99."),
        (["add", "last", "0"], "Invalid value"),
        (["add", "last"], "Missing argument"),
        (["remove", "nonsense"], "There is no ignored group 'nonsense'."),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(instance, folder, arguments, words):
    found(instance, folder)
    assert words in said(instance, "ignore", *arguments, code=2)
    assert answered(instance, "ignore", "list") == []


@pytest.mark.usefixtures("instance")
def test_a_search_without_a_result_has_nothing_to_ignore(tmp_path):
    with Client() as client:
        job = client.submit(SearchOptions(paths=(os.fsencode(tmp_path / "nowhere"),)))
        (*_, job) = client.follow(job.id)
        assert job.state == "failed"
        with pytest.raises(UsageError, match="is failed and has no result"):
            client.ignoring.add(job.id, [1])


def test_an_older_search_s_plan_leaves_what_is_ignored_since(instance, folder):
    found(instance, folder)
    assert len(answered(instance, "trash", "last", "--dry-run")["items"]) == 1
    answered(instance, "ignore", "add", "last", "1")
    plan = answered(instance, "trash", "last", "--yes")
    assert plan["items"] == []
    assert [held["reason"] for held in plan["held_back"]] == [
        "You said that it is not a duplicate of the file that stays."
    ]
    assert len(list(folder.iterdir())) == 2


def test_the_python_api_heeds_the_list(instance, folder):
    dif = difd.build(folder, show_progress=False)
    before = difd.search(dif, show_progress=False)
    assert len(before.result) == len(before.groups) == len(before.lower_quality) == 1
    found(instance, folder)
    answered(instance, "ignore", "add", "last", "1")
    after = difd.search(dif, show_progress=False)
    assert (after.result, after.groups, after.lower_quality) == ({}, [], [])
    before.delete(silent_del=True)
    assert len(list(folder.iterdir())) == 2


@pytest.mark.daemon("own")
def test_a_damaged_list_is_put_aside(instance, folder):
    found(instance, folder)
    answered(instance, "ignore", "add", "last", "1")
    instance.difctl("daemon", "stop")
    instance.endpoint.ignore_list.write_bytes(b"not SQLite at all" * 100)
    assert found(instance, folder) == [{"one.png", ODD}]
    assert answered(instance, "ignore", "list") == []
    assert len(list(instance.endpoint.state.glob("ignored.damaged-*"))) == 1


@pytest.mark.daemon("own")
def test_results_outlast_a_kill_after_others_have_read_the_journal(instance, folder):
    first = answered(instance, "search", folder)["job"]
    answered(instance, "ignore", "add", "last", "1")
    answered(instance, "trash", "last", "--dry-run")
    second = answered(instance, "search", folder)["job"]
    (pid,) = instance.daemons()
    os.kill(pid, signal.SIGKILL)
    assert {job["job"] for job in answered(instance, "jobs")} == {first, second}
