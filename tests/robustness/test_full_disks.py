"""Disks under the daemon that are full or may not be written: a sentence says so, and it lives."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from harness.disks import small_disk
from harness.folders import contents
from harness.instance import as_plain_user
from harness.photos import album, distinct_photos

from difclient.client import Client
from difd.protocol.errors import JobFailed
from difd.protocol.options import SearchOptions


@contextmanager
def on_a_small_disk(instance, monkeypatch, variable: str, size: str):
    """The instance with one of its directories on a disk of its own."""
    with small_disk(instance.root / "small", size) as disk:
        monkeypatch.setenv(variable, str(disk))
        moved = replace(instance, environment=dict(os.environ))
        try:
            yield moved, disk
        finally:
            moved.end()


def fill(disk: Path, leave: int = 0) -> Path:
    """Take all room, or all but some bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        file.write(bytes(max(0, free - leave)))
    return ballast


def test_a_search_that_cannot_be_written_down_is_refused_and_the_daemon_goes_on(
    instance, monkeypatch, tmp_path
):
    album(tmp_path / "album")
    with on_a_small_disk(instance, monkeypatch, "XDG_STATE_HOME", "2m") as (moved, disk):
        assert moved.difctl("search", tmp_path / "album").returncode == 0
        pid = moved.daemons()
        ballast = fill(disk)
        large = SearchOptions(paths=(os.fsencode(tmp_path),) * 20_000)
        with Client(start=False) as client:
            for _ in range(3):
                with pytest.raises(JobFailed, match=r"cannot be written down: .*full") as refusal:
                    client.submit(large)
                assert "Make room" in refusal.value.hint
        ballast.unlink()
        assert moved.difctl("search", tmp_path / "album").returncode == 0
        assert moved.daemons() == pid


def test_results_that_do_not_fit_fail_their_search_and_it_can_be_resumed(
    instance, monkeypatch, tmp_path
):
    place = tmp_path / ("deep" * 50) / ("folder" * 40)
    for path in list(distinct_photos(place, 300).iterdir()):
        shutil.copyfile(path, place / f"copy of {path.name}")
    with on_a_small_disk(instance, monkeypatch, "XDG_STATE_HOME", "16m") as (moved, disk):
        assert moved.difctl("daemon", "start").returncode == 0
        ballast = fill(disk, leave=400 << 10)
        answer = moved.difctl("search", place)
        assert answer.returncode == 4, answer.stdout
        assert "The results could not be written" in answer.stderr
        ballast.unlink()
        resumed = moved.difctl("resume", "last", "--json")
        assert resumed.returncode == 0, resumed.stderr
        assert len(json.loads(resumed.stdout)["groups"]) == 300


def test_a_daemon_without_room_for_its_state_says_so(instance, monkeypatch):
    with on_a_small_disk(instance, monkeypatch, "XDG_STATE_HOME", "64k") as (moved, disk):
        fill(disk)
        answer = moved.difctl("daemon", "start")
        assert answer.returncode == 3
        assert answer.stderr.count("\n") <= 2
        assert "No space left" in answer.stderr or "full" in answer.stderr
        assert str(disk) in answer.stderr


def test_a_full_cache_costs_time_and_nothing_else(instance, monkeypatch, tmp_path):
    album(tmp_path / "album")
    with on_a_small_disk(instance, monkeypatch, "XDG_CACHE_HOME", "64k") as (moved, disk):
        fill(disk)
        for _ in range(2):
            answer = moved.difctl("search", "--json", tmp_path / "album")
            assert answer.returncode == 0, answer.stderr
            assert len(json.loads(answer.stdout)["groups"]) == 2


@pytest.mark.parametrize("verb", ["trash", "undo"])
def test_without_room_for_the_action_journal_nothing_is_touched(
    instance, monkeypatch, tmp_path, verb
):
    folder = distinct_photos(tmp_path / "album", 40)
    for path in list(folder.iterdir()):
        shutil.copyfile(path, folder / f"copy of {path.name}")
    with on_a_small_disk(instance, monkeypatch, "XDG_STATE_HOME", "2m") as (moved, disk):
        assert moved.difctl("search", folder).returncode == 0
        if verb == "undo":
            assert moved.difctl("trash", "last", "--yes").returncode == 0
        before = contents(folder)
        ballast = fill(disk)
        arguments = ("trash", "last", "--yes") if verb == "trash" else ("undo",)
        answer = moved.difctl(*arguments)
        assert answer.returncode == 5, answer.stdout
        assert "cannot be written down" in answer.stdout + answer.stderr
        assert contents(folder) == before
        ballast.unlink()
        assert moved.difctl(*arguments).returncode == 0
        assert len(contents(folder)) == (40 if verb == "trash" else 80)


def test_a_full_disk_for_the_trash_leaves_every_file_where_it_is(instance, monkeypatch, tmp_path):
    """The trash is on another disk than the pictures, so each would have to be copied."""
    folder = album(tmp_path / "album")
    before = contents(folder)
    with on_a_small_disk(instance, monkeypatch, "XDG_DATA_HOME", "64k") as (moved, disk):
        assert moved.difctl("search", folder).returncode == 0
        fill(disk)
        moved.difctl("trash", "last", "--yes")
        moved.difctl("undo")
        assert contents(folder) == before


def test_directories_that_may_not_be_written(instance, tmp_path):
    """As a user for whom permissions count; the daemon's own directories, one after the other."""
    album(tmp_path / "album")
    plain = replace(instance, prefix=tuple(as_plain_user()))
    cache, state = instance.root / "cache", instance.root / "state"
    cache.chmod(0o500)
    answer = plain.difctl("search", "--json", tmp_path / "album")
    cache.chmod(0o700)
    assert answer.returncode == 0, answer.stderr
    assert len(json.loads(answer.stdout)["groups"]) == 2
    assert plain.difctl("daemon", "stop").returncode == 0
    shutil.rmtree(state / "difd")
    state.chmod(0o500)
    answer = plain.difctl("search", tmp_path / "album")
    state.chmod(0o700)
    assert answer.returncode == 3
    assert str(state) in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_log_that_cannot_be_written_stops_nothing(instance, tmp_path):
    album(tmp_path / "album")
    assert instance.difctl("daemon", "start").returncode == 0
    assert instance.difctl("daemon", "stop").returncode == 0
    log = instance.endpoint.log
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "difd-test", full], check=True)
    try:
        (full / "log").write_bytes(b"x" * 4096)
        (full / "log").chmod(0o600)
        subprocess.run(["mount", "--bind", full / "log", log], check=True)
        assert instance.difctl("search", tmp_path / "album").returncode == 0
        assert instance.difctl("daemon", "stop").returncode == 0
        assert log.read_bytes() == b"x" * 4096
    finally:
        subprocess.run(["umount", "-l", log], check=False)
        subprocess.run(["umount", "-l", full], check=False)
