"""The daemon's desk for searches: takes them, hands them to the engine, and stores what it finds.

What a request or a report means for a job the board says; here its instructions are carried out.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
import uuid
from collections.abc import Callable, Coroutine
from typing import Final, assert_never

from msgspec.structs import replace

from difd.jobs import board
from difd.jobs.board import JobBoard
from difd.protocol.error_info import ErrorInfo
from difd.protocol.errors import (
    DaemonStopping,
    JobCancelled,
    JobFailed,
    UnknownJob,
    UsageError,
)
from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions, check_absolute, check_options
from difd.protocol.replies import JobReply, JobsReply, StoredResultsReply
from difd.protocol.requests import (
    Cancel,
    FollowJobs,
    Jobs,
    PauseJob,
    Results,
    Resume,
    Submit,
    Subscribe,
)
from difd.service.desks.journal_writer import JournalWriter
from difd.service.desks.picture_desk import PictureDesk
from difd.service.hosts.engine_link import EngineLink
from difd.service.hosts.engine_messages import (
    DifferencesFound,
    PictureDescribed,
    PictureLost,
    PictureQuestion,
    PictureReport,
    SearchFailed,
    SearchFinished,
    SearchProgressed,
    SearchReport,
    SearchRows,
    SearchStarted,
    ThumbnailMade,
)
from difd.service.server.load import Load
from difd.service.server.publisher import Publisher
from difd.service.server.verbs import Verb, verb
from difd.store.database import what_helps
from difd.store.job_journal import JobJournal

QUEUE_MAX: Final = 1000
"""Jobs that may wait; more are refused, and fewer when they are large (`load`)."""

_log = logging.getLogger(__name__)


class JobDesk:
    """Takes requests about searches, and the engine's reports.

    Args:
        journal: jobs and results.
        publisher: who is told of changes.
        stopping: set when no new work is taken.
        spawn: runs a coroutine beside the rest.
    """

    def __init__(
        self,
        journal: JobJournal,
        publisher: Publisher,
        stopping: asyncio.Event,
        spawn: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._journal, self._publisher = journal, publisher
        self._stopping, self._spawn = stopping, spawn
        self._board = JobBoard()
        self._load = Load(lambda job: self._board.get(job) is not None)
        self._link = EngineLink(self._on_report, self._on_loss, on_waiting=self._on_waiting)
        spawn(self._link.adopt())
        self._pictures = PictureDesk(
            journal, self.find, publisher.send, self._look_at, self._link.forget
        )
        self._unwritten: dict[str, ErrorInfo] = {}
        self._writer = JournalWriter(journal, spawn)

    @property
    def queued(self) -> int:
        """Jobs that wait."""
        return self._board.queued

    @property
    def running(self) -> int:
        """Jobs that are searched."""
        return self._board.running

    @property
    def paused(self) -> bool:
        """Whether no search runs until it is told to."""
        return self._board.paused

    def pause(self, *, paused: bool) -> None:
        """Let no search run for now, or let them run again."""
        self._take(board.PauseAsked(paused))

    @property
    def engine(self) -> EngineLink:
        """The engine host, which looks at watched folders, too."""
        return self._link

    @property
    def engine_pid(self) -> int | None:
        """The engine host's process, when there is one."""
        return self._link.pid

    @property
    def dashboard(self) -> str | None:
        """That of the cluster on which a search runs."""
        return self._link.dashboard

    async def close(self) -> None:
        """Interrupt what runs, tell who follows it, and end the engine."""
        self._take(board.StopAsked(time.time()))
        await self._link.close()

    def verbs(self) -> tuple[Verb, ...]:
        """What it answers. The answer to `Submit` may be large, and the journal has it."""
        return (
            verb(Submit, self._submit),
            verb(Cancel, self._cancel, changes=True),
            verb(PauseJob, self._pause_job, changes=True),
            verb(Resume, self._resume, changes=True),
            verb(Jobs, self._show),
            verb(FollowJobs, self._follow_all),
            verb(Subscribe, self._follow),
            verb(Results, self._rows),
            *self._pictures.verbs(),
        )

    def find(self, reference: str) -> JobInfo:
        """The job that a client means.

        Raises:
            UnknownJob: there is none, or several.
        """
        found = self._journal.find(reference)
        if not found:
            if reference == "last":
                raise UnknownJob("There is no job yet.", hint="Start one with: difctl search DIR")
            raise UnknownJob(f"There is no job {reference!r}.", hint="List them with: difctl jobs")
        if len(found) > 1:
            raise UnknownJob(f"Several jobs begin with {reference!r}; give more of the id.")
        return self._board.get(found[0].id) or found[0]

    def refuse_when_stopping(self) -> None:
        """Take no new work any more.

        Raises:
            DaemonStopping: the daemon was asked to stop.
        """
        if self._stopping.is_set():
            raise DaemonStopping("The daemon is stopping and takes no new work.")

    def _submit(self, _connection: bytes, request: Submit) -> JobReply:
        made = self._journal.made_by(request.id)
        job = self._new(request) if made is None else self._board.get(made.id) or made
        return JobReply(id=request.id, job=job)

    def _new(self, request: Submit) -> JobInfo:
        """A job for a request that has none yet.

        Raises:
            DifdError: it cannot be taken.
        """
        options = request.options.plain()
        self.refuse_when_stopping()
        check_options(options)
        check_absolute(options)
        job = JobInfo(id=uuid.uuid4().hex, state="queued", options=options, created=time.time())
        self._refuse_when_full(job.id, options)
        try:
            self._journal.add(job, request.id)
        except sqlite3.Error as error:
            raise JobFailed(
                f"The search cannot be written down: {error}.",
                hint=f"{what_helps(error)}, then try again.",
            ) from error
        self._take(board.Submitted(job))
        return self._board.get(job.id) or job

    def _refuse_when_newer(self, job: str) -> None:
        unknown = self._journal.unknown_options(job)
        if unknown:
            raise UsageError(
                "A newer difd began this search, with options that this one does not know: "
                f"{', '.join(unknown)}.",
                hint="Install the newer version again, then: difctl resume JOB",
            )

    def _refuse_when_full(self, job: str, options: SearchOptions) -> None:
        if self._board.queued >= QUEUE_MAX:
            raise UsageError(f"{QUEUE_MAX} searches wait already; try again later.")
        if not self._load.takes(job, options):
            raise UsageError("The searches that wait name too many paths; try again later.")

    def _show(self, _connection: bytes, request: Jobs) -> JobsReply:
        jobs = self._newest(request.limit) if request.job is None else (self.find(request.job),)
        return JobsReply(id=request.id, jobs=jobs)

    def _newest(self, limit: int) -> tuple[JobInfo, ...]:
        return tuple(self._board.get(job.id) or job for job in self._journal.newest(limit))

    def _follow(self, connection: bytes, request: Subscribe) -> JobReply:
        job = self.find(request.job)
        self._publisher.subscribe(connection, job, request.from_seq)
        return JobReply(id=request.id, job=job)

    def _follow_all(self, connection: bytes, request: FollowJobs) -> JobsReply:
        self._publisher.follow_all(connection)
        return JobsReply(id=request.id, jobs=self._newest(request.limit))

    def _rows(self, _connection: bytes, request: Results) -> StoredResultsReply:
        job = self.find(request.job)
        rows, after = self._journal.rows(job.id, request.cursor, request.limit)
        return StoredResultsReply(id=request.id, rows=rows, next_cursor=after)

    def _take(self, stimulus: board.Stimulus) -> None:
        for instruction in self._board.handle(stimulus):
            match instruction:
                case board.Save(job):
                    self._writer.save(job)
                case board.StartWork(job_id, options):
                    self._spawn(self._link.run(job_id, options))
                case board.StopWork(job_id, keep):
                    self._link.stop(job_id, keep=keep)
                case board.Announce(job):
                    self._publisher.changed(job)
                case board.AnnounceProgress(job):
                    self._publisher.progressed(job)
                case _:
                    assert_never(instruction)

    def _cancel(self, _connection: bytes, request: Cancel) -> JobReply:
        job = self.find(request.job)
        if job.state == "paused":
            self._end_paused(job)
        self._take(board.CancelAsked(job.id, time.time()))
        return JobReply(id=request.id, job=self.find(job.id))

    def _pause_job(self, _connection: bytes, request: PauseJob) -> JobReply:
        job = self.find(request.job)
        if self._board.get(job.id) is None and job.state != "paused":
            raise UsageError(f"Job {job.id[:8]} is {job.state}; there is nothing to pause.")
        self._take(board.PauseJobAsked(job.id, time.time()))
        return JobReply(id=request.id, job=self.find(job.id))

    def _resume(self, _connection: bytes, request: Resume) -> JobReply:
        job = self.find(request.job)
        self.refuse_when_stopping()
        if self._board.get(job.id) is None and job.state != "done":
            self._refuse_when_newer(job.id)
            self._refuse_when_full(job.id, job.options)
        self._take(board.ResumeAsked(job))
        return JobReply(id=request.id, job=self.find(job.id))

    def _end_paused(self, job: JobInfo) -> None:
        """A paused job is nobody's work; to cancel it is to write that down."""
        error = JobCancelled("The search was cancelled.").info()
        ended = replace(job, state="cancelled", finished=time.time(), error=error)
        self._writer.save(ended)
        self._publisher.changed(ended)

    def _look_at(self, question: PictureQuestion) -> None:
        self._spawn(self._link.look_at(question))

    def _on_report(self, report: SearchReport | PictureReport) -> None:
        match report:
            case SearchStarted(job):
                self._take(board.Started(job, time.time()))
            case SearchProgressed(job, progress):
                self._take(board.Progressed(job, progress))
            case SearchRows():
                self._store_rows(report)
            case SearchFinished(job) | SearchFailed(job) if job in self._unwritten:
                self._take(board.Failed(job, self._unwritten.pop(job), time.time()))
            case SearchFinished(job, summary):
                self._take(board.Finished(job, summary, time.time()))
            case SearchFailed(job, error):
                self._take(board.Failed(job, error, time.time()))
            case ThumbnailMade() | PictureDescribed() | DifferencesFound() | PictureLost():
                self._pictures.answer(report)
            case _:
                assert_never(report)

    def _store_rows(self, page: SearchRows) -> None:
        if self._board.get(page.job) is None or page.job in self._unwritten:
            return
        try:
            self._writer.add_rows(page)
        except sqlite3.Error as error:
            _log.exception("results of job %s could not be written", page.job)
            failure = JobFailed(
                f"The results could not be written: {error}.",
                hint=f"{what_helps(error)}, then: difctl resume JOB",
            )
            # It ends when the engine has had its last word, which would else be taken for that of
            # the same search resumed, and make half a result of it.
            self._unwritten[page.job] = failure.info()
            self._link.stop(page.job)

    def _on_waiting(self, job: str, words: str) -> None:
        info = self._board.get(job)
        if info is not None:
            self._take(board.Progressed(job, replace(info.progress, waiting=words)))

    def _on_loss(self, job: str, what: str) -> None:
        error = JobFailed(what, hint="Resume it with: difctl resume JOB").info()
        self._take(board.Failed(job, self._unwritten.pop(job, error), time.time()))
