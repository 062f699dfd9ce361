"""Searches that are cancelled show what was found so far; searches that are paused go on later."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from harness.instance import Instance, wait_until
from harness.openings import Openings
from harness.photos import many_photos, small_photo

from difclient.client import Client
from difd.protocol.jobs import JobInfo
from difd.protocol.results import Member

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def many(tmp_path) -> Path:
    """Photos that take a while, all of them copies; some byte by byte."""
    folder = many_photos(tmp_path / "many")
    first = min(folder.iterdir())
    for name in ("0 a", "0 b"):
        shutil.copy(first, folder / f"{name}{first.suffix}")
    return folder


def under_way(instance: Instance, folder: Path) -> str:
    """A search that has read some pictures, and not all."""
    job = json.loads(instance.difctl("search", "--no-wait", "--json", folder).stdout)["job"]
    with Client() as client:
        wait_until(lambda: client.job(job).progress.decoded > 3, seconds=60)
    return str(job)


def at_rest(job: str, state: str) -> JobInfo:
    with Client() as client:
        wait_until(lambda: client.job(job).state == state, seconds=60)
        return client.job(job)


def test_a_cancelled_search_keeps_what_was_found_so_far_and_goes_on_when_resumed(instance, many):
    job = under_way(instance, many)
    instance.difctl("cancel", job)
    ended = at_rest(job, "cancelled")
    assert ended.summary is not None
    assert ended.summary.partial
    assert 3 < ended.summary.files < 62
    shown = instance.difctl("show", job)
    assert shown.returncode == 0, shown.stderr
    sentence = f"Ended early: {ended.summary.files} of 62 pictures were compared."
    assert sentence in shown.stdout
    with Client() as client:
        for row in client.results(job):
            if isinstance(row, Member) and row.action == "remove":
                assert row.match in {"bytes", "pixels"}
    assert "so far" in instance.difctl("jobs").stdout
    resumed = instance.difctl("resume", job, "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["stats"]["total_files"] == 62


def test_files_of_a_result_so_far_can_be_acted_on(instance, tmp_path, many):
    folder = tmp_path / "p"
    first = small_photo("coffee.png", folder / "1.png")
    shutil.copy(first, folder / "2.png")
    assert instance.difctl("search", folder).returncode == 0  # they are known from now on
    job = json.loads(instance.difctl("search", "--no-wait", "--json", folder, many).stdout)["job"]
    with Client() as client:
        wait_until(lambda: client.job(job).progress.decoded > 5, seconds=60)
    instance.difctl("cancel", job)
    assert at_rest(job, "cancelled").has_result
    assert instance.difctl("trash", job, "--yes").returncode == 0
    assert len(list(folder.iterdir())) == 1


def test_ctrl_c_shows_what_was_found_so_far(instance, many):
    process = instance.start("search", many)
    with Client() as client:
        wait_until(lambda: bool(client.jobs()) and client.jobs()[0].progress.decoded > 3, 60)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Ended early: " in output
    assert "Ctrl-C again ends at once" in errors


def test_a_second_ctrl_c_ends_at_once_without_a_result(instance, many):
    process = instance.start("search", many)
    with Client() as client:
        wait_until(lambda: bool(client.jobs()) and client.jobs()[0].state == "running", 60)
    worker = None
    while worker is None:
        found = instance.workers()
        worker = found[0] if found else None
    os.kill(worker, signal.SIGSTOP)  # a picture that takes long
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert "Ctrl-C again" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert output == ""
    assert "The search was cancelled." in errors


def test_a_paused_search_stays_paused_and_reads_nothing_twice(instance, many):
    time.sleep(2.1)  # files that are younger when they are read are read again
    with Openings(many) as openings:
        job = under_way(instance, many)
        paused = instance.difctl("pause", job)
        assert paused.returncode == 0, paused.stderr
        assert paused.stdout.split() == [job, "paused"]
        assert "paused" in instance.difctl("jobs").stdout
        before = openings.counts().total()
        assert before < 62
        other = small_photo("coffee.png", many.parent / "other" / "1.png").parent
        assert instance.difctl("search", other).returncode == 0, "others run meanwhile"
        assert instance.difctl("daemon", "restart").returncode == 0
        assert at_rest(job, "paused").progress.decoded > 3
        shown = instance.difctl("show", job)
        assert shown.returncode == 4
        assert f"difctl resume {job[:8]}" in shown.stderr
        assert openings.counts().total() == before
        resumed = instance.difctl("resume", job, "--json")
        assert resumed.returncode == 0, resumed.stderr
        assert json.loads(resumed.stdout)["stats"]["total_files"] == 62


def test_who_waits_for_a_search_that_is_paused_is_told(instance, many):
    process = instance.start("search", many)
    with Client() as client:
        wait_until(lambda: bool(client.jobs()) and client.jobs()[0].progress.decoded > 3, 60)
        client.pause_job("last")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 4
    assert errors.startswith("difctl: The search is paused.\nGo on with it: difctl resume ")
    assert instance.difctl("cancel", "last").returncode == 0
    with Client() as client:
        assert client.job("last").state == "cancelled"
    again = instance.difctl("pause", "last")
    assert again.returncode == 2
    assert "there is nothing to pause" in again.stderr
