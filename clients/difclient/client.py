"""The client library: connect or start the daemon, submit searches, follow them, read results."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Final, Self, TypeVar

import msgspec

from difclient.calls.actions import ActionClient
from difclient.calls.cache import CacheClient
from difclient.calls.deciding import DecisionClient
from difclient.calls.ignoring import IgnoreClient
from difclient.calls.pictures import PictureClient
from difclient.calls.settings import SettingsClient
from difclient.calls.watching import WatchClient
from difclient.connection import PATIENCE_SECONDS, REPLY_SECONDS, Connection, new_id
from difclient.remote import chosen_daemon
from difclient.starting import ensure_daemon
from difclient.stopping import STOP_SECONDS
from difd.protocol.description import Description
from difd.protocol.endpoint import check_directories, daemon_pid, user_endpoint
from difd.protocol.envelope import REFERENCE_MAX
from difd.protocol.errors import (
    DaemonGone,
    DaemonNotRunning,
    DaemonUnreachable,
    MalformedMessage,
    UsageError,
)
from difd.protocol.events import AnyEvent, JobChanged, JobProgress
from difd.protocol.jobs import FINAL_STATES, JobInfo
from difd.protocol.options import AskedSearch, SearchOptions
from difd.protocol.replies import (
    AccessReply,
    AnyReply,
    DescriptionReply,
    JobReply,
    JobsReply,
    LeaseReply,
    ResultsReply,
    StatusReply,
    Stopping,
    ThumbnailReply,
    Welcome,
)
from difd.protocol.requests import (
    AnyRequest,
    ApplyAccess,
    Cancel,
    Describe,
    FollowJobs,
    Hello,
    Jobs,
    Pause,
    PauseJob,
    Results,
    Resume,
    Shutdown,
    Status,
    Submit,
    Subscribe,
    TakeLease,
    Thumbnail,
)
from difd.protocol.results import Row
from difd.protocol.version import PROTOCOL_MAJOR, PROTOCOL_MINOR, VERSION
from difd.protocol.watching import FindsReply, FollowWatches
from difd.system.endpoint import is_listening
from difd.system.processes import how_to_end
from difd.system.stop import wait_for_end

RESTARTS: Final = 1
"""How often a client starts a daemon again that died on it."""


_Reply = TypeVar("_Reply", bound=AnyReply)


class Client:
    """A typed face of the daemon; use it as a context manager.

    Args:
        start: start the daemon when none runs, and once more when it dies on us.
        here: this machine's daemon, even if the user chose one on another machine.
        given_up: set when no answer is waited for any more, perhaps by another thread.
        to_search: a search will follow, so a daemon that is started begins with its engine.

    Raises:
        OwnFilesUnsafe: what difd keeps on this machine is not the user's alone.
        DaemonNotRunning: none runs and `start` is off.
        DaemonStartFailed: it could not be started.
        ProtocolMismatch: it speaks another major version.
    """

    def __init__(
        self,
        *,
        start: bool = True,
        here: bool = False,
        given_up: threading.Event | None = None,
        to_search: bool = False,
    ) -> None:
        self._endpoint = user_endpoint()
        self._remote = None if here else chosen_daemon()
        if self._remote is None:
            check_directories()
        self._start = start and self._remote is None
        self._given_up, self._to_search = given_up, to_search
        self._restarts_left = RESTARTS if self._start else 0
        self._connection = self._connect()
        self.actions = ActionClient(self._ask, self._next_event)
        self.ignoring = IgnoreClient(self._ask)
        self.deciding = DecisionClient(self._ask)
        self.pictures = PictureClient(self._ask)
        self.settings = SettingsClient(self._ask)
        self.cache = CacheClient(self._ask)
        self.watching = WatchClient(self._ask, self._next_event, self._is_same)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; jobs go on in the daemon."""
        self._connection.close()

    def submit(self, options: SearchOptions) -> JobInfo:
        """Begin a search and return its job at once."""
        return self._ask(Submit(id=new_id(), options=AskedSearch.of(options)), JobReply).job

    def job(self, reference: str) -> JobInfo:
        """The job with this id, the beginning of one, or `last`.

        Raises:
            UnknownJob: there is none, or several begin so.
        """
        return self._ask(Jobs(id=new_id(), job=reference), JobsReply).jobs[0]

    def jobs(self, limit: int = 50) -> tuple[JobInfo, ...]:
        """The newest jobs first."""
        return self._ask(Jobs(id=new_id(), limit=limit), JobsReply).jobs

    def cancel(self, reference: str) -> JobInfo:
        """Ask for a job's end; it may still be running when this returns.

        One that runs compares what it has read first; asked again, it ends at once.
        """
        return self._ask(Cancel(id=new_id(), job=reference), JobReply).job

    def pause_job(self, reference: str) -> JobInfo:
        """Stop a job until it is resumed; it may still be running when this returns.

        Raises:
            UsageError: it has ended.
        """
        return self._ask(PauseJob(id=new_id(), job=reference), JobReply).job

    def resume(self, reference: str) -> JobInfo:
        """Queue a job again that was paused, interrupted, cancelled or failed."""
        return self._ask(Resume(id=new_id(), job=reference), JobReply).job

    def take_lease(self, reference: str) -> bool:
        """Whether it is us who tell the user what became of a job; one client is told yes.

        Raises:
            UsageError: the job has not ended.
        """
        return self._ask(TakeLease(id=new_id(), job=reference), LeaseReply).granted

    def forget_events(self) -> None:
        """Drop what was told meanwhile: for those who ask how things are rather than follow."""
        self._connection.forget_events()

    def status(self) -> StatusReply:
        """How the daemon is."""
        return self._ask(Status(id=new_id()), StatusReply)

    def pause(self, *, paused: bool) -> StatusReply:
        """Let no search run for now, or let them run again; one that runs waits in the queue."""
        return self._ask(Pause(id=new_id(), paused=paused), StatusReply)

    def events(self) -> Iterator[AnyEvent]:
        """What happens to jobs, settings and watched folders from now on; waits for it.

        Raises:
            DaemonGone: the daemon is gone; what happened since is not known.
        """
        self._ask(FollowJobs(id=new_id()), JobsReply)
        self._ask(FollowWatches(id=new_id()), FindsReply)
        return iter(self._connection.await_event, None)

    def results(self, reference: str, first: int = 0) -> Iterator[Row]:
        """The rows of a finished job from row `first` on, fetched page by page."""
        cursor: int | None = first
        while cursor is not None:
            page = self._ask(Results(id=new_id(), job=reference, cursor=cursor), ResultsReply)
            yield from page.rows
            cursor = page.next_cursor

    def thumbnail(self, reference: str, row: int, size: int = 160) -> bytes | None:
        """The file of a member of a job's result, small, as a JPEG or PNG; None if it has none.

        Args:
            reference: the job.
            row: the member's place among the rows of the result, from 0.
            size: the longer edge, in pixels.
        """
        request = Thumbnail(id=new_id(), job=reference, row=row, size=size)
        return self._ask(request, ThumbnailReply).image

    def describe(self, reference: str, row: int) -> Description | str:
        """What the file of a member of a job's result says about itself; or why that is not known.

        Args:
            reference: the job.
            row: the member's place among the rows of the result, from 0.
        """
        request = Describe(id=new_id(), job=reference, row=row)
        reply = self._ask(request, DescriptionReply)
        return reply.description or reply.reason or "nobody knows why"

    def apply_access(self) -> str | None:
        """Have the daemon read again who may connect; where it listens for other machines."""
        return self._ask(ApplyAccess(id=new_id()), AccessReply).address

    def follow(self, job: str) -> Iterator[JobInfo]:
        """Yield the job now and whenever something about it changes, until it rests.

        A daemon that dies meanwhile is started once more and the job resumed; a daemon that was
        told to stop is not: then the last state is `interrupted`.
        """
        before = self._connection
        info = self._subscribe(job)
        if info.state == "interrupted" and self._connection is not before:
            # It died between the submission and this.
            self.resume(job)
            info = self._subscribe(job)
        yield info
        while info.state not in FINAL_STATES:
            event = self._connection.next_event(PATIENCE_SECONDS)
            if event is None:
                info = self._look_after(job)
            elif isinstance(event, JobChanged):
                if event.job.id != job:
                    continue
                info = event.job
            elif isinstance(event, JobProgress) and event.job == job:
                info = msgspec.structs.replace(info, progress=event.progress)
            yield info

    def shutdown(self, *, if_idle: bool = False) -> bool:
        """Stop the daemon and wait until it is gone; False if it was busy and `if_idle` is on.

        Raises:
            DaemonUnreachable: it said it would stop, and is still there.
        """
        reply = self._ask(Shutdown(id=new_id(), if_idle=if_idle), Stopping)
        if not reply.stopping:
            return False
        # It would connect again by itself, and a supervisor start the next daemon for it.
        self._connection.close()
        if self._remote is None:
            self._wait_for_end(reply.pid)
        return True

    def _subscribe(self, job: str) -> JobInfo:
        return self._ask(Subscribe(id=new_id(), job=job), JobReply).job

    def _look_after(self, job: str) -> JobInfo:
        """How the job is, asked after a silence; the asking starts a daemon if ours has died.

        A new daemon knows the job as interrupted, and is told to take it up again. A connection to
        another machine may have been replaced unseen, and then has to subscribe again.
        """
        before = self._connection
        info = self.job(job)
        if info.state == "interrupted":
            self.resume(job)
        elif self._connection is before and self._remote is None:
            return info
        return self._subscribe(job)

    def _next_event(self, seconds: float) -> AnyEvent | None:
        # The connection may have been replaced since the last one.
        return self._connection.next_event(seconds)

    def _is_same(self) -> bool:
        """Whether the daemon is certainly the one we are connected to; nobody is asked."""
        return self._remote is None and daemon_pid(self._endpoint) == self._pid

    def _ask(
        self, request: AnyRequest, kind: type[_Reply], seconds: float = REPLY_SECONDS
    ) -> _Reply:
        _check_reference(request)
        while True:
            try:
                reply = self._connection.request(request, seconds)
            except DaemonGone:
                if self._restarts_left == 0:
                    raise
                self._restarts_left -= 1
                self._connection.close()
                self._connection = self._connect()
            else:
                return _expect(reply, kind)

    def _ends_idle(self, connection: Connection) -> bool:
        """Tell a daemon that has no work to end; a busy one goes on, and serves us as it can.

        Returns:
            Whether it is on its way out; then the connection is closed.
        """
        reply = _expect(connection.request(Shutdown(id=new_id(), if_idle=True)), Stopping)
        if reply.stopping:
            connection.close()
        return reply.stopping

    @staticmethod
    def _wait_for_end(pid: int) -> None:
        """Wait until a daemon that was told to stop is gone.

        Raises:
            DaemonUnreachable: it is still there.
        """
        if not wait_for_end(pid, STOP_SECONDS):
            raise DaemonUnreachable(
                f"The daemon, process {pid}, is still there {STOP_SECONDS:.0f} seconds after it "
                "was told to stop.",
                hint=f"Nothing that it finished is lost if you end it: {how_to_end(pid)}",
            )

    def _connect(self, *, renew: bool = True) -> Connection:
        if self._start:
            ensure_daemon(self._endpoint, to_search=self._to_search)
        elif self._remote is None and (
            daemon_pid(self._endpoint) is None or not is_listening(self._endpoint.socket)
        ):
            raise DaemonNotRunning(
                "No daemon is running.", hint="Start it with: difctl daemon start"
            )
        connection = Connection(self._remote or self._endpoint, self._given_up)
        try:
            hello = Hello(
                id=new_id(),
                protocol_major=PROTOCOL_MAJOR,
                protocol_minor=PROTOCOL_MINOR,
                application=VERSION,
            )
            welcome = _expect(connection.request(hello), Welcome)
            self._pid = welcome.pid
            if self._start and renew and _is_older(welcome) and self._ends_idle(connection):
                self._wait_for_end(welcome.pid)
                # Once: whoever starts it may have an older installation than ours.
                return self._connect(renew=False)
        except DaemonGone:
            # It died between the look and the greeting.
            connection.close()
            if self._restarts_left == 0:
                raise
            self._restarts_left -= 1
            return self._connect(renew=renew)
        except BaseException:
            connection.close()
            raise
        return connection


def _is_older(welcome: Welcome) -> bool:
    theirs = (welcome.protocol_minor, _numbers(welcome.application))
    return theirs < (PROTOCOL_MINOR, _numbers(VERSION))


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall("[0-9]+", version)]


def _check_reference(request: AnyRequest) -> None:
    """Refuse a name that no job and no action can have; the daemon would take it for damage.

    Raises:
        UsageError: it is empty, or longer than an id.
    """
    for what, command in (("job", "jobs"), ("action", "history")):
        reference = getattr(request, what, None)
        if isinstance(reference, str) and not 0 < len(reference) <= REFERENCE_MAX:
            raise UsageError(
                f"There is no {what} {reference[:REFERENCE_MAX]!r}.",
                hint=f"List them with: difctl {command}",
            )


def _expect(reply: AnyReply, kind: type[_Reply]) -> _Reply:
    if not isinstance(reply, kind):
        raise MalformedMessage(f"The daemon answered with {type(reply).__name__}.")
    return reply
