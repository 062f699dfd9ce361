"""A clock that jumps under the daemon: nothing leaves early, stays too long, or is believed."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from harness.folders import contents
from harness.instance import Instance
from harness.photos import album, small_photo

from difclient.client import Client
from difd.protocol.actions import ActionOptions

HOUR = 3600


@pytest.fixture
def clock(instance, monkeypatch) -> Callable[[int], None]:
    """Sets the clock of all processes of the instance so many seconds off; not that of the test."""
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    assert libraries, "this test needs the Debian package faketime"
    setting = instance.root / "clock"

    def set_clock(seconds: int) -> None:
        new = setting.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.rename(setting)

    set_clock(0)
    for name, value in {
        "LD_PRELOAD": str(libraries[0]),
        "FAKETIME_TIMESTAMP_FILE": str(setting),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }.items():
        monkeypatch.setenv(name, value)
    return set_clock


@pytest.fixture
def clocked(instance, clock) -> Instance:
    """The instance, its processes under that clock."""
    assert clock
    return replace(instance, environment=dict(os.environ))


@pytest.mark.parametrize("jump", [2 * HOUR, -2 * HOUR])
def test_a_plan_does_not_outlive_a_clock_that_jumps(clocked, clock, tmp_path, jump):
    folder = album(tmp_path / "album")
    before = contents(folder)
    assert clocked.difctl("search", folder).returncode == 0
    with Client(start=False) as client:
        planned = client.actions.plan("last", ActionOptions(verb="trash"))
        *_, plan = client.actions.follow(planned)
        clock(jump)
        *_, late = client.actions.follow(client.actions.execute(plan.id))
        assert "expired" in late.error.message
        assert contents(folder) == before
        *_, again = client.actions.follow(client.actions.plan("last", ActionOptions(verb="trash")))
        *_, done = client.actions.follow(client.actions.execute(again.id))
        assert (done.state, done.done) == ("done", 2)


@pytest.mark.parametrize("jump", [24 * HOUR, -24 * HOUR])
def test_a_daemon_leaves_when_it_has_been_idle_and_not_when_the_clock_says_so(clocked, clock, jump):
    daemon = clocked.start_daemon("--idle-seconds", "4")
    with Client(start=False) as client:
        begun = time.monotonic()
        clock(jump)
        assert client.status().uptime < HOUR
    with pytest.raises(Exception, match="timed out"):
        daemon.wait(2)
    daemon.wait(15)
    assert time.monotonic() - begun >= 4


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_file_that_changed_is_read_again_whatever_the_clock_says(clocked, clock, tmp_path, jump):
    folder = tmp_path / "p"
    first = small_photo("coffee.png", folder / "a.png")
    shutil.copyfile(first, folder / "b.png")
    small_photo("chelsea.png", folder / "c.png")

    def groups() -> list[set[str]]:
        document = json.loads(clocked.difctl("search", "--json", folder).stdout)
        return [{Path(f["path"]).name for f in g["files"]} for g in document["groups"]]

    assert groups() == [{"a.png", "b.png"}]
    clock(jump)
    status = (folder / "b.png").stat()
    shutil.copyfile(folder / "c.png", folder / "b.png")
    os.utime(folder / "b.png", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert groups() == [{"b.png", "c.png"}]
    clock(0)
    shutil.copyfile(folder / "a.png", folder / "b.png")
    assert groups() == [{"a.png", "b.png"}]
