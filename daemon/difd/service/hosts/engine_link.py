"""The daemon's end of the engine host: what it was given to do, and what is lost when it dies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from difd.protocol.errors import JobCancelled, JobFailed
from difd.protocol.options import SearchOptions
from difd.service.hosts.channel import Alive
from difd.service.hosts.engine_messages import (
    ClusterJoined,
    DifferencesFound,
    ForgetPicture,
    LookFinished,
    LookLearned,
    LookReport,
    PictureDescribed,
    PictureLost,
    PictureQuestion,
    PictureReport,
    Report,
    RunLook,
    RunSearch,
    SearchFailed,
    SearchFinished,
    SearchReport,
    SearchRows,
    SearchStarted,
    StopSearch,
    ThumbnailMade,
    decode_report,
)
from difd.service.hosts.process import HostProcess
from difd.service.hosts.pulse import Patience
from difd.service.spawning import AHEAD, ENGINE, is_ahead

IDLE_SECONDS: Final = 120.0
"""How long a host without work is kept warm."""

STOP_SECONDS: Final = 20.0
"""How long a host may take to give up what it is told to; then it is killed. A pattern of what to
leave out and a long name can keep it busy, and deaf, for years."""

KEEP_SECONDS: Final = 120.0
"""How long it may take to compare what was read until then; then that is given up, too."""

STILL_SECONDS: Final = 60.0
"""A search that does not get on for so long hangs in a drive, or has much to sort."""

_LOOK_SECONDS: Final = 1.0

_SILENT: Final = (
    "Waiting for process {pid}, which does not answer: it is stopped, or the machine has too much "
    "to do."
)
_STILL: Final = (
    "Waiting for process {pid}, which has not got on for a while: perhaps a drive or network "
    "folder is slow or gone."
)

_CANCELLED: Final = JobCancelled("The search was cancelled.").info()

_log = logging.getLogger(__name__)


class EngineLink:
    """The engine host, with account of the search, the look and the pictures it owes.

    A search goes first: a look at watched folders that is under way is given up for it, and asked
    for again afterwards by whoever wants it.

    Args:
        on_report: called with every report of the host but those of looks.
        on_loss: called when the host is gone while a search was with it; with the job and a
            sentence that says how it ended.
        idle_seconds: how long a host without work is kept.
        stop_seconds: how long it may take to give something up.
        on_waiting: called when what a search waits for became another; "" for nothing.
    """

    def __init__(
        self,
        on_report: Callable[[SearchReport | PictureReport], None],
        on_loss: Callable[[str, str], None],
        idle_seconds: float = IDLE_SECONDS,
        stop_seconds: float = STOP_SECONDS,
        *,
        on_waiting: Callable[[str, str], None] = lambda _job, _words: None,
    ) -> None:
        self._on_report = on_report
        self._on_loss = on_loss
        self._on_waiting = on_waiting
        self._patience = Patience(STILL_SECONDS, silent=_SILENT, still=_STILL)
        self._words = ""
        self._watching: asyncio.TimerHandle | None = None
        self._host = HostProcess(ENGINE, decode_report, self._take, self._ended, idle_seconds)
        self._job: str | None = None
        self._look: str | None = None
        self._on_look: Callable[[LookReport], None] | None = None
        self._pictures: set[int] = set()
        self.dashboard: str | None = None
        """Of the cluster on which the search runs."""
        self._stopped_early: set[str] = set()
        self._stop_seconds = stop_seconds
        self._stopping: dict[str, asyncio.TimerHandle] = {}
        self._search: RunSearch | None = None
        self._begun = False
        self._deaf_look = False
        self._again: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The host's process, None while there is none."""
        return self._host.pid

    async def adopt(self) -> None:
        """Take the host that was started ahead, if one was: its time runs until a search comes."""
        if is_ahead(ENGINE):
            with suppress(OSError):
                await self._host.wake()
            self._rest()

    async def run(self, job: str, options: SearchOptions) -> None:
        """Give the host a job, starting the host when there is none."""
        try:
            await self._host.wake(*_ahead_of(options))
        except OSError as error:
            if job in self._stopped_early:
                # It was given up meanwhile; that is not said of the same job when it is resumed.
                self._stopped_early.discard(job)
                self._on_report(SearchFailed(job, _CANCELLED))
            else:
                self._on_loss(job, f"The engine could not be started: {error.strerror or error}.")
            return
        self._job, self._begun = job, False
        self.stop_look()
        self._search = RunSearch(job, options)
        self._host.send(self._search)
        self._patience.heard()
        self._watch()
        if job in self._stopped_early:
            self._stopped_early.discard(job)
            self._stop(job)

    async def run_look(self, look: RunLook, on_report: Callable[[LookReport], None]) -> None:
        """Have the host look at watched folders, after the search it has; one look at a time.

        Args:
            look: what at.
            on_report: called with what it reports; the last is `LookFinished` or `SearchFailed`.
        """
        self._look, self._on_look = look.job, on_report
        try:
            await self._host.wake(*_ahead_of(look.options))
        except OSError as error:
            self._lose_look(f"The engine could not be started: {error.strerror or error}.")
        else:
            self._host.send(look)

    def stop_look(self) -> None:
        """Ask the host to give up the look it has, if any."""
        if self._look is not None:
            self._stop(self._look)

    async def look_at(self, question: PictureQuestion) -> None:
        """Ask the host about a picture, starting the host when there is none."""
        try:
            await self._host.wake()
        except OSError as error:
            self._on_report(PictureLost(question.number, f"no engine: {error}"))
            return
        self._pictures.add(question.number)
        self._host.send(question)

    def forget(self, number: int) -> None:
        """Tell the host that nobody waits for a picture any more."""
        if number in self._pictures:
            self._host.send(ForgetPicture(number))

    def stop(self, job: str, *, keep: bool = False) -> None:
        """Ask the host to give the job up; a host that is being started hears it then.

        Args:
            job: which one.
            keep: what it has read is compared first, and is its result; not for long.
        """
        if self._job == job and keep:
            self._host.send(StopSearch(job, keep=True))
            if job not in self._stopping:
                loop = asyncio.get_running_loop()
                self._stopping[job] = loop.call_later(KEEP_SECONDS, self._stop_for_good, job)
        elif self._job == job:
            self._stopped(job)
            self._stop(job)
        else:
            self._stopped_early.add(job)

    async def close(self) -> None:
        """End the host: close its pipe, and kill it if it does not leave."""
        self._job = self._look = self._on_look = self.dashboard = None
        self._watch()
        self._stopped(*self._stopping)
        await self._host.close()

    def _watch(self) -> None:
        """See whether the host is there and gets on, as long as it has a search."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        job, pid = self._job, self._host.pid
        if job is None or pid is None:
            self._words = ""
            return
        words = self._patience.words(pid)
        if words != self._words:
            self._words = words
            self._on_waiting(job, words)
        self._watching = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._watch)

    def _stop_for_good(self, job: str) -> None:
        self._stopped(job)
        self._stop(job)

    def _stop(self, job: str) -> None:
        self._host.send(StopSearch(job))
        if job not in self._stopping:
            self._stopping[job] = asyncio.get_running_loop().call_later(
                self._stop_seconds, self._end_stuck, job
            )

    def _stopped(self, *jobs: str) -> None:
        for job in jobs:
            if (timer := self._stopping.pop(job, None)) is not None:
                timer.cancel()

    def _end_stuck(self, job: str) -> None:
        if job == self._look and self._job is not None and self._begun:
            return  # it waits for a search, which nobody wants to end
        _log.warning("the engine does not give up %s, and is killed", job)
        self._deaf_look = job == self._look
        self._host.kill()

    def _take(self, report: Report) -> None:
        """Keep account of what the host has to do; when that is nothing, its time runs."""
        if isinstance(report, Alive):
            self._patience.heard(report.still if report.work == self._job else 0.0)
            return
        self._patience.heard()
        if isinstance(report, SearchFinished | LookFinished | SearchFailed):
            self._stopped(report.job)
        elif isinstance(report, SearchStarted):
            self._begun = report.job == self._job
        if isinstance(report, LookLearned | LookFinished) or (
            isinstance(report, SearchRows | SearchFailed) and report.job == self._look
        ):
            self._take_look(report)
            return
        if isinstance(report, ClusterJoined):
            self.dashboard = report.dashboard
            return
        match report:
            # One that was given up because its results could not be written answers when the next
            # has begun, which still needs the host.
            case SearchFinished() | SearchFailed() if report.job == self._job:
                self._job = self.dashboard = None
            case ThumbnailMade() | PictureDescribed() | DifferencesFound() | PictureLost():
                self._pictures.discard(report.number)
            case _:
                pass
        self._rest()
        self._on_report(report)

    def _take_look(self, report: LookReport) -> None:
        on_look = self._on_look
        if report.job != self._look or on_look is None:
            return
        if isinstance(report, LookFinished | SearchFailed):
            self._look = self._on_look = None
            self._rest()
        on_look(report)

    def _lose_look(self, what: str) -> None:
        if self._look is not None:
            self._take_look(SearchFailed(self._look, JobFailed(what).info()))

    def _rest(self) -> None:
        if self._job is None and self._look is None and not self._pictures:
            self._host.rest()

    def _begun_again(self) -> None:
        self._again = None

    def _ended(self, how: str) -> None:
        pictures, self._pictures = self._pictures, set()
        for number in pictures:
            self._on_report(PictureLost(number, "the engine ended unexpectedly"))
        what = f"The engine process ended unexpectedly ({how})."
        job, self._job, self.dashboard = self._job, None, None
        was_stopped = job in self._stopping
        blocked, self._deaf_look = self._deaf_look and not self._begun, False
        self._stopped(*self._stopping)
        self._lose_look(what)
        if job is not None and was_stopped:
            self._on_report(SearchFailed(job, _CANCELLED))
        elif blocked and self._search is not None and self._search.job == job:
            # It only waited for a look that heard nothing, and has a host of its own now.
            again = self.run(job, self._search.options)
            self._again = asyncio.get_running_loop().create_task(again)
            # A task that is kept does not tell of its failure.
            self._again.add_done_callback(lambda _: self._begun_again())
        elif job is not None:
            self._on_loss(job, what)


def _ahead_of(options: SearchOptions) -> tuple[str, ...]:
    """What tells a host that is started to have the workers of a search ready."""
    return (AHEAD, str(options.processes or 0)) if options.pool == "local" else ()
