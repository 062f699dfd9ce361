"""The engine host: the one process that imports the engine, started by the daemon when needed.

It takes one search at a time from its pipe, runs it in the pool that it asks for, and sends back
progress and rows. When the pipe closes, however the daemon went, it commits what is decoded and
leaves, and the workers leave with it. What compares pictures is imported with the first search:
somebody who looks at thumbnails does not wait for it.
"""

from __future__ import annotations

import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import msgspec

from difd.engine.processors import usable_processors
from difd.engine.record import formers
from difd.engine.work import Cancelled, WorkPool
from difd.pools.choice import cluster_pool
from difd.pools.local import LocalPool
from difd.protocol.endpoint import user_endpoint
from difd.protocol.errors import DifdError, ErrorInfo, JobCancelled, JobFailed
from difd.protocol.options import SearchOptions
from difd.protocol.results import Progress, Row
from difd.service.host_entry import inherited_pipe, received
from difd.service.host_messages import (
    NOT_UNDERSTOOD,
    ClusterJoined,
    Command,
    DescribePicture,
    LookFinished,
    MakeThumbnail,
    Report,
    RunLook,
    RunSearch,
    SearchFailed,
    SearchFinished,
    SearchProgressed,
    SearchRows,
    SearchStarted,
    StopSearch,
    decode_command,
    frame,
)
from difd.service.picture_maker import PictureMaker
from difd.service.pulse import Pulse
from difd.store.ignore_list import read_ignored
from difd.store.settings_file import cache_limit
from difd.store.tensor_cache import TensorCache

if TYPE_CHECKING:
    from difd.engine.report import Outcome
    from difd.pools.dask.pool import DaskPool
    from difd.service.looker import Looker

PROGRESS_SECONDS: Final = 0.2
"""Progress is sent no more often than this."""

PAGE_ROWS: Final = 500
"""Rows in one page of a result."""

NICENESS: Final = 5
"""Comparing gives way to whatever the user is doing, and to the daemon, who has to answer."""

DRAIN_SECONDS: Final = 1.5
"""How long pictures that are being decoded may take when the daemon goes; no other is begun."""

LEAVE_SECONDS: Final = 2.5
"""After this long it is gone, whatever it was at; `host_process.LEAVE_SECONDS` is a second more."""

_log = logging.getLogger(__name__)


class EngineHost:
    """Runs the searches that arrive on `pipe`, one after the other.

    Args:
        pipe: the stream socket to the daemon.
    """

    def __init__(self, pipe: socket.socket) -> None:
        self._pipe = pipe
        self._searches: queue.SimpleQueue[RunSearch | RunLook | None] = queue.SimpleQueue()
        self._stopped: set[str] = set()
        self._ended_early: set[str] = set()
        self._current = ""
        self._pictures = PictureMaker(self._send)
        self._pulse = Pulse(self._send)
        self._sending = threading.Lock()
        self._left: float | None = None  # when the daemon was found gone
        self._exit_code = 0
        self._pool: LocalPool | None = None
        self._cluster: DaskPool | None = None
        self._cache = TensorCache()
        self._looker: Looker | None = None

    def serve(self) -> None:
        """Work until the daemon is gone; never returns."""
        threading.Thread(target=self._listen, name="commands", daemon=True).start()
        self._pulse.start()
        while (search := self._searches.get()) is not None and self._left is None:
            with self._pulse.during(search.job):
                self._run(search)
        # Workers watch their parent and follow; a clean-up here could hang on a stuck decoder.
        os._exit(self._exit_code)

    def _listen(self) -> None:
        """Take commands in while a search runs, and see to it that we leave with the daemon."""
        try:
            for command in received(self._pipe, decode_command):
                self._take(command)
        except Exception:  # noqa: BLE001  the boundary of the thread
            # A host that hears no more must not stay: the daemon learns of it when we leave.
            _log.exception("the daemon is not understood")
            self._exit_code = NOT_UNDERSTOOD
        self._left = time.monotonic()
        self._searches.put(None)
        time.sleep(LEAVE_SECONDS)
        os._exit(self._exit_code)

    def _take(self, command: Command) -> None:
        match command:
            case RunSearch() | RunLook():
                self._stopped.discard(command.job)
                self._ended_early.discard(command.job)
                self._searches.put(command)
            case StopSearch(job, keep):
                (self._ended_early if keep else self._stopped).add(job)
            case MakeThumbnail() | DescribePicture():
                self._pictures.ask(command)

    def _run(self, search: RunSearch | RunLook) -> None:
        self._current = search.job
        if self._looker is None:
            self._looker = self._prepared()
        try:
            self._cache.limit = cache_limit()
            finished = self._search(search) if isinstance(search, RunSearch) else self._look(search)
        except Cancelled:
            error = JobCancelled("The search was cancelled.").info()
            self._send(SearchFailed(search.job, error))
        except DifdError as error:
            self._send(SearchFailed(search.job, error.info()))
        except Exception as error:  # noqa: BLE001  the boundary: a fault of ours ends the job only
            # The user gets one sentence; whoever mends it gets the traceback from the log.
            _log.exception("search %s failed", search.job)
            self._send(SearchFailed(search.job, _unexpected(error)))
        else:
            self._send(finished)

    def _search(self, search: RunSearch) -> SearchFinished:
        self._send(SearchStarted(search.job))
        options = search.options
        last_sent = 0.0

        def on_progress(progress: Progress) -> None:
            nonlocal last_sent
            now = time.monotonic()
            if now - last_sent >= PROGRESS_SECONDS:
                last_sent = now
                self._send(SearchProgressed(search.job, progress))

        with self._pool_of(search) as pool:
            outcome = self._outcome(options, pool, on_progress)
        self._send_result(search.job, outcome)
        return SearchFinished(search.job, outcome.summary)

    def _outcome(
        self, options: SearchOptions, pool: WorkPool, on_progress: Callable[[Progress], None]
    ) -> Outcome:
        from difd.engine import pipeline  # noqa: PLC0415  see the module's docstring

        library = pipeline.build(
            options, pool, on_progress, self._is_cancelled, self._cache, early=self._is_ended_early
        )
        return pipeline.search(
            library,
            options,
            pool,
            on_progress,
            self._is_cancelled,
            memory=self._cache,
            ignored=read_ignored(user_endpoint().ignore_list, lambda: formers(library.records)),
            early=self._is_ended_early,
        )

    @contextmanager
    def _pool_of(self, search: RunSearch) -> Iterator[WorkPool]:
        """The local pool, which is kept; or that of a cluster, which is left after the search."""
        if search.options.pool == "local":
            yield self._local_pool(search.options.processes)
            return
        with cluster_pool(search.options, self._is_cancelled, self._is_leaving) as pool:
            self._send(ClusterJoined(search.job, pool.dashboard))
            self._cluster = pool
            try:
                yield pool
            finally:
                self._cluster = None

    def _prepared(self) -> Looker:
        """Have what compares pictures ready."""
        from difd.service.looker import Looker  # noqa: PLC0415  see the module's docstring

        return Looker(self._cache)

    def _look(self, look: RunLook) -> LookFinished:
        pool = self._local_pool(look.options.processes)
        assert self._looker is not None  # noqa: S101  it is made before anything runs
        return self._looker.run(look, pool, self._is_cancelled, self._send, self._send_result)

    def _send_result(self, job: str, outcome: Outcome) -> None:
        page: list[Row] = []
        sent = 0
        for row in outcome.rows():
            page.append(row)
            if len(page) == PAGE_ROWS:
                self._send_rows(job, sent, page)
                sent += len(page)
                page = []
                if self._is_cancelled():
                    raise Cancelled
        self._send_rows(job, sent, page)

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
        return self._pool

    def _send_rows(self, job: str, first_row: int, page: list[Row]) -> None:
        self._send(SearchRows(job, first_row, msgspec.msgpack.encode(page)))

    def _send(self, report: Report) -> None:
        # A daemon that is gone hears nothing; `_listen` finds out, too, and what is decoded until
        # then is to be committed.
        with self._sending, suppress(ConnectionError):
            self._pipe.sendall(frame(report))


def _unexpected(error: Exception) -> ErrorInfo:
    return JobFailed(
        f"The search failed for a reason difd does not know: {type(error).__name__}: {error}.",
        hint="The log has the details: difctl daemon logs",
    ).info()


def main() -> None:
    """Entry of the process: `python -m difd.service.engine_host --fd N`."""
    pipe = inherited_pipe("difd's engine host; started by the daemon.")
    os.nice(max(0, NICENESS - os.nice(0)))
    EngineHost(pipe).serve()


if __name__ == "__main__":
    main()
