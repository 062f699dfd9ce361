"""The engine host: the one process that imports the engine, started by the daemon when needed.

It takes one search at a time from its pipe, runs it in the pool that it asks for, and sends back
progress and rows. When the pipe closes, however the daemon went, it commits what is decoded and
leaves, and the workers leave with it. What searches is imported with the first search, while the
workers start; somebody who looks at thumbnails does not wait for it.
"""

from __future__ import annotations

import importlib
import logging
import os
import queue
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from difd.engine.processors import usable_processors
from difd.engine.work import Cancelled, WorkPool
from difd.pools.choice import cluster_pool
from difd.pools.local import LocalPool
from difd.pools.worker_process import ONE_THREAD
from difd.protocol.error_info import ErrorInfo
from difd.protocol.errors import DifdError, JobCancelled, JobFailed
from difd.service.hosts.channel import HostEnd, inherited
from difd.service.hosts.engine_messages import (
    ClusterJoined,
    Command,
    CutWindow,
    DescribePicture,
    ForgetPicture,
    LocateDifferences,
    LookFinished,
    MakeThumbnail,
    RunLook,
    RunSearch,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    StopSearch,
    decode_command,
)
from difd.service.hosts.pulse import Pulse
from difd.system import processes

if TYPE_CHECKING:
    from difd.pools.dask.pool import DaskPool
    from difd.service.hosts.picture_maker import PictureMaker
    from difd.service.hosts.searcher import Searcher

_DECODER: Final = "difd.engine.read.decode"
"""What workers import first."""

NICENESS: Final = 5
"""Comparing gives way to whatever the user is doing, and to the daemon, who has to answer."""

DRAIN_SECONDS: Final = 1.5
"""How long pictures that are being decoded may take when the daemon goes; no other is begun."""

LEAVE_SECONDS: Final = 2.5
"""After this long it is gone, whatever it was at; `process.LEAVE_SECONDS` is a second more."""

_log = logging.getLogger(__name__)


class EngineHost:
    """Runs the searches that arrive on `pipe`, one after the other.

    Args:
        pipe: the stream socket to the daemon.
    """

    def __init__(self, pipe: socket.socket) -> None:
        self._channel = HostEnd(pipe, decode_command)
        self._searches: queue.SimpleQueue[RunSearch | RunLook | None] = queue.SimpleQueue()
        self._stopped: set[str] = set()
        self._ended_early: set[str] = set()
        self._current = ""
        self._pictures: PictureMaker | None = None
        self._pulse = Pulse(self._channel.send)
        self._left: float | None = None  # when the daemon was found gone
        self._pool: LocalPool | None = None
        self._cluster: DaskPool | None = None
        self._searcher: Searcher | None = None

    def serve(self) -> None:
        """Work until the daemon is gone; never returns."""
        self._channel.listen(self._take, self._leave)
        self._pulse.start()
        while (search := self._searches.get()) is not None and self._left is None:
            with self._pulse.during(search.job):
                self._run(search)
        # Workers watch their parent and follow; a clean-up here could hang on a stuck decoder.
        os._exit(self._channel.exit_code)

    def prepare(self, workers: int) -> None:
        """A search will come: have workers, as copies of this process, and what searches, ready.

        Args:
            workers: as many as it asks for; 0 for as many as is usual.
        """
        os.environ.update(ONE_THREAD)
        importlib.import_module(_DECODER)
        self._local_pool(workers)
        self._searching()

    def _leave(self) -> None:
        """The daemon is gone: what runs ends soon, and we with it."""
        self._left = time.monotonic()
        self._searches.put(None)
        time.sleep(LEAVE_SECONDS)
        os._exit(self._channel.exit_code)

    def _take(self, command: Command) -> None:
        match command:
            case RunSearch() | RunLook():
                self._stopped.discard(command.job)
                self._ended_early.discard(command.job)
                self._searches.put(command)
            case StopSearch(job, keep):
                (self._ended_early if keep else self._stopped).add(job)
            case MakeThumbnail() | CutWindow() | DescribePicture() | LocateDifferences():
                self._looking().ask(command)
            case ForgetPicture(number):
                self._looking().forget(number)

    def _looking(self) -> PictureMaker:
        if self._pictures is None:
            from difd.service.hosts.picture_maker import PictureMaker  # noqa: PLC0415  not every search

            self._pictures = PictureMaker(self._channel.send)
        return self._pictures

    def _run(self, search: RunSearch | RunLook) -> None:
        self._current = search.job
        try:
            finished = self._finished(search)
        except Cancelled:
            error = JobCancelled("The search was cancelled.").info()
            self._channel.send(SearchFailed(search.job, error))
        except DifdError as error:
            self._channel.send(SearchFailed(search.job, error.info()))
        except Exception as error:  # noqa: BLE001  the boundary: a fault of ours ends the job only
            # The user gets one sentence; whoever mends it gets the traceback from the log.
            _log.exception("search %s failed", search.job)
            self._channel.send(SearchFailed(search.job, _unexpected(error)))
        else:
            self._channel.send(finished)

    def _finished(self, search: RunSearch | RunLook) -> SearchFinished | LookFinished:
        if isinstance(search, RunLook):
            pool = self._local_pool(search.options.processes)
            return self._searching().look(search, pool)
        self._channel.send(SearchStarted(search.job))
        with self._pool_of(search) as used:
            return self._searching().search(search, used)

    def _searching(self) -> Searcher:
        """What searches; imported after the workers were started, while they import theirs."""
        if self._searcher is None:
            from difd.service.hosts.searcher import Searcher  # noqa: PLC0415

            self._searcher = Searcher(self._channel.send, self._is_cancelled, self._is_ended_early)
        return self._searcher

    @contextmanager
    def _pool_of(self, search: RunSearch) -> Iterator[WorkPool]:
        """The local pool, which is kept; or that of a cluster, which is left after the search."""
        if search.options.pool == "local":
            yield self._local_pool(search.options.processes)
            return
        with cluster_pool(search.options, self._is_cancelled, self._is_leaving) as pool:
            self._channel.send(ClusterJoined(search.job, pool.dashboard))
            self._cluster = pool
            try:
                yield pool
            finally:
                self._cluster = None

    def _is_cancelled(self) -> bool:
        self._pulse.progressed()  # asked all the time, unless something hangs
        if self._left is None:
            return self._current in self._stopped
        drains = any(pool is not None and pool.is_busy for pool in (self._pool, self._cluster))
        return not drains or time.monotonic() - self._left > DRAIN_SECONDS

    def _is_ended_early(self) -> bool:
        return self._current in self._ended_early

    def _is_leaving(self) -> bool:
        return self._left is not None

    def _local_pool(self, processes: int | None) -> LocalPool:
        """The pool, kept warm between searches that ask for the same number of processes."""
        wanted = processes or usable_processors()
        if self._pool is not None and self._pool.processes != wanted:
            self._pool.close()
            self._pool = None
        if self._pool is None:
            self._pool = LocalPool(wanted, cancelled=self._is_cancelled, draining=self._is_leaving)
        self._pool.start(ahead=_DECODER, copied=_DECODER in sys.modules)
        return self._pool


def _unexpected(error: Exception) -> ErrorInfo:
    return JobFailed(
        f"The search failed for a reason difd does not know: {type(error).__name__}: {error}.",
        hint="The log has the details: difctl daemon logs",
    ).info()


def main() -> None:
    """Entry of the process: `python -m difd.service.engine_host --fd N [--ahead [WORKERS]]`."""
    passed = inherited("difd's engine host; started by the daemon.")
    processes.give_way(NICENESS)
    host = EngineHost(passed.pipe)
    if passed.ahead is not None:
        host.prepare(passed.ahead)
    host.serve()


if __name__ == "__main__":
    main()
