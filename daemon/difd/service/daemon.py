"""The daemon's mind: takes requests and the engine's reports, and does what the board says.

It knows requests and replies but no socket; `server` gives it the one and takes the other.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
import uuid
from collections import OrderedDict
from collections.abc import Coroutine
from typing import Final, NamedTuple, assert_never

from difd.jobs import board
from difd.jobs.board import JobBoard
from difd.protocol.envelope import Reply
from difd.protocol.errors import (
    DaemonStopping,
    InvalidOption,
    JobFailed,
    ProtocolMismatch,
    UnknownJob,
    UsageError,
)
from difd.protocol.ignoring import ForgetIgnored, IgnoreGroups, ListIgnored
from difd.protocol.messages import (
    AccessReply,
    ActionRows,
    Actions,
    AnyRequest,
    ApplyAccess,
    Cancel,
    ChangeSetting,
    ClearCache,
    Execute,
    Hello,
    InspectCache,
    JobInfo,
    JobReply,
    Jobs,
    JobsReply,
    Ping,
    Plan,
    Pong,
    Results,
    Resume,
    ShowSettings,
    Shutdown,
    Status,
    StatusReply,
    StopAction,
    Stopping,
    StoredResultsReply,
    Submit,
    Subscribe,
    Thumbnail,
    Undo,
    VerifyCache,
    Welcome,
)
from difd.protocol.options import SearchOptions, check_options
from difd.protocol.version import PROTOCOL_MAJOR, PROTOCOL_MINOR, VERSION
from difd.service.action_desk import ActionDesk
from difd.service.cache_caretaker import CacheCaretaker
from difd.service.configuration import Configuration
from difd.service.connections import resident_bytes
from difd.service.engine_link import EngineLink
from difd.service.host_messages import (
    MakeThumbnail,
    Report,
    SearchFailed,
    SearchFinished,
    SearchProgressed,
    SearchRows,
    SearchStarted,
    ThumbnailMade,
)
from difd.service.ignore_desk import IgnoreDesk
from difd.service.publisher import Publisher
from difd.service.remote_access import RemoteAccess
from difd.service.thumbnail_desk import ThumbnailDesk
from difd.store.action_journal import ActionJournal
from difd.store.ignore_list import IgnoreList
from difd.store.journal import JobJournal

QUEUE_MAX: Final = 1000
"""Jobs that may wait; more are refused."""

ANSWERED_MAX: Final = 4096
"""Answers remembered for requests that change something, so that a retry repeats nothing."""

_Change = Submit | Cancel | Resume | Shutdown | Plan | Execute | Undo | StopAction | ForgetIgnored
_log = logging.getLogger(__name__)


class Stores(NamedTuple):
    """What the daemon keeps on disk.

    Attributes:
        journal: jobs and results.
        action_journal: what was done to files.
        ignore_list: what is no duplicate.
    """

    journal: JobJournal
    action_journal: ActionJournal
    ignore_list: IgnoreList


class Daemon:
    """Everything the daemon decides.

    Args:
        stores: what it keeps.
        publisher: who is told of changes.
        address: the unix socket, for `status`.
        access: other machines' way in.
        on_shutdown: called when a client asks the daemon to stop.
        configuration: what the user configured.
    """

    def __init__(
        self,
        stores: Stores,
        publisher: Publisher,
        address: str,
        access: RemoteAccess,
        on_shutdown: asyncio.Event,
        *,
        configuration: Configuration,
    ) -> None:
        self._journal = journal = stores.journal
        self._publisher = publisher
        self._address = address
        self._access = access
        self._shutdown = on_shutdown
        self._configuration = configuration
        self._board = JobBoard()
        self._link = EngineLink(self._on_report, self._on_loss)
        self._tasks: set[asyncio.Task[None]] = set()
        self._thumbnails = ThumbnailDesk(journal, publisher.send, self._request_thumbnail)
        self._answered: OrderedDict[str, Reply] = OrderedDict()
        self._caretaker = CacheCaretaker(publisher.send)
        self._actions = ActionDesk(stores.action_journal, publisher.send, self._spawn)
        self._ignoring = IgnoreDesk(stores.ignore_list, journal.path, publisher.send)
        self._instance = uuid.uuid4().hex
        self._started = time.monotonic()
        for job in journal.unfinished():
            journal.save(board.interrupted(job, time.time()))

    @property
    def is_busy(self) -> bool:
        """Whether a job or an action is queued or running, or somebody waits for one."""
        jobs = self._board.queued + self._board.running
        return jobs > 0 or self._actions.is_busy or self._publisher.has_followers

    @property
    def may_leave(self) -> bool:
        """Whether nothing is lost when it leaves: other machines could not start it again."""
        return not self.is_busy and self._access.address is None

    async def close(self) -> None:
        """Interrupt what runs, tell who follows it, and end the processes beside us."""
        self._take(board.StopAsked(time.time()))
        await asyncio.gather(self._link.close(), self._actions.close())

    def answer(self, connection: bytes, request: AnyRequest) -> Reply | None:
        """The reply to a request; None if it follows later, through the publisher.

        Raises:
            DifdError: it cannot be carried out; the error is the answer.
        """
        if request.id in self._answered:
            return self._answered[request.id]
        if isinstance(request, _Change):
            reply = self._change(connection, request)
            if not isinstance(request, Submit):  # the journal has those, and they may be large
                self._answered[request.id] = reply
            if len(self._answered) > ANSWERED_MAX:
                self._answered.popitem(last=False)
            return reply
        match request:
            case Thumbnail():
                self._thumbnails.ask(connection, request, self._find(request.job).id)
            case IgnoreGroups():
                self._ignoring.add(connection, request, self._find(request.job))
            case InspectCache() | VerifyCache() | ClearCache():
                self._caretaker.ask(connection, request)
            case ShowSettings() | ChangeSetting():
                # Not among the changes: to set a value once more does no harm.
                return self._configuration.answer(request)
            case _:
                return self._tell(connection, request)
        return None

    def _change(self, connection: bytes, request: _Change) -> Reply:
        reply: Reply
        match request:
            case Submit(options=options):
                reply = JobReply(id=request.id, job=self._submit(request.id, options))
            case Cancel(job=reference):
                job = self._find(reference)
                self._take(board.CancelAsked(job.id, time.time()))
                reply = JobReply(id=request.id, job=self._find(job.id))
            case Resume(job=reference):
                self._refuse_when_stopping()
                job = self._find(reference)
                self._take(board.ResumeAsked(job))
                reply = JobReply(id=request.id, job=self._find(job.id))
            case Plan(job=reference):
                self._refuse_when_stopping()
                reply = self._actions.plan(connection, request, self._find(reference))
            case Execute() | Undo() | StopAction():
                reply = self._actions.ask(connection, request)
            case ForgetIgnored():
                reply = self._ignoring.forget(request)
            case Shutdown(if_idle=if_idle):
                stopping = not (if_idle and self.is_busy)
                if stopping:
                    self._shutdown.set()
                reply = Stopping(id=request.id, stopping=stopping, pid=os.getpid())
            case _:
                assert_never(request)
        return reply

    def _tell(
        self,
        connection: bytes,
        request: Hello
        | Ping
        | Status
        | Jobs
        | Results
        | Subscribe
        | Actions
        | ActionRows
        | ListIgnored
        | ApplyAccess,
    ) -> Reply:
        reply: Reply
        match request:
            case Hello():
                reply = self._welcome(request)
            case Ping():
                reply = Pong(id=request.id, instance=self._instance)
            case Status():
                reply = self._status(request)
            case Jobs():
                reply = JobsReply(id=request.id, jobs=tuple(self._list(request)))
            case Results(job=reference, cursor=cursor, limit=limit):
                rows, after = self._journal.rows(self._find(reference).id, cursor, limit)
                reply = StoredResultsReply(id=request.id, rows=rows, next_cursor=after)
            case Subscribe(job=reference, from_seq=from_seq):
                job = self._find(reference)
                self._publisher.subscribe(connection, job, from_seq)
                reply = JobReply(id=request.id, job=job)
            case Actions() | ActionRows():
                reply = self._actions.ask(connection, request)
            case ListIgnored():
                reply = self._ignoring.page(request)
            case ApplyAccess():
                self._access.apply()
                reply = AccessReply(id=request.id, address=self._access.address)
            case _:
                assert_never(request)
        return reply

    def _welcome(self, request: Hello) -> Welcome:
        if request.protocol_major != PROTOCOL_MAJOR:
            raise ProtocolMismatch(
                f"The daemon speaks protocol {PROTOCOL_MAJOR}.{PROTOCOL_MINOR} (difd {VERSION}), "
                f"the client {request.protocol_major}.{request.protocol_minor} "
                f"({request.application}).",
                hint="Run the newer one's: difctl daemon restart",
            )
        return Welcome(
            id=request.id,
            protocol_major=PROTOCOL_MAJOR,
            protocol_minor=PROTOCOL_MINOR,
            application=VERSION,
            instance=self._instance,
            pid=os.getpid(),
        )

    def _status(self, request: Status) -> StatusReply:
        return StatusReply(
            id=request.id,
            pid=os.getpid(),
            application=VERSION,
            protocol_major=PROTOCOL_MAJOR,
            protocol_minor=PROTOCOL_MINOR,
            instance=self._instance,
            uptime=time.monotonic() - self._started,
            memory=resident_bytes(),
            addresses=self._addresses(),
            queued=self._board.queued,
            running=self._board.running,
            engine_pid=self._link.pid,
        )

    def _addresses(self) -> tuple[str, ...]:
        remote = self._access.address
        return (self._address,) if remote is None else (self._address, f"tcp://{remote}")

    def _submit(self, request: str, options: SearchOptions) -> JobInfo:
        made = self._journal.made_by(request)
        if made is not None:
            return self._board.get(made.id) or made
        self._refuse_when_stopping()
        check_options(options)
        for path in (*options.paths, *options.reference):
            if not path.startswith(b"/") or b"\0" in path:
                raise InvalidOption("Paths must be absolute.", path=path)
        if self._board.queued >= QUEUE_MAX:
            raise UsageError(f"{QUEUE_MAX} searches wait already; try again later.")
        job = JobInfo(id=uuid.uuid4().hex, state="queued", options=options, created=time.time())
        self._journal.add(job, request)
        self._take(board.Submitted(job))
        return self._board.get(job.id) or job

    def _refuse_when_stopping(self) -> None:
        if self._shutdown.is_set():
            raise DaemonStopping("The daemon is stopping and takes no new work.")

    def _find(self, reference: str) -> JobInfo:
        found = self._journal.find(reference)
        if not found:
            if reference == "last":
                raise UnknownJob("There is no job yet.", hint="Start one with: difctl search DIR")
            raise UnknownJob(f"There is no job {reference!r}.", hint="List them with: difctl jobs")
        if len(found) > 1:
            raise UnknownJob(f"Several jobs begin with {reference!r}; give more of the id.")
        return self._board.get(found[0].id) or found[0]

    def _list(self, request: Jobs) -> list[JobInfo]:
        if request.job is not None:
            return [self._find(request.job)]
        return [self._board.get(job.id) or job for job in self._journal.newest(request.limit)]

    def _take(self, stimulus: board.Stimulus) -> None:
        for instruction in self._board.handle(stimulus):
            match instruction:
                case board.Save(job):
                    self._save(job)
                case board.StartWork(job_id, options):
                    self._spawn(self._link.run(job_id, options))
                case board.StopWork(job_id):
                    self._link.stop(job_id)
                case board.Announce(job):
                    self._publisher.changed(job)
                case board.AnnounceProgress(job):
                    self._publisher.progressed(job)
                case _:
                    assert_never(instruction)

    def _save(self, job: JobInfo) -> None:
        try:
            self._journal.save(job)
        except sqlite3.Error:
            # The search goes on in memory; after a crash the journal merely knows less.
            _log.exception("job %s could not be written to the journal", job.id)

    def _request_thumbnail(self, request: MakeThumbnail) -> None:
        self._spawn(self._link.make_thumbnail(request))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_report(self, report: Report) -> None:
        match report:
            case SearchStarted(job):
                self._take(board.Started(job, time.time()))
            case SearchProgressed(job, progress):
                self._take(board.Progressed(job, progress))
            case SearchRows():
                self._store_rows(report)
            case SearchFinished(job, summary):
                self._take(board.Finished(job, summary, time.time()))
            case SearchFailed(job, error):
                self._take(board.Failed(job, error, time.time()))
            case ThumbnailMade():
                self._thumbnails.made(report)
            case _:
                assert_never(report)

    def _store_rows(self, page: SearchRows) -> None:
        if self._board.get(page.job) is None:
            return
        try:
            self._journal.add_rows(page.job, page.first_row, page.rows)
        except sqlite3.Error as error:
            _log.exception("results of job %s could not be written", page.job)
            failure = JobFailed(
                f"The results could not be written: {error}.",
                hint="Make room on the disk that holds difd's state, then: difctl resume JOB",
            )
            self._link.stop(page.job)
            self._take(board.Failed(page.job, failure.info(), time.time()))

    def _on_loss(self, job: str, what: str) -> None:
        error = JobFailed(what, hint="Take it up again with: difctl resume JOB")
        self._take(board.Failed(job, error.info(), time.time()))
