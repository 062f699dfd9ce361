"""Watched folders when processes die, permissions go, and nothing happens at all."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from harness.caches import gallery
from harness.instance import Instance, as_plain_user, wait_until, wake_ups
from harness.pictures import photo
from harness.watching import (
    PATIENCE,
    finds,
    info,
    looked,
    members,
    new_members,
    next_find,
    settled,
    watch,
)

from difclient.client import Client

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="folders are watched on Linux only"),
    pytest.mark.timeout(600),
]


@pytest.fixture
def folder(instance, tmp_path) -> Path:  # noqa: ARG001  whoever watches it needs a daemon
    """Six different pictures."""
    return gallery(tmp_path / "p")


def hosts(instance: Instance) -> list[int]:
    workers = instance.workers()
    running = instance.processes().items()
    return [pid for pid, words in running if "engine_host" in words and pid not in workers]


def killed_again_and_again(instance: Instance, folder: Path, rounds: int) -> None:
    """Kill the daemon in the middle of looks; every copy is told once, and is in a job."""
    chance = random.Random(7)
    watch(folder)
    copies = set()
    for number in range(rounds):
        name = f"copy {number}.png"
        shutil.copyfile(folder / f"{number % 6}.png", folder / name)
        copies.add(name)
        # From before the look to after the find.
        time.sleep(chance.uniform(1.9, 3.4))
        (pid,) = instance.daemons()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not instance.daemons())
        assert instance.difctl("daemon", "start").returncode == 0
    looked(folder, 6 + rounds)
    told = [name for find in finds() for name in new_members(find, copies)]
    assert set(told) == copies
    # A later copy of the same picture brings an earlier one up again, as one that is known.
    assert sum(find.duplicates for find in finds()) == rounds
    with Client(start=False) as client:
        made = [job for job in client.jobs() if job.origin == "watch"]
        assert {job.state for job in made} <= {"done"}
        assert {job.id for job in made} == {find.job for find in finds()}


@pytest.mark.early
def test_a_killed_daemon_tells_everything_once(instance, folder):
    killed_again_and_again(instance, folder, 4)


@pytest.mark.long
def test_a_daemon_that_is_killed_fifty_times_tells_everything_once(instance, folder):
    killed_again_and_again(instance, folder, 50)


@pytest.mark.early
def test_a_killed_engine_costs_a_few_seconds(instance, folder):
    watch(folder)
    for number in range(3):
        for pid in hosts(instance):
            os.kill(pid, signal.SIGSTOP)  # or the look may be over before we see it
        shutil.copyfile(folder / "1.png", folder / f"copy {number}.png")
        wait_until(lambda: info(folder).state == "looking", PATIENCE)
        for pid in hosts(instance):
            os.kill(pid, signal.SIGKILL)
        found = next_find(number)
        assert found.duplicates == 1
        settled(folder)
    assert info(folder).problem is None


def test_an_idle_daemon_that_watches_sleeps(instance, folder):
    # Other tests mount things meanwhile, which wakes whoever sees it.
    away = ("unshare", "--mount", "--propagation", "private") if os.getuid() == 0 else ()
    assert replace(instance, prefix=away).difctl("daemon", "start").returncode == 0
    watch(folder)
    shutil.copyfile(folder / "1.png", folder / "copy.png")
    next_find(0)
    (pid,) = instance.daemons()
    time.sleep(0.5)
    before = wake_ups(pid)
    time.sleep(10)
    assert wake_ups(pid) - before <= 2


def test_what_cannot_be_read_for_a_while_is_not_forgotten(instance, tmp_path):
    folder = gallery(tmp_path / "p")
    shutil.copytree(folder, folder / "sub")
    plain = replace(instance, prefix=tuple(as_plain_user()))
    assert plain.difctl("daemon", "start").returncode == 0
    watch(folder)
    (folder / "sub").chmod(0)
    photo(90, 40).save(folder / "sign.png")
    looked(folder, 13)
    (folder / "sub").chmod(0o700)
    photo(91, 40).save(folder / "other sign.png")
    looked(folder, 14)
    folder.chmod(0)
    settled(folder, "away")
    assert plain.difctl("daemon", "restart").returncode == 0
    settled(folder, "away")
    folder.chmod(0o700)
    settled(folder)
    assert finds() == []
    shutil.copyfile(folder / "sign.png", folder / "sub" / "copy.png")
    assert members(next_find(0)) == [{"sign.png", "copy.png"}]


def test_a_file_that_cannot_be_read_is_read_when_it_can(instance, tmp_path):
    folder = gallery(tmp_path / "p")
    plain = replace(instance, prefix=tuple(as_plain_user()))
    assert plain.difctl("daemon", "start").returncode == 0
    watch(folder)
    shutil.copyfile(folder / "1.png", tmp_path / "closed.png")
    (tmp_path / "closed.png").chmod(0)
    (tmp_path / "closed.png").rename(folder / "closed.png")
    photo(90, 40).save(folder / "sign.png")
    looked(folder, 7)
    assert finds() == []
    (folder / "closed.png").chmod(0o600)
    assert members(next_find(0)) == [{"1.png", "closed.png"}]


def test_a_file_that_could_be_read_before_is_no_new_one_when_it_can_again(instance, tmp_path):
    folder = gallery(tmp_path / "p")
    shutil.copyfile(folder / "1.png", folder / "closed for a while.png")
    shutil.copyfile(folder / "2.png", folder / "closed at first.png")
    (folder / "closed at first.png").chmod(0)
    plain = replace(instance, prefix=tuple(as_plain_user()))
    assert plain.difctl("daemon", "start").returncode == 0
    watch(folder)
    assert info(folder).known == 7
    (folder / "closed for a while.png").chmod(0)
    photo(90, 40).save(folder / "sign.png")
    looked(folder, 8)
    (folder / "closed for a while.png").chmod(0o600)
    photo(91, 40).save(folder / "other sign.png")
    looked(folder, 9)
    assert finds() == []


@pytest.mark.long
def test_ten_thousand_files_at_once_are_one_find(folder):
    watch(folder)
    for number in range(10_000):
        shutil.copyfile(folder / f"{number % 6}.png", folder / f"copy {number}.png")
    wait_until(lambda: len(finds()) > 0, 300)
    (found,) = finds()
    assert (found.duplicates, found.groups) == (10_000, 6)
