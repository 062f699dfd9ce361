"""Recycle bins, snapshots and caches in a watched folder cost no watch, unless they are wanted."""

from __future__ import annotations

import asyncio
import os

import pytest

from difd.jobs.folder_events import FolderEvents


@pytest.mark.parametrize("bins", [False, True])
def test_what_happens_in_a_bin_is_told_only_where_bins_are_wanted(tmp_path, bins):
    (tmp_path / "#recycle/user").mkdir(parents=True)
    (tmp_path / "album/@eaDir").mkdir(parents=True)
    told: list[bytes] = []

    async def work() -> None:
        events = FolderEvents(told.append, lambda _why: None)
        try:
            await events.add(os.fsencode(tmp_path), recursive=True, bins=bins)
            assert events.folders == (5 if bins else 2)
            (tmp_path / "#recycle/user/a.jpg").write_bytes(b"x")
            (tmp_path / "album/.stversions").mkdir()
            (tmp_path / "album/b.jpg").write_bytes(b"x")
            async with asyncio.timeout(20):
                while bytes(tmp_path / "album/b.jpg") not in told:  # noqa: ASYNC110  nobody tells
                    await asyncio.sleep(0.01)
        finally:
            events.close()

    asyncio.run(work())
    assert (bytes(tmp_path / "#recycle/user/a.jpg") in told) is bins


def test_a_bin_that_is_watched_by_itself_is_watched(tmp_path):
    (tmp_path / "#recycle/user").mkdir(parents=True)

    async def work() -> None:
        events = FolderEvents(lambda _place: None, lambda _why: None)
        try:
            await events.add(os.fsencode(tmp_path / "#recycle"), recursive=True)
            assert events.folders == 2
        finally:
            events.close()

    asyncio.run(work())
