"""A search starts the daemon before it reads its own options: one daemon, and only for a search."""

from __future__ import annotations

import fcntl
import json
import os

import pytest
from harness.instance import wait_until
from harness.pictures import photo

from difclient import starting
from difd.protocol.endpoint import prepare_directories
from difd.system import interpreter


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("one.png", "two.png"):
        photo(40, 30).save(folder / name)
    return folder


def test_a_search_that_names_nothing_starts_no_daemon(instance, tmp_path):
    result = instance.difctl("search", tmp_path / "missing")
    assert result.returncode == 2
    assert "missing" in result.stderr
    assert not instance.processes()


def test_no_other_command_starts_one_ahead(instance, pictures):
    assert instance.difctl("daemon", "status").returncode != 0
    assert instance.difctl("nothing", pictures).returncode == 2
    assert not instance.processes()


def test_no_daemon_is_started_here_for_a_search_elsewhere(instance, pictures):
    instance.environment["DIFD_HOST"] = "nas"
    result = instance.difctl("search", pictures)
    assert result.returncode == 2
    assert "nas" in result.stderr
    assert not instance.processes()


def test_first_searches_at_once_have_one_daemon(instance, pictures):
    searches = [instance.start("search", pictures, "--json") for _ in range(5)]
    found = [json.loads(search.communicate(timeout=60)[0]) for search in searches]
    assert [len(one["groups"]) for one in found] == [1] * 5
    daemons = [line for line in instance.processes().values() if "-m difd " in line + " "]
    assert len([line for line in daemons if "engine_host" not in line]) == 1


def test_a_slip_after_it_was_started_leaves_no_daemon_and_no_lock(instance, pictures):
    assert instance.difctl("search", pictures, "--no-such-option").returncode == 2
    wait_until(lambda: not instance.processes())
    assert instance.difctl("search", pictures).returncode == 0
    assert instance.difctl("search", pictures, "--exit-code").returncode == 1


def test_what_stands_in_its_way_is_told_as_ever(instance, pictures):
    prepare_directories(instance.endpoint)
    instance.endpoint.runtime.chmod(0o755)
    result = instance.difctl("search", pictures)
    assert result.returncode == 3
    assert "chmod" in result.stderr
    assert not instance.processes()


def test_whoever_only_begins_to_start_one_keeps_no_lock(instance):
    starting.start_ahead()
    assert starting.ensure_daemon(instance.endpoint)
    assert not starting.ensure_daemon(instance.endpoint)
    with instance.endpoint.spawn_lock.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_daemon_that_cannot_be_started_ahead_leaves_nothing_open(instance, monkeypatch):
    before = set(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(interpreter, "COMMAND", (str(instance.root / "no python"), "-P"))
    starting.start_ahead()
    assert set(os.listdir("/proc/self/fd")) == before
    with pytest.raises(FileNotFoundError):
        starting.ensure_daemon(instance.endpoint)
    assert set(os.listdir("/proc/self/fd")) == before
