"""What inotify says of real folders."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from difd.jobs.anchors import Anchors, presence
from difd.jobs.folder_events import FolderEvents
from difd.protocol.errors import WatchLimitReached

ODD = b"not utf-8 \xff\n.png"


class Told:
    """What was told so far."""

    def __init__(self) -> None:
        self.places: list[bytes] = []
        self.losses = 0

    def change(self, place: bytes) -> None:
        self.places.append(place)

    def loss(self, why) -> None:
        self.losses += 1
        self.why = why

    async def until(self, *places: bytes | Path) -> None:
        wanted = {os.fsencode(place) for place in places}
        await comes_true(lambda: wanted <= set(self.places))
        self.places.clear()


async def comes_true(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  the system tells nobody else
            await asyncio.sleep(0.01)


def watched(top: Path, work, *, recursive: bool = True) -> None:
    """Run `work(told, events)` while `top` is watched."""

    async def run() -> None:
        told = Told()
        events = FolderEvents(told.change, told.loss)
        try:
            await events.add(os.fsencode(top), recursive=recursive)
            await work(told, events)
        finally:
            events.close()

    asyncio.run(run())


def test_a_file_is_told_of_when_it_was_written(tmp_path):
    async def work(told, _events):
        file = os.open(tmp_path / "slow.png", os.O_CREAT | os.O_WRONLY)
        os.write(file, b"half")
        await asyncio.sleep(0.1)
        assert told.places == []
        os.close(file)
        await told.until(tmp_path / "slow.png")

    watched(tmp_path, work)


def test_names_are_bytes(tmp_path):
    async def work(told, _events):
        path = os.fsencode(tmp_path) + b"/" + ODD
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        await told.until(path)

    watched(tmp_path, work)


def test_links_removals_renames_and_permissions_are_told(tmp_path):
    (tmp_path / "a").touch()

    async def work(told, _events):
        os.link(tmp_path / "a", tmp_path / "hard")
        await told.until(tmp_path / "hard")
        os.symlink("a", tmp_path / "soft")
        await told.until(tmp_path / "soft")
        os.rename(tmp_path / "a", tmp_path / "b")
        await told.until(tmp_path / "a", tmp_path / "b")
        os.chmod(tmp_path / "b", 0)
        await told.until(tmp_path / "b")
        os.unlink(tmp_path / "b")
        await told.until(tmp_path / "b")

    watched(tmp_path, work)


def test_a_tree_that_comes_is_watched_down_to_its_last_folder(tmp_path):
    top, outside = tmp_path / "top", tmp_path / "outside"
    (outside / "x" / "y").mkdir(parents=True)
    top.mkdir()

    async def work(told, events):
        outside.rename(top / "in")
        await told.until(top / "in")
        await comes_true(lambda: events.folders == 4)
        (top / "in" / "x" / "y" / "new.png").touch()
        await told.until(top / "in" / "x" / "y" / "new.png")
        (top / "in").rename(top / "moved")
        await told.until(top / "in", top / "moved")
        await comes_true(lambda: events.folders == 4)
        (top / "moved" / "x" / "y" / "newer.png").touch()
        await told.until(top / "moved" / "x" / "y" / "newer.png")
        (top / "moved").rename(outside)
        await told.until(top / "moved")
        assert events.folders == 1
        (outside / "x" / "unseen.png").touch()
        (top / "seen.png").touch()
        await told.until(top / "seen.png")

    watched(top, work)


def test_folders_made_one_in_the_other_are_all_watched(tmp_path):
    async def work(told, events):
        deep = tmp_path / "a" / "b" / "c" / "d"
        deep.mkdir(parents=True)
        await comes_true(lambda: events.folders == 5)
        (deep / "new.png").touch()
        await told.until(deep / "new.png")

    watched(tmp_path, work)


def test_without_recursion_the_folder_alone_is_watched(tmp_path):
    (tmp_path / "sub").mkdir()

    async def work(told, events):
        assert events.folders == 1
        (tmp_path / "sub" / "unseen.png").touch()
        (tmp_path / "seen.png").touch()
        await asyncio.sleep(0.1)
        assert set(told.places) == {os.fsencode(tmp_path / "seen.png")}

    watched(tmp_path, work, recursive=False)


def test_what_is_watched_no_longer_is_not_told_but_for_what_lies_in_another(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()

    async def work(told, events):
        await events.add(os.fsencode(inner), recursive=True)
        events.remove(os.fsencode(tmp_path))
        assert events.folders == 1
        (tmp_path / "unseen.png").touch()
        (inner / "seen.png").touch()
        await told.until(inner / "seen.png")
        events.remove(os.fsencode(inner))
        assert events.folders == 0

    watched(tmp_path, work)


def test_a_full_queue_is_told_as_a_loss(tmp_path):
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())

    async def work(told, _events):
        # Nothing is read meanwhile: each two events that differ take a place in the queue.
        one, other = tmp_path / "a", tmp_path / "b"
        one.touch()
        for _ in range(most // 2 + 10):
            one.rename(other)
            other.rename(one)
        await comes_true(lambda: told.losses > 0)

    watched(tmp_path, work)


def test_the_system_s_limit_is_an_error_that_says_how_to_raise_it(tmp_path, monkeypatch):
    async def work(told, events):
        def refused(*_arguments):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(events._inotify, "add_watch", refused)
        with pytest.raises(WatchLimitReached, match="watched folders, for all programs") as caught:
            await events.add(os.fsencode(tmp_path / "sub"), recursive=True)
        assert "sysctl fs.inotify.max_user_watches=" in caught.value.hint

        (tmp_path / "later").mkdir()
        await comes_true(lambda: told.losses)
        assert isinstance(told.why, WatchLimitReached)

    # Made before: a folder that comes while it is watched is one more loss.
    (tmp_path / "sub").mkdir()
    watched(tmp_path, work)


def anchored(folder: Path, work) -> None:
    async def run() -> None:
        told = Told()
        anchors = Anchors(lambda: told.places.append(b"changed"))
        try:
            await anchors.hold([os.fsencode(folder)])
            await work(told, anchors)
        finally:
            anchors.close()

    asyncio.run(run())


def test_a_folder_is_missed_when_one_far_above_is_moved(tmp_path):
    folder = tmp_path / "a" / "b" / "c"
    folder.mkdir(parents=True)

    async def work(told, _anchors):
        before = presence(os.fsencode(folder))
        (tmp_path / "a").rename(tmp_path / "z")
        await told.until(b"changed")
        assert presence(os.fsencode(folder)) != before
        assert presence(os.fsencode(folder))[0] is None

    anchored(folder, work)


def test_a_folder_that_comes_back_is_told_step_by_step(tmp_path):
    folder = tmp_path / "a" / "b"

    async def work(told, anchors):
        (tmp_path / "a").mkdir()
        await told.until(b"changed")
        await anchors.hold([os.fsencode(folder)])
        folder.mkdir()
        await told.until(b"changed")
        assert presence(os.fsencode(folder))[0] is not None

    anchored(folder, work)


def test_a_missing_folder_costs_nothing_more_when_its_surroundings_change(tmp_path):
    async def work(told, anchors):
        before = anchors._inotify
        for number in range(3):
            (tmp_path / f"file {number}").touch()
            await told.until(b"changed")
            await anchors.hold([os.fsencode(tmp_path / "a" / "b")])
        assert anchors._inotify is before

    anchored(tmp_path / "a" / "b", work)


def test_what_happens_beside_a_folder_that_is_there_wakes_nobody(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()

    async def work(told, _anchors):
        (tmp_path / "other").mkdir()
        (tmp_path / "file").write_bytes(b"x")
        await asyncio.sleep(0.1)
        assert told.places == []

    anchored(folder, work)


def test_a_folder_can_be_let_go_while_a_large_tree_is_added(tmp_path):
    for number in range(600):
        (tmp_path / "large" / str(number % 40) / str(number)).mkdir(parents=True)

    async def work(_told, events):
        adding = asyncio.create_task(events.add(os.fsencode(tmp_path / "large"), recursive=True))
        while not adding.done():
            events.remove(b"/another")
            await asyncio.sleep(0)
        await adding

    (tmp_path / "small").mkdir()
    impatiently(tmp_path / "small", work)


def test_a_large_tree_that_is_let_go_while_it_is_added_is_not_watched(tmp_path):
    large = os.fsencode(tmp_path / "large")
    for number in range(600):
        (tmp_path / "large" / str(number % 40) / str(number)).mkdir(parents=True)

    async def work(_told, events):
        for again in (None, False):
            adding = asyncio.create_task(events.add(large, recursive=True))
            await asyncio.sleep(0)
            events.remove(large)
            if again is not None:
                await events.add(large, recursive=again)
            await adding
            assert events.folders == 1 + (again is not None)
            assert listened_to(events) == events.folders

    (tmp_path / "small").mkdir()
    impatiently(tmp_path / "small", work)


def listened_to(events: FolderEvents) -> int:
    """The folders that the system tells of, whatever we know of them."""
    told = Path(f"/proc/self/fdinfo/{events._inotify.fileno()}").read_text()
    return told.count("inotify wd:")


def impatiently(top: Path, work) -> None:
    """`watched`, with threads that meet wherever they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        watched(top, work)
    finally:
        sys.setswitchinterval(usual)
