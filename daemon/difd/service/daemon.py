"""The daemon's front desk: every request goes to the desk whose work it is.

It knows requests and replies but no socket; `server` gives it the one and takes the other.
"""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Coroutine
from typing import NamedTuple, assert_never

from difd.protocol.codec import RESTART
from difd.protocol.endpoint import user_endpoint
from difd.protocol.envelope import Reply
from difd.protocol.errors import ProtocolMismatch
from difd.protocol.ignoring import ForgetIgnored, IgnoreGroups, ListIgnored
from difd.protocol.replies import AccessReply, Pong, StatusReply, Stopping, Welcome
from difd.protocol.requests import (
    ActionRows,
    Actions,
    AnyRequest,
    ApplyAccess,
    Cancel,
    ChangeSetting,
    ClearCache,
    Describe,
    Execute,
    FollowJobs,
    Hello,
    InspectCache,
    Jobs,
    Pause,
    PauseJob,
    Ping,
    Plan,
    Results,
    Resume,
    ShowSettings,
    Shutdown,
    Status,
    StopAction,
    Submit,
    Subscribe,
    TakeLease,
    Thumbnail,
    Undo,
    VerifyCache,
)
from difd.protocol.version import PROTOCOL_MAJOR, PROTOCOL_MINOR, VERSION
from difd.protocol.watching import AddWatch, FollowWatches, ListWatches, RemoveWatches
from difd.service.cluster_access import refuse_strange_scheduler
from difd.service.configuration import Configuration
from difd.service.desks.action_desk import ActionDesk
from difd.service.desks.cache_caretaker import CacheCaretaker
from difd.service.desks.ignore_desk import IgnoreDesk
from difd.service.desks.job_desk import JobDesk
from difd.service.desks.lease_desk import LeaseDesk
from difd.service.desks.look_desk import LookDesk
from difd.service.desks.watch_desk import WatchDesk
from difd.service.server.answered import Answered
from difd.service.server.connections import resident_bytes
from difd.service.server.publisher import Publisher
from difd.service.server.remote_access import RemoteAccess
from difd.store.action_journal import ActionJournal
from difd.store.ignore_list import IgnoreList
from difd.store.journal import JobJournal
from difd.store.watch_list import WatchList

_Change = (
    Cancel
    | PauseJob
    | Resume
    | Shutdown
    | Plan
    | Execute
    | Undo
    | StopAction
    | ForgetIgnored
    | RemoveWatches
)
_Later = Thumbnail | Describe | IgnoreGroups | InspectCache | VerifyCache | ClearCache | AddWatch
_Question = (
    Hello
    | Ping
    | Status
    | Pause
    | Submit
    | Jobs
    | FollowJobs
    | Results
    | Subscribe
    | TakeLease
    | Actions
    | ActionRows
    | ListIgnored
    | ListWatches
    | FollowWatches
    | ShowSettings
    | ChangeSetting
    | ApplyAccess
)


class Stores(NamedTuple):
    """What the daemon keeps on disk.

    Attributes:
        journal: jobs and results.
        action_journal: what was done to files.
        ignore_list: what is no duplicate.
        watch_list: watched folders.
    """

    journal: JobJournal
    action_journal: ActionJournal
    ignore_list: IgnoreList
    watch_list: WatchList


class Daemon:
    """Everything the daemon decides: which desk a request goes to, and when to leave.

    Args:
        stores: what it keeps.
        publisher: who is told of changes.
        address: the unix socket, for `status`.
        access: other machines' way in.
        on_shutdown: set when a client asks the daemon to stop.
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
        self._publisher = publisher
        self._address = address
        self._access = access
        self._shutdown = on_shutdown
        self._configuration = configuration
        self._tasks: set[asyncio.Task[None]] = set()
        self._answered = Answered()
        self._jobs = JobDesk(stores.journal, publisher, on_shutdown, self._spawn)
        self._actions = ActionDesk(stores.action_journal, publisher.send, self._spawn)
        self._ignoring = IgnoreDesk(stores.ignore_list, stores.journal.path, publisher.send)
        looks = LookDesk(stores.watch_list, stores.journal, self._jobs.engine, self._spawn)
        self._watching = WatchDesk(
            stores.watch_list, looks, publisher.send, user_endpoint().watching
        )
        self._caretaker = CacheCaretaker(publisher.send)
        self._leases = LeaseDesk()
        self._instance = uuid.uuid4().hex
        self._started = time.monotonic()

    @property
    def is_busy(self) -> bool:
        """Whether a job, a look or an action is queued or running, or somebody waits for one."""
        jobs = self._jobs.queued + self._jobs.running + self._watching.is_looking
        return jobs > 0 or self._actions.is_busy or self._publisher.has_followers

    @property
    def may_leave(self) -> bool:
        """Whether nothing is lost when it leaves: other machines could not start it again.

        Nor would anybody look at watched folders.
        """
        wanted = self._access.address is not None or self._watching.is_watching
        return not self.is_busy and not wanted

    async def close(self) -> None:
        """Interrupt what runs, tell who follows it, and end the processes beside us."""
        self._watching.close()
        await asyncio.gather(self._jobs.close(), self._actions.close())

    def answer(self, connection: bytes, request: AnyRequest) -> Reply | None:
        """The reply to a request; None if it follows later, through the publisher.

        Raises:
            DifdError: it cannot be carried out; the error is the answer.
        """
        configured = self._configuration.settings.search.scheduler
        listens = self._access.address is not None
        refuse_strange_scheduler(request, listens=listens, configured=configured)
        answer = self._answered.get(request.id)
        if answer is not None:
            return answer
        if isinstance(request, _Change):
            reply = self._change(connection, request)
            self._answered.keep(reply)
            return reply
        if isinstance(request, _Later):
            self._begin(connection, request)
            return None
        return self._tell(connection, request)

    def _tell(self, connection: bytes, request: _Question) -> Reply:
        reply: Reply
        match request:
            case Hello() | Ping() | Status() | Pause():
                reply = self._attend(request)
            # Submit changes something, too; but its answer may be large, and the journal has it.
            case Submit() | Jobs() | Results() | Subscribe():
                reply = self._jobs.ask(connection, request)
            case FollowJobs():
                reply = self._jobs.follow_all(connection, request)
            case Actions() | ActionRows():
                reply = self._actions.ask(connection, request)
            case TakeLease(job=reference):
                # The desk itself remembers who asked.
                reply = self._leases.take(request, self._jobs.find(reference))
            case ListIgnored():
                reply = self._ignoring.page(request)
            case ListWatches() | FollowWatches():
                reply = self._watching.ask(connection, request)
            case ShowSettings() | ChangeSetting():
                # Not among the changes: to set a value once more does no harm.
                reply = self._configuration.answer(request)
            case ApplyAccess():
                self._access.apply()
                reply = AccessReply(id=request.id, address=self._access.address)
            case _:
                assert_never(request)
        return reply

    def _begin(self, connection: bytes, request: _Later) -> None:
        match request:
            case Thumbnail() | Describe():
                self._jobs.look_at(connection, request)
            case IgnoreGroups():
                self._ignoring.add(connection, request, self._jobs.find(request.job))
            case InspectCache() | VerifyCache() | ClearCache():
                self._caretaker.ask(connection, request)
            case AddWatch():
                self._jobs.refuse_when_stopping()
                self._watching.add(connection, request)
            case _:
                assert_never(request)

    def _change(self, connection: bytes, request: _Change) -> Reply:
        reply: Reply
        match request:
            case Cancel() | PauseJob() | Resume():
                reply = self._jobs.ask(connection, request)
            case Plan(job=reference):
                self._jobs.refuse_when_stopping()
                reply = self._actions.plan(connection, request, self._jobs.find(reference))
            case Execute() | Undo() | StopAction():
                reply = self._actions.ask(connection, request)
            case ForgetIgnored():
                reply = self._ignoring.forget(request)
            case RemoveWatches():
                reply = self._watching.ask(connection, request)
            case Shutdown(if_idle=if_idle):
                stopping = not (if_idle and self.is_busy)
                if stopping:
                    self._shutdown.set()
                reply = Stopping(id=request.id, stopping=stopping, pid=os.getpid())
            case _:
                assert_never(request)
        return reply

    def _attend(self, request: Hello | Ping | Status | Pause) -> Reply:
        """What is about the daemon as a whole."""
        match request:
            case Hello():
                return self._welcome(request)
            case Ping():
                return Pong(id=request.id, instance=self._instance)
            case Pause(paused=paused):
                self._jobs.pause(paused=paused)
                self._watching.pause(paused=paused)
                return self._status(request)
            case Status():
                return self._status(request)
            case _:
                assert_never(request)

    def _welcome(self, request: Hello) -> Welcome:
        if request.protocol_major != PROTOCOL_MAJOR:
            raise ProtocolMismatch(
                f"The daemon speaks protocol {PROTOCOL_MAJOR}.{PROTOCOL_MINOR} (difd {VERSION}), "
                f"the client {request.protocol_major}.{request.protocol_minor} "
                f"({request.application}).",
                hint=RESTART,
            )
        return Welcome(
            id=request.id,
            protocol_major=PROTOCOL_MAJOR,
            protocol_minor=PROTOCOL_MINOR,
            application=VERSION,
            instance=self._instance,
            pid=os.getpid(),
        )

    def _status(self, request: Status | Pause) -> StatusReply:
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
            queued=self._jobs.queued,
            running=self._jobs.running,
            engine_pid=self._jobs.engine_pid,
            paused=self._jobs.paused,
            dashboard=self._jobs.dashboard,
        )

    def _addresses(self) -> tuple[str, ...]:
        remote = self._access.address
        return (self._address,) if remote is None else (self._address, f"tcp://{remote}")

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
