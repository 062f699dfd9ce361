"""The engine host stays for as long as it has something to do."""

from __future__ import annotations

import asyncio
import os

import pytest
from harness.photos import distinct_photos

from difd.protocol.options import SearchOptions
from difd.service.engine_link import EngineLink
from difd.service.host_messages import SearchFailed, SearchFinished


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
