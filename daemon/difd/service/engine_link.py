"""The daemon's end of the engine host: what it was given to do, and what is lost when it dies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from difd.protocol.options import SearchOptions
from difd.service.host_messages import (
    MakeThumbnail,
    Report,
    RunSearch,
    SearchFailed,
    SearchFinished,
    StopSearch,
    ThumbnailMade,
    decode_report,
)
from difd.service.host_process import HostProcess

IDLE_SECONDS: Final = 120.0
"""How long a host without work is kept warm."""


class EngineLink:
    """The engine host, with account of the search and the thumbnails it owes.

    Args:
        on_report: called with every report of the host.
        on_loss: called when the host is gone while a search was with it; with the job and a
            sentence that says how it ended.
        idle_seconds: how long a host without work is kept.
    """

    def __init__(
        self,
        on_report: Callable[[Report], None],
        on_loss: Callable[[str, str], None],
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._on_report = on_report
        self._on_loss = on_loss
        self._host = HostProcess(
            "difd.service.engine_host", decode_report, self._take, self._ended, idle_seconds
        )
        self._job: str | None = None
        self._thumbnails: set[int] = set()
        self._stopped_early: set[str] = set()

    @property
    def pid(self) -> int | None:
        """The host's process, None while there is none."""
        return self._host.pid

    async def run(self, job: str, options: SearchOptions) -> None:
        """Give the host a job, starting the host when there is none."""
        try:
            await self._host.wake()
        except OSError as error:
            self._on_loss(job, f"The engine could not be started: {error.strerror or error}.")
            return
        self._job = job
        self._host.send(RunSearch(job, options))
        if job in self._stopped_early:
            self._stopped_early.discard(job)
            self._host.send(StopSearch(job))

    async def make_thumbnail(self, request: MakeThumbnail) -> None:
        """Ask the host for a thumbnail, starting the host when there is none."""
        try:
            await self._host.wake()
        except OSError as error:
            self._on_report(ThumbnailMade(request.number, None, f"no engine: {error}"))
            return
        self._thumbnails.add(request.number)
        self._host.send(request)

    def stop(self, job: str) -> None:
        """Ask the host to give the job up; a host that is being started hears it then."""
        if self._job == job:
            self._host.send(StopSearch(job))
        else:
            self._stopped_early.add(job)

    async def close(self) -> None:
        """End the host: close its pipe, and kill it if it does not leave."""
        self._job = None
        await self._host.close()

    def _take(self, report: Report) -> None:
        """Keep account of what the host has to do; when that is nothing, its time runs."""
        match report:
            case SearchFinished() | SearchFailed():
                self._job = None
            case ThumbnailMade(number):
                self._thumbnails.discard(number)
            case _:
                pass
        if self._job is None and not self._thumbnails:
            self._host.rest()
        self._on_report(report)

    def _ended(self, how: str) -> None:
        thumbnails, self._thumbnails = self._thumbnails, set()
        for number in thumbnails:
            self._on_report(ThumbnailMade(number, None, "the engine ended unexpectedly"))
        job, self._job = self._job, None
        if job is not None:
            self._on_loss(job, f"The engine process ended unexpectedly ({how}).")
