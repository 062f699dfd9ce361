"""What happens in trees of folders, as Windows tells it to whoever watches them."""

from __future__ import annotations

import asyncio
import os
import struct
from pathlib import Path

from difd.jobs.tree_events import TreeEvents
from difd.jobs.watcher import Watcher
from difd.system import stop
from difd.system.windows.events import entries


async def comes_true(condition) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  the system tells nobody else
            await asyncio.sleep(0.02)


def run(main) -> None:
    with asyncio.Runner(loop_factory=stop.NEW_LOOP) as runner:
        runner.run(main())


def test_what_comes_goes_and_is_written_is_told_with_the_folders_in_between(tmp_path):
    async def main() -> None:
        told: list[Path] = []
        losses: list[object] = []
        events = TreeEvents(lambda place: told.append(Path(os.fsdecode(place))), losses.append)
        await events.add(os.fsencode(tmp_path), recursive=True)
        # Wine is silent about folders that were there before.
        (tmp_path / "in").mkdir()
        await comes_true(lambda: tmp_path / "in" in told)
        picture = tmp_path / "in" / "Ärger.jpg"
        picture.write_bytes(b"1")
        await comes_true(lambda: picture in told)
        told.clear()
        picture.rename(tmp_path / "b.jpg")
        await comes_true(lambda: tmp_path / "b.jpg" in told)
        told.clear()
        (tmp_path / "b.jpg").unlink()
        await comes_true(lambda: tmp_path / "b.jpg" in told)
        (tmp_path / ".thumbnails").mkdir()
        await comes_true(lambda: tmp_path / ".thumbnails" in told)
        (tmp_path / ".thumbnails" / "c.jpg").write_bytes(b"1")
        (tmp_path / "d.jpg").write_bytes(b"1")
        await comes_true(lambda: tmp_path / "d.jpg" in told)
        assert tmp_path / ".thumbnails" / "c.jpg" not in told
        events.remove(os.fsencode(tmp_path))
        told.clear()
        (tmp_path / "e.jpg").write_bytes(b"1")
        await asyncio.sleep(0.5)
        assert told == []
        assert losses == []
        events.close()

    run(main)


def test_what_windows_tells_is_read_entry_by_entry():
    def entry(action: int, name: str, *, last: bool = False) -> bytes:
        text = name.encode("utf-16-le", "surrogatepass")
        whole = struct.pack("<III", 0, action, len(text)) + text
        whole = whole.ljust((len(whole) + 3) // 4 * 4, b"\0")
        return whole if last else struct.pack("<I", len(whole)) + whole[4:]

    told = entry(1, "a.jpg") + entry(3, "Ä\\\ud83d.jpg") + entry(2, "c", last=True)
    assert list(entries(told)) == [(1, "a.jpg"), (3, "Ä\\\ud83d.jpg"), (2, "c")]
    assert list(entries(b"")) == []


def test_a_watched_folder_that_goes_and_comes_back_is_looked_at_again(tmp_path):
    folder = tmp_path / "watched"
    folder.mkdir()

    async def main() -> None:
        due = asyncio.Event()
        watcher = Watcher(due.set)
        await watcher.hold(os.fsencode(folder), (), recursive=True)

        async def look() -> list[object]:
            async with asyncio.timeout(40):
                await due.wait()
            due.clear()
            return watcher.take()

        assert [one.places for one in await look()] == [None]
        (folder / "a.jpg").write_bytes(b"1")
        assert [one.places for one in await look()] == [(os.fsencode(folder / "a.jpg"),)]
        (folder / "a.jpg").unlink()
        folder.rename(tmp_path / "elsewhere")
        await comes_true(lambda: watcher.is_away(os.fsencode(folder)))
        (tmp_path / "elsewhere").rename(folder)
        await comes_true(lambda: not watcher.is_away(os.fsencode(folder)))
        while not any(one.places is None for one in await look()):
            pass
        watcher.close()

    run(main)
