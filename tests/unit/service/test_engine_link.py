"""The engine host stays for as long as it has something to do, and hears what it is told."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from harness.photos import distinct_photos, small_photo
from inotify_simple import INotify, flags

from difd.protocol.endpoint import prepare_directories
from difd.protocol.errors import JobCancelled
from difd.protocol.options import SearchOptions
from difd.service import spawning
from difd.service.hosts.engine_link import EngineLink
from difd.service.hosts.engine_messages import (
    RunLook,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    WatchedFolder,
)
from difd.system import interpreter


@pytest.mark.usefixtures("instance")
def test_the_end_of_a_search_that_was_given_up_is_not_the_end_of_the_next(tmp_path):
    options = SearchOptions(paths=(os.fsencode(distinct_photos(tmp_path / "p", 40)),))

    async def both() -> list[str]:
        ended: asyncio.Queue[str] = asyncio.Queue()

        def on_report(report: object) -> None:
            if isinstance(report, SearchFinished | SearchFailed):
                ended.put_nowait(report.job)

        link = EngineLink(on_report, lambda job, _: ended.put_nowait(f"{job} lost"), 0.01)
        for job in ("given up", "next"):
            await link.run(job, options)
        try:
            return [await asyncio.wait_for(ended.get(), 60) for _ in range(2)]
        finally:
            await link.close()

    assert asyncio.run(both()) == ["given up", "next"]


@pytest.mark.usefixtures("instance")
def test_a_search_that_hears_nothing_is_cancelled_nevertheless(tmp_path):
    slow = small_photo("coffee.png", tmp_path / "slow" / f"{'a' * 240}.png").parent
    stuck = SearchOptions(paths=(os.fsencode(slow),), exclude=("*a" * 12 + "*b",))
    other = SearchOptions(paths=(os.fsencode(distinct_photos(tmp_path / "p", 2)),))

    async def both() -> list[object]:
        told: asyncio.Queue[object] = asyncio.Queue()

        def on_report(report: object) -> None:
            if isinstance(report, SearchStarted | SearchFinished | SearchFailed):
                told.put_nowait(report)

        link = EngineLink(on_report, lambda *lost: told.put_nowait(lost), stop_seconds=0.5)
        try:
            await link.run("stuck", stuck)
            heard = [await asyncio.wait_for(told.get(), 60)]
            await asyncio.sleep(0.5)
            link.stop("stuck")
            heard.append(await asyncio.wait_for(told.get(), 30))
            await link.run("other", other)
            return [*heard, *[await asyncio.wait_for(told.get(), 60) for _ in range(2)]]
        finally:
            await link.close()

    started, failed, again, finished = asyncio.run(both())
    assert isinstance(started, SearchStarted)
    assert isinstance(failed, SearchFailed)
    assert (failed.job, failed.error.code) == ("stuck", JobCancelled.code)
    assert isinstance(again, SearchStarted)
    assert isinstance(finished, SearchFinished)
    assert finished.job == "other"


def test_a_search_that_waits_for_a_look_that_hears_nothing_begins_in_another_host(
    instance, tmp_path
):
    prepare_directories(instance.endpoint)
    slow = small_photo("coffee.png", tmp_path / "slow" / f"{'a' * 240}.png").parent
    folder = os.fsencode(slow)
    stuck = SearchOptions(paths=(folder,), exclude=("*a" * 12 + "*b",))
    other = SearchOptions(paths=(os.fsencode(distinct_photos(tmp_path / "p", 2)),))
    watched = WatchedFolder(folder, stuck, added_ns=0, learned=False, places=None)

    opened = INotify()
    opened.add_watch(slow, flags.OPEN)

    async def both() -> tuple[list[str], object]:
        looked: asyncio.Queue[object] = asyncio.Queue()
        told: asyncio.Queue[str] = asyncio.Queue()

        def on_report(report: object) -> None:
            if isinstance(report, SearchFinished | SearchFailed):
                told.put_nowait(type(report).__name__)

        link = EngineLink(on_report, lambda *_: told.put_nowait("lost"), stop_seconds=0.5)
        try:
            await link.run_look(RunLook("look", "one", (watched,), stuck), looked.put_nowait)
            assert await asyncio.to_thread(opened.read, 60_000), "it reads the folder"
            await asyncio.sleep(0.5)
            await link.run("other", other)
            return [await asyncio.wait_for(told.get(), 60)], await looked.get()
        finally:
            await link.close()

    with opened:
        told, looked = asyncio.run(both())
    assert told == ["SearchFinished"]
    assert isinstance(looked, SearchFailed)
    assert "unexpectedly" in looked.error.message


@pytest.mark.usefixtures("instance")
def test_a_cancelling_during_a_start_that_fails_is_not_kept_for_the_next_resume(
    tmp_path, monkeypatch
):
    options = SearchOptions(paths=(os.fsencode(distinct_photos(tmp_path / "p", 2)),))

    async def both() -> list[object]:
        told: asyncio.Queue[object] = asyncio.Queue()

        def on_report(report: object) -> None:
            if isinstance(report, SearchFinished | SearchFailed):
                told.put_nowait(report)

        link = EngineLink(on_report, lambda *lost: told.put_nowait(lost))
        try:
            with monkeypatch.context() as without:
                without.setattr(interpreter, "COMMAND", (str(tmp_path / "gone"), "-P"))
                link.stop("one")
                await link.run("one", options)
            await link.run("one", options)
            return [await asyncio.wait_for(told.get(), 120) for _ in range(2)]
        finally:
            await link.close()

    first, second = asyncio.run(both())
    assert isinstance(first, SearchFailed)
    assert first.error.code == JobCancelled.code
    assert isinstance(second, SearchFinished)


@pytest.mark.usefixtures("instance")
def test_a_host_that_was_started_ahead_leaves_if_no_search_comes(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["difd", spawning.AHEAD])
    spawning.start_engine_ahead()

    async def left() -> bool:
        link = EngineLink(lambda _report: None, lambda _job, _words: None, 0.2)
        await link.adopt()
        assert link.pid is not None
        for _ in range(200):
            if link.pid is None:
                break
            await asyncio.sleep(0.05)
        gone = link.pid is None
        await link.close()
        return gone

    assert asyncio.run(left())
    assert not spawning.is_ahead(spawning.ENGINE)
