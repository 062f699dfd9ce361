"""The tray's view of a real daemon: all searches, and the next daemon when one is gone."""

from __future__ import annotations

import time

import pytest
from harness.instance import wait_until, wake_ups
from harness.photos import album

from difclient.client import Client
from difclient.tray.feed import LOOK_SECONDS, Feed
from difclient.tray.model import TrayModel


class Follower:
    """A tray without a desktop."""

    def __init__(self) -> None:
        self.model = TrayModel()
        self.told: list[object] = []
        self.states: list[str] = []
        self.feed = Feed(self.model, self._note, self.told.append)
        self.feed.start()

    def _note(self) -> None:
        with self.feed.lock:
            self.states.append(self.model.state)

    def wait_for(self, state: str) -> None:
        wait_until(lambda: self.model.state == state)


@pytest.fixture
def photos(tmp_path):
    return album(tmp_path / "photos")


def test_it_follows_a_search_of_somebody_else(instance, photos):
    instance.difctl("daemon", "start")
    follower = Follower()
    follower.wait_for("idle")
    assert instance.difctl("search", photos, "--no-wait").returncode == 0
    wait_until(lambda: follower.told)
    assert follower.told[0].state == "done"
    assert "working" in follower.states


def test_it_starts_no_daemon_and_finds_the_next_one(instance, photos):
    follower = Follower()
    follower.wait_for("down")
    time.sleep(LOOK_SECONDS)
    assert instance.daemons() == []
    assert instance.difctl("search", photos).returncode == 0
    wait_until(lambda: follower.model.connected and follower.model.recent)
    instance.difctl("daemon", "stop")
    follower.wait_for("down")
    assert instance.daemons() == []
    assert instance.difctl("jobs").returncode == 0
    wait_until(lambda: follower.model.connected)


def test_an_idle_daemon_sleeps_although_it_is_followed(instance):
    instance.difctl("daemon", "start")
    (daemon,) = instance.daemons()
    follower = Follower()
    follower.wait_for("idle")
    time.sleep(4)
    before = wake_ups(daemon)
    time.sleep(5)
    # It looks at its memory while clients are connected, less and less often.
    assert wake_ups(daemon) - before <= 2


def test_a_paused_daemon_takes_searches_and_runs_them_later(instance, photos):
    instance.difctl("daemon", "start")
    follower = Follower()
    follower.wait_for("idle")
    with Client(start=False) as client:
        assert client.pause(paused=True).paused
        assert instance.difctl("search", photos, "--no-wait").returncode == 0
        assert client.status().queued == 1
        assert client.job("last").state == "queued"
        client.pause(paused=False)
        wait_until(lambda: client.job("last").state == "done")


def test_whoever_waits_in_a_terminal_has_been_told(instance, photos):
    instance.difctl("daemon", "start")
    assert instance.difctl("search", photos).returncode == 0
    with Client(start=False) as client:
        assert not client.take_lease("last")


def test_it_takes_the_language_that_is_configured(instance):
    assert instance.difctl("config", "set", "desktop.language", "es").returncode == 0
    instance.difctl("daemon", "start")
    follower = Follower()
    follower.wait_for("idle")
    assert follower.model.language == "es"


def test_it_speaks_another_language_as_soon_as_the_settings_say_so(instance):
    instance.difctl("daemon", "start")
    follower = Follower()
    follower.wait_for("idle")
    time.sleep(LOOK_SECONDS)
    assert follower.model.language == "en"
    assert instance.difctl("config", "set", "desktop.language", "fr").returncode == 0
    wait_until(lambda: follower.model.language == "fr")
