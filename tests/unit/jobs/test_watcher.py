"""What is to be looked at, and when: real folders, and the clock of the loop."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from difd.jobs import anchors, folder_events
from difd.jobs.watcher import Due, Watcher
from difd.protocol.errors import DifdError


class Taken:
    """Takes what is due whenever it is told to."""

    def __init__(self) -> None:
        self.rings = 0
        self.watcher = Watcher(self.ring)
        self.found: list[Due] = []

    def ring(self) -> None:
        self.rings += 1
        self.found += self.watcher.take()

    async def next(self) -> list[Due]:
        async with asyncio.timeout(20):
            while not self.found:  # noqa: ASYNC110  a timer of the watcher's own
                await asyncio.sleep(0.01)
        found, self.found = self.found, []
        return found

    async def hold(self, folder: Path, *references: Path) -> None:
        given = tuple(map(os.fsencode, references))
        await self.watcher.hold(os.fsencode(folder), given, recursive=True)


def watching(work) -> None:
    async def run() -> None:
        taken = Taken()
        try:
            await work(taken)
        finally:
            taken.watcher.close()

    asyncio.run(run())


def whole(folder: Path) -> Due:
    return Due(os.fsencode(folder), None, ())


def test_a_folder_is_looked_at_once_and_then_what_changes_in_it(tmp_path):
    async def work(taken):
        await taken.hold(tmp_path)
        assert await taken.next() == [whole(tmp_path)]
        (tmp_path / "a.png").touch()
        (due,) = await taken.next()
        assert due == Due(os.fsencode(tmp_path), (os.fsencode(tmp_path / "a.png"),), ())
        (tmp_path / "a.png").unlink()
        await asyncio.sleep(3)
        assert taken.found == []
        rings = taken.rings
        await asyncio.sleep(3)
        assert taken.rings == rings

    watching(work)


def test_a_reference_folder_belongs_to_its_watch(tmp_path):
    folder, reference = tmp_path / "p", tmp_path / "r"
    folder.mkdir()
    reference.mkdir()

    async def work(taken):
        await taken.hold(folder, reference)
        await taken.next()
        (reference / "a.png").touch()
        (due,) = await taken.next()
        assert due.places == (os.fsencode(reference / "a.png"),)
        reference.rename(tmp_path / "gone")
        assert await taken.next() == [whole(folder)]

    watching(work)


def test_a_folder_that_comes_back_is_looked_at_and_watched_again(tmp_path):
    folder = tmp_path / "deep" / "p"
    folder.mkdir(parents=True)

    async def work(taken):
        await taken.hold(folder)
        await taken.next()
        (tmp_path / "deep").rename(tmp_path / "other")
        async with asyncio.timeout(10):
            while not taken.watcher.is_away(os.fsencode(folder)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await asyncio.sleep(2.5)
        assert taken.found == []
        (tmp_path / "deep").mkdir()
        (tmp_path / "other" / "p").rename(folder)
        assert await taken.next() == [whole(folder)]
        (folder / "a.png").touch()
        (due,) = await taken.next()
        assert due.places == (os.fsencode(folder / "a.png"),)

    watching(work)


def test_lost_events_are_a_look_at_everything(tmp_path):
    one, other = tmp_path / "1", tmp_path / "2"
    one.mkdir()
    other.mkdir()

    async def work(taken):
        await taken.hold(one)
        await taken.hold(other)
        while len(taken.found) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        taken.found.clear()
        taken.watcher._on_loss(None)
        assert await taken.next() == [whole(one), whole(other)]

    watching(work)


def test_the_system_s_limit_is_a_problem_of_the_folder(tmp_path, monkeypatch):
    async def work(taken):
        await taken.hold(tmp_path)
        await taken.next()

        def refused(*_arguments):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(taken.watcher._events._inotify, "add_watch", refused)
        assert taken.watcher.problem(os.fsencode(tmp_path)) is None
        with pytest.raises(DifdError, match="watched folders, for all programs"):
            await taken.hold(tmp_path)
        assert "sysctl" in taken.watcher.problem(os.fsencode(tmp_path)).hint
        # What was there is looked at all the same.
        assert await taken.next() == [whole(tmp_path)]

    watching(work)


def test_too_many_programs_that_watch_are_a_problem_of_the_folder(tmp_path, monkeypatch):
    def refused(**_arguments):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(folder_events, "INotify", refused)

    async def work(taken):
        with pytest.raises(DifdError):
            await taken.hold(tmp_path)
        assert "max_user_instances" in taken.watcher.problem(os.fsencode(tmp_path)).hint
        assert await taken.next() == [whole(tmp_path)]

    watching(work)


def test_a_look_that_was_given_up_is_made_again(tmp_path):
    async def work(taken):
        await taken.hold(tmp_path)
        (due,) = await taken.next()
        taken.watcher.put_back(due, 0.2)
        assert await taken.next() == [due]

    watching(work)


def test_a_folder_that_is_watched_no_longer_is_not_looked_at(tmp_path):
    async def work(taken):
        await taken.hold(tmp_path)
        await taken.next()
        (tmp_path / "a.png").touch()
        await asyncio.sleep(0.2)
        taken.watcher.drop(os.fsencode(tmp_path))
        await asyncio.sleep(2.5)
        assert taken.found == []

    watching(work)


def test_a_system_that_lets_nobody_listen_for_drives_is_a_problem_of_every_watch(
    tmp_path, monkeypatch
):
    def refused(**_options):
        raise OSError(errno.EMFILE, "Too many open files")

    async def work(taken):
        await taken.hold(tmp_path)
        async with asyncio.timeout(20):
            while taken.watcher.problem(os.fsencode(tmp_path)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert "max_user_instances" in taken.watcher.problem(os.fsencode(tmp_path)).hint

    monkeypatch.setattr(anchors, "INotify", refused)
    watching(work)
