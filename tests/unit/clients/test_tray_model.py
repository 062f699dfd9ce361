"""What the tray shows, told as stories."""

from __future__ import annotations

import os

import pytest

from difclient.language.catalogue import speaking
from difclient.tray.model import RECENT, TrayModel
from difd.protocol.error_info import ErrorInfo
from difd.protocol.events import JobChanged, JobProgress, SettingsChanged
from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import Progress, Summary
from difd.protocol.settings import DesktopSettings, Settings
from difd.protocol.watching import NewDuplicates, WatchFind, WatchInfo

FOUND = Summary(files=9, invalid=0, groups=2, extra_files=3, reclaimable_bytes=5_000_000, rows=9)
NOTHING = Summary(files=9, invalid=0, groups=0, extra_files=0, reclaimable_bytes=0, rows=1)


def job(name: str, state: str, created: float = 1.0, path: bytes = b"/home/me/Pictures", **more):
    return JobInfo(
        id=name, state=state, options=SearchOptions(paths=(path,)), created=created, **more
    )


@pytest.fixture
def model() -> TrayModel:
    made = TrayModel()
    made.reset([], [], paused=False)
    return made


def test_without_a_daemon_it_says_so():
    assert TrayModel().state == "down"
    assert TrayModel().tooltip == "difd is not running; the next search starts it"


def test_a_search_is_followed_from_its_beginning_to_its_end(model):
    assert model.state == "idle"
    assert model.take(JobChanged(1, job("a", "queued"))) is None
    assert model.take(JobChanged(2, job("a", "running"))) is None
    assert model.state == "working"
    model.take(JobProgress(3, "a", Progress(stage="decode", found=5000, decoded=1234)))
    assert model.tooltip == "difd: 1,234 of 5,000 images read"
    assert [entry.text for entry in model.recent] == ["Pictures: 1,234 of 5,000 images read"]
    done = job("a", "done", summary=FOUND)
    assert model.take(JobChanged(4, done)) == done
    assert model.state == "attention"
    assert [entry.text for entry in model.recent] == ["Pictures: 2 groups, 5.0 MB to free"]
    model.see()
    assert model.state == "idle"


def test_an_end_is_told_once_and_a_cancelled_search_not_at_all(model):
    done = job("a", "done", summary=NOTHING)
    assert model.take(JobChanged(1, done)) == done
    assert model.take(JobChanged(1, done)) is None
    assert model.state == "idle"
    model.take(JobChanged(2, job("b", "running")))
    assert model.take(JobChanged(3, job("b", "cancelled"))) is None


def test_a_failed_search_is_told(model):
    failed = job("a", "failed", error=ErrorInfo("job_failed", "It failed."))
    assert model.take(JobChanged(1, failed)) == failed
    assert [entry.text for entry in model.recent] == ["Pictures: failed"]


def test_what_ended_before_it_looked_is_no_news(model):
    done = job("a", "done", summary=FOUND)
    model.reset([done], [], paused=False)
    assert model.take(JobChanged(1, done)) is None
    assert model.state == "idle"


def test_a_find_in_a_watched_folder_calls_for_attention(model):
    find = WatchFind(1, 5.0, "j", 3, 2, (b"/w",))
    assert model.take(NewDuplicates(find)) == find
    assert model.state == "attention"


def test_a_pause_shows_what_waits(model):
    model.reset([job("a", "queued")], [], paused=True)
    assert model.state == "paused"
    assert model.tooltip == "difd is paused; 1 search is waiting"


def test_the_newest_searches_come_first_and_not_too_many(model):
    model.reset(
        [job(str(n), "queued", created=float(n)) for n in range(RECENT + 5)], [], paused=False
    )
    assert [entry.reference for entry in model.recent] == [str(n) for n in range(RECENT + 4, 4, -1)]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (b"/p/new\nline", "new\\nline"),
        (b"/p/latin \xff", "latin \\xff"),
        (b"/", "/"),
        (b"/p/" + b"x" * 99, "…" + "x" * 31),
    ],
)
def test_no_name_forges_or_breaks_a_line_of_the_menu(model, path, shown):
    model.reset([job("a", "queued", path=path)], [], paused=False)
    assert model.recent[0].text == f"{shown}: waiting"


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("watching", "w: 7 images"),
        ("away", "w: not connected"),
        ("error", "w: cannot be watched"),
        ("learning", "w: being read"),
    ],
)
def test_watched_folders_say_how_they_are(model, state, text):
    watch = WatchInfo(b"/home/w", SearchOptions(paths=(b"/home/w",)), state, known=7)
    model.reset([], [watch], paused=False)
    assert model.watched == [(os.fsdecode(b"/home/w"), text)]


def test_a_daemon_that_is_gone_is_down_until_the_next_one(model):
    model.lose()
    assert model.state == "down"
    model.reset([], [], paused=False)
    assert model.state == "idle"


def test_the_tray_speaks_the_configured_language_or_that_of_the_desktop(model, monkeypatch):
    monkeypatch.setenv("LANGUAGE", "fr")
    model.reset([job("a", "queued")], [], paused=True)
    assert model.language == "fr"
    model.reset([job("a", "queued")], [], paused=True, configured="de")
    with speaking(model.language):
        assert model.tooltip == "difd ist angehalten; 1 Suche wartet"
        assert model.recent[0].text.endswith(": wartet")


def test_another_language_is_taken_at_once(model):
    assert model.take(SettingsChanged(Settings(desktop=DesktopSettings(language="fr")))) is None
    assert model.language == "fr"
    with speaking(model.language):
        assert "difd" in model.tooltip
