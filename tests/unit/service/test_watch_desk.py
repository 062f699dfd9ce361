"""What a client can have waiting at the desk for watched folders, and what it can have kept."""

from __future__ import annotations

import asyncio
import os
from contextlib import closing

import msgspec
import pytest

from difd.protocol.errors import UsageError
from difd.protocol.options import AskedSearch
from difd.protocol.replies import ErrorReply
from difd.protocol.watching import AddWatch
from difd.service.desks.look_desk import LookDesk
from difd.service.desks.watch_desk import ADDING_MAX, WATCHES_BYTES, WatchDesk
from difd.service.hosts.engine_link import EngineLink
from difd.service.server.load import LOAD_MAX
from difd.store.job_journal import JobJournal
from difd.store.watch_list import WatchList


def with_desk(place, work) -> None:
    """Run `work(desk, replies)` with a desk; the engine is never started."""

    async def run() -> None:
        with (
            closing(WatchList(place / "watched.sqlite")) as watch_list,
            closing(JobJournal(place / "jobs.sqlite")) as journal,
        ):
            engine = EngineLink(lambda _report: None, lambda _job, _what: None)
            looks = LookDesk(watch_list, journal, engine, lambda work: work.close())
            replies: list[msgspec.Struct] = []

            def send(_connection: bytes, message: msgspec.Struct) -> bool:
                replies.append(message)
                return True

            desk = WatchDesk(watch_list, looks, send, place / "watching")
            await work(desk, replies)
            desk.close()

    asyncio.run(run())


def request(folder, number: int = 0, **options) -> AddWatch:
    return AddWatch(id=str(number), options=AskedSearch(paths=(os.fsencode(folder),), **options))


async def answered(replies: list, count: int) -> None:
    async with asyncio.timeout(20):
        while len(replies) < count:  # noqa: ASYNC110  a thread answers
            await asyncio.sleep(0.01)


def test_only_so_many_folders_are_on_their_way_at_once(tmp_path):
    async def work(desk, replies):
        for number in range(ADDING_MAX):
            desk.add(b"client", request(tmp_path, number))
        desk.add(b"client", request(tmp_path, 0))  # asked once more
        with pytest.raises(UsageError, match="try again later"):
            desk.add(b"client", request(tmp_path, ADDING_MAX))
        await answered(replies, ADDING_MAX)
        desk.add(b"client", request(tmp_path, ADDING_MAX))
        await answered(replies, ADDING_MAX + 1)
        assert not any(isinstance(reply, ErrorReply) for reply in replies)

    with_desk(tmp_path, work)


def test_what_is_on_its_way_is_bounded_in_bytes(tmp_path):
    async def work(desk, replies):
        large = ("x" * (LOAD_MAX // 2 - 1000),)
        for number in range(2):
            desk.add(b"client", request(tmp_path, number, exclude=large))
        with pytest.raises(UsageError, match="try again later"):
            desk.add(b"client", request(tmp_path, 2, exclude=large))
        await answered(replies, 2)

    with_desk(tmp_path, work)


@pytest.mark.parametrize("name", ["exclude", "reference"])
def test_what_is_kept_of_all_watched_folders_is_bounded_in_bytes(tmp_path, name):
    half = WATCHES_BYTES * 2 // 3
    places = [tmp_path / "a", tmp_path / "b"]
    (tmp_path / "r").mkdir()
    values = {
        "exclude": ("x" * half,),
        "reference": (os.fsencode(tmp_path / "r"),) * (half // (len(str(tmp_path)) + 59)),
    }

    async def work(desk, replies):
        for number, place in enumerate((places[0], places[1], places[0])):
            place.mkdir(exist_ok=True)
            desk.add(b"client", request(place, number, **{name: values[name]}))
            await answered(replies, number + 1)
        first, second, again = replies
        assert [watch.folder for watch in first.watches] == [os.fsencode(places[0])]
        assert "too many patterns and reference folders" in second.error.message
        assert again.watches[0].folder == os.fsencode(places[0])
        assert [watch.folder for watch in desk._list.watches()] == [os.fsencode(places[0])]

    with_desk(tmp_path, work)
