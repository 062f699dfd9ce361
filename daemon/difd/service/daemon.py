"""The daemon's front desk: every request goes to the desk whose work it is.

It knows requests and replies but no socket; `server` gives it the one and takes the other.
"""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Coroutine
from typing import NamedTuple

from difd.protocol.codec import RESTART
from difd.protocol.endpoint import user_endpoint
from difd.protocol.envelope import Reply
from difd.protocol.errors import ProtocolMismatch
from difd.protocol.replies import Pong, StatusReply, Stopping, Welcome
from difd.protocol.requests import AnyRequest, Hello, Pause, Ping, Shutdown, Status
from difd.protocol.version import PROTOCOL_MAJOR, PROTOCOL_MINOR, VERSION
from difd.service.cluster_access import refuse_strange_scheduler
from difd.service.configuration import Configuration
from difd.service.desks.action_desk import ActionDesk
from difd.service.desks.cache_caretaker import CacheCaretaker
from difd.service.desks.decision_desk import DecisionDesk
from difd.service.desks.ignore_desk import IgnoreDesk
from difd.service.desks.job_desk import JobDesk
from difd.service.desks.lease_desk import LeaseDesk
from difd.service.desks.look_desk import LookDesk
from difd.service.desks.watch_desk import WatchDesk
from difd.service.server.answered import Answered
from difd.service.server.publisher import Publisher
from difd.service.server.remote_access import RemoteAccess
from difd.service.server.verbs import Verb, verb
from difd.store.action_journal import ActionJournal
from difd.store.decision_list import DecisionList
from difd.store.ignore_list import IgnoreList
from difd.store.job_journal import JobJournal
from difd.store.watch_list import WatchList
from difd.system import memory


class Stores(NamedTuple):
    """What the daemon keeps on disk.

    Attributes:
        journal: jobs and results.
        action_journal: what was done to files.
        ignore_list: what is no duplicate.
        watch_list: watched folders.
        decisions: what was decided about groups of searches.
    """

    journal: JobJournal
    action_journal: ActionJournal
    ignore_list: IgnoreList
    watch_list: WatchList
    decisions: DecisionList


class Daemon:
    """Everything the daemon decides: which desk a request goes to, and when to leave.

    Args:
        stores: what it keeps.
        publisher: who is told of changes.
        address: the unix socket, for `status`.
        access: other machines' way in.
        on_shutdown: set when a client asks the daemon to stop.
        configuration: what the user configured.

    Attributes:
        verbs: what is answered, by all desks together.
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
        find = self._jobs.find
        self._actions = ActionDesk(stores.action_journal, find, publisher.send, self._spawn)
        ignoring = IgnoreDesk(stores.ignore_list, stores.journal.path, find, publisher.send)
        looks = LookDesk(stores.watch_list, stores.journal, self._jobs.engine, self._spawn)
        self._watching = WatchDesk(
            stores.watch_list, looks, publisher.send, user_endpoint().watching
        )
        self.verbs = (
            *self._verbs(),
            *self._jobs.verbs(),
            *self._actions.verbs(),
            *self._watching.verbs(),
            *ignoring.verbs(),
            *DecisionDesk(stores.decisions, find).verbs(),
            *LeaseDesk(find).verbs(),
            *CacheCaretaker(publisher.send).verbs(),
            *configuration.verbs(),
            *access.verbs(),
        )
        self._verb_of = {one.request: one for one in self.verbs}
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
        asked = self._verb_of[type(request)]
        if asked.begins:
            self._jobs.refuse_when_stopping()
        reply = asked.answer(connection, request)
        if asked.changes and reply is not None:
            self._answered.keep(reply)
        return reply

    def _verbs(self) -> tuple[Verb, ...]:
        """What is about the daemon as a whole, and answered here."""
        return (
            verb(Hello, self._welcome),
            verb(Ping, self._pong),
            verb(Status, self._status),
            verb(Pause, self._pause),
            verb(Shutdown, self._stop, changes=True),
        )

    def _pong(self, _connection: bytes, request: Ping) -> Pong:
        return Pong(id=request.id, instance=self._instance)

    def _pause(self, connection: bytes, request: Pause) -> StatusReply:
        self._jobs.pause(paused=request.paused)
        self._watching.pause(paused=request.paused)
        return self._status(connection, request)

    def _stop(self, _connection: bytes, request: Shutdown) -> Stopping:
        stopping = not (request.if_idle and self.is_busy)
        if stopping:
            self._shutdown.set()
        return Stopping(id=request.id, stopping=stopping, pid=os.getpid())

    def _welcome(self, _connection: bytes, request: Hello) -> Welcome:
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

    def _status(self, _connection: bytes, request: Status | Pause) -> StatusReply:
        return StatusReply(
            id=request.id,
            pid=os.getpid(),
            application=VERSION,
            protocol_major=PROTOCOL_MAJOR,
            protocol_minor=PROTOCOL_MINOR,
            instance=self._instance,
            uptime=time.monotonic() - self._started,
            memory=memory.resident(),
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
