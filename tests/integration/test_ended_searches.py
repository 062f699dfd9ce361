"""Searches that are cancelled or lose a process: nothing stays behind, and they can be resumed."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from harness.instance import wait_until
from harness.photos import album, many_photos
from harness.searches import searched

from difclient.client import Client


@pytest.fixture
def folder(tmp_path) -> Path:
    return album(tmp_path / "album")


@pytest.fixture
def many(tmp_path) -> Path:
    return many_photos(tmp_path / "many")


def running() -> bool:
    with Client() as client:
        jobs = client.jobs()
        return bool(jobs) and jobs[0].state == "running" and jobs[0].progress.decoded > 0


def test_ctrl_c_cancels_the_search_in_the_daemon(instance, many):
    process = instance.start("search", many)
    wait_until(running)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Ended early: " in output
    assert errors == "Comparing what was read so far. Ctrl-C again ends at once.\n"
    with Client() as client:
        assert client.job("last").state == "cancelled"


def test_a_cancelled_search_ends_and_can_be_resumed(instance, many):
    job = json.loads(instance.difctl("search", "--no-wait", "--json", many).stdout)["job"]
    wait_until(running)
    instance.difctl("cancel", job)
    with Client() as client:
        wait_until(lambda: client.job(job).state == "cancelled")
    answer = instance.difctl("show", job)
    assert answer.returncode == 0
    assert "Ended early: " in answer.stdout
    resumed = instance.difctl("resume", job, "--json")
    assert resumed.returncode == 0
    assert json.loads(resumed.stdout)["stats"]["total_files"] == 60


def test_a_daemon_killed_mid_search_is_started_once_more_and_the_search_resumed(instance, many):
    process = instance.start("search", "--json", many)
    wait_until(running)
    (pid,) = instance.daemons()
    before = set(instance.processes())
    os.kill(pid, signal.SIGKILL)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert json.loads(output)["stats"]["process"]["search"]["files_searched"] == 60
    assert instance.daemons() not in ([], [pid])
    assert not before & set(instance.processes())


def test_a_daemon_told_to_stop_mid_search_stays_stopped(instance, many):
    process = instance.start("search", many)
    wait_until(running)
    assert instance.difctl("daemon", "stop").returncode == 0
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 4
    assert errors.startswith("difctl: The daemon stopped while the search was under way.\n")
    assert not instance.daemons()
    wait_until(lambda: not instance.processes())
    listed = json.loads(instance.difctl("jobs", "--json").stdout)
    assert listed[0]["state"] == "interrupted"


def test_host_and_workers_leave_when_the_daemon_is_killed(instance, many):
    instance.difctl("search", "--no-wait", many)
    wait_until(running)
    assert len(instance.processes()) >= 3
    os.kill(instance.daemons()[0], signal.SIGKILL)
    wait_until(lambda: not instance.processes(), seconds=5)


def test_a_killed_engine_host_fails_its_search_and_nothing_else(instance, many, folder):
    process = instance.start("search", many)
    wait_until(running)
    with Client(start=False) as client:
        os.kill(client.status().engine_pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 4
    assert "The engine process ended unexpectedly (signal 9)." in errors
    assert "difctl resume" in errors
    assert len(searched(instance, folder)["groups"]) == 2
    leftovers = instance.workers()
    with Client(start=False) as client:
        assert len(leftovers) <= 2 * (client.status().engine_pid is not None)


def test_a_killed_worker_costs_at_most_a_retry(instance, many):
    process = instance.start("search", "--json", many)
    wait_until(running)
    worker = instance.workers()[0]
    os.kill(worker, signal.SIGKILL)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    stats = json.loads(output)["stats"]
    assert stats["total_files"] == 60
    assert stats["invalid_files"]["count"] <= 1


def test_ping_is_answered_while_a_search_runs(instance, many):
    process = instance.start("search", many)
    wait_until(running)
    with Client(start=False) as client:
        for _ in range(20):
            client.status()
            time.sleep(0.01)
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_cancelling_what_has_ended_says_that_nothing_was_cancelled(instance, folder):
    instance.difctl("search", folder)
    answer = instance.difctl("cancel", "last")
    assert answer.returncode == 0
    assert "nothing was cancelled" in answer.stdout
