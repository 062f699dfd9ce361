"""The pool of this machine: one process per processor, one pipe each, killable at any moment.

Every worker has its own pipe and its own short queue. What a worker takes with it when it crashes,
hangs or is killed is therefore known exactly, and ends up as one item. (In pools whose workers
share a pipe and locks, 15 of 24 kills at random moments hung the pool.)
"""

from __future__ import annotations

import pickle
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait
from typing import Any, Final, Self, TypeVar

from difd.engine.processors import usable_processors
from difd.engine.work import Cancelled, WorkerLoss
from difd.pools.tasks import Source, Task
from difd.pools.worker_process import WorkerProcess, can_copy
from difd.protocol.errors import JobFailed
from difd.system import memory as system_memory

Item = TypeVar("Item")
Result = TypeVar("Result")

MEMORY_LIMIT: Final = 6 << 30
"""Most address space of a worker, in bytes: what 250 megapixels of JPEG 2000 take, the greediest
decoder (18 bytes a pixel; WebP 15, AVIF and HEIF 8, JPEG and PNG 4)."""

_MEMORY_SHARE: Final = 0.75
"""Most of the machine's memory that a worker may take."""

ITEM_SECONDS: Final = 60.0
"""How long one item may take."""

_QUEUE: Final = 3
"""Items sent to one worker: the one it works on, and what keeps it busy while the host is."""

_SMALL: Final = 16 << 10
"""Larger messages go to idle workers only: both ends of a pipe could wait for each other."""

_TICK: Final = 0.2
"""Seconds between looks at deadlines and at cancellation."""

_ATTEMPTS: Final = 2
"""Tries for an item whose worker died: the first death may not have been its fault."""

_START_FAILURES: Final = 10
"""Workers in a row that may die before they are ready."""


class LocalPool:
    """Runs work in processes of this machine. A `WorkPool`.

    Workers start with the first item, or with `start`, and are kept for the next `map`; one `map`
    runs at a time. They end with this process, however it ends. POSIX only.

    Args:
        processes: how many workers; None means one per usable processor.
        item_seconds: how long an item may take before its worker is killed.
        memory_limit: address space of a worker in bytes, 0 for no limit; None for `MEMORY_LIMIT`
            or three quarters of the machine's memory, whichever is less.
        cancelled: asked several times a second while waiting; `map` raises `Cancelled` when true.
        draining: asked before an item is handed out; when true, `map` yields what is on its way,
            and then raises `Cancelled`.
        given_up: asked several times a second about each item that is worked on; when true, its
            worker is killed, and the item is lost.
    """

    def __init__(
        self,
        processes: int | None = None,
        *,
        item_seconds: float = ITEM_SECONDS,
        memory_limit: int | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        draining: Callable[[], bool] = lambda: False,
        given_up: Callable[[Any], bool] = lambda _: False,
    ) -> None:
        self._processes = processes or usable_processors()
        self._item_seconds = item_seconds
        self._memory = _default_memory() if memory_limit is None else memory_limit
        self._cancelled, self._draining, self._given_up = cancelled, draining, given_up
        self._workers: list[WorkerProcess] = []
        self._ahead = ""
        self._start_failures = 0
        self._busy = False
        self._closings = 0
        self._finalizer = weakref.finalize(self, _kill_all, self._workers)

    @property
    def processes(self) -> int:
        """How many items run at once."""
        return self._processes

    @property
    def is_busy(self) -> bool:
        """Whether a `map` is under way."""
        return self._busy

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def start(self, *, ahead: str = "", copied: bool = False) -> None:
        """Start all workers, so that they are ready when items come; those that run are left alone.

        Args:
            ahead: a module that new workers import while they wait for their first item.
            copied: these may be copies of this process, which has imported it.

        Raises:
            JobFailed: workers cannot be started.
        """
        self._ahead = ahead
        copied = copied and can_copy()
        while len(self._workers) < self._processes:
            self._add_worker(copied=copied)

    def close(self) -> None:
        """End all workers. The pool starts new ones if it is used again."""
        self._closings += 1
        _kill_all(self._workers)

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result | WorkerLoss]]:
        """Yield every item with its result, as they come.

        An item whose worker dies is tried once more in another one; if that dies, too, it is
        lost. One that takes too long is lost at once. No other item is.

        Raises:
            Cancelled: the pool's `cancelled` or `draining` said so.
            JobFailed: workers cannot be started.
            RuntimeError: another `map` of this pool is not finished, or it was closed meanwhile.
        """
        if self._busy:
            raise RuntimeError("a pool runs one map at a time")
        self._busy = True
        closings = self._closings
        source = Source(function, iter(items))
        waiting: deque[Task] = deque()
        try:
            while True:
                draining = self._draining()
                if draining:
                    waiting.clear()
                else:
                    self._fill(source, waiting)
                if not waiting and not any(worker.tasks for worker in self._workers):
                    if draining:
                        raise Cancelled
                    return
                yield from self._collect(waiting)
                if self._cancelled():
                    raise Cancelled
                if self._closings != closings:
                    raise RuntimeError("the pool was closed during a map")
        finally:
            self._drop([worker for worker in self._workers if worker.tasks])
            self._busy = False

    def _fill(self, source: Source, waiting: deque[Task]) -> None:
        """Hand out tasks: to idle workers, then new ones, then to the shortest queues."""
        while True:
            if not waiting:
                task = source.take()
                if task is None:
                    return
                waiting.append(task)
            worker = self._worker_for(waiting[0])
            if worker is None:
                return
            worker.give(waiting.popleft())

    def _worker_for(self, task: Task) -> WorkerProcess | None:
        """The worker for the next task; None if all have enough to do."""
        best = min(self._workers, key=lambda worker: len(worker.tasks), default=None)
        if best is not None and not best.tasks:
            return best
        if best is None or len(self._workers) < self._processes:
            return self._add_worker()
        deep = best.ready and len(task.message) <= _SMALL
        return best if deep and len(best.tasks) < _QUEUE else None

    def _add_worker(self, *, copied: bool = False) -> WorkerProcess:
        try:
            worker = WorkerProcess(self._memory, self._ahead, copied=copied)
        except OSError as error:
            raise JobFailed(
                f"The processes that read pictures cannot be started: {error.strerror}.",
                hint="Are there too many processes or open files, or too little memory?",
            ) from error
        self._workers.append(worker)
        return worker

    def _collect(self, waiting: deque[Task]) -> Iterator[tuple[Any, Any]]:
        """Results that are there, after waiting for at most a tick."""
        by_connection: dict[Any, WorkerProcess] = {w.connection: w for w in self._workers}
        ready = wait(list(by_connection), timeout=_TICK)
        closings = self._closings
        for connection in ready:
            yield from self._receive(by_connection.pop(connection), waiting)
            if self._closings != closings:
                return  # by whoever took the results
        yield from self._expire(by_connection.values(), waiting)

    def _receive(self, worker: WorkerProcess, waiting: deque[Task]) -> Iterator[tuple[Any, Any]]:
        try:
            message = worker.connection.recv_bytes()
        except (EOFError, OSError):
            yield from self._bury(worker, waiting)
            return
        worker.since = time.monotonic()
        if not worker.ready:
            worker.ready = True
            self._start_failures = 0
            return
        results = pickle.loads(message)  # noqa: S301 - from our own worker
        yield from zip(worker.tasks.popleft().items, results, strict=True)

    def _bury(
        self, worker: WorkerProcess, waiting: deque[Task]
    ) -> Iterator[tuple[Any, WorkerLoss]]:
        """A worker died: its queue waits again, and its item is tried again or lost."""
        self._drop([worker])
        tasks = worker.tasks
        if not worker.ready:
            self._start_failures += 1
            if self._start_failures >= _START_FAILURES:
                raise JobFailed(
                    "The processes that read pictures cannot be started.",
                    hint="Is there enough memory? What they said is above.",
                )
        elif tasks:
            victim = tasks.popleft()
            victim.tries += 1
            if victim.is_single and victim.tries >= _ATTEMPTS:
                yield victim.items[0], WorkerLoss("the decoder crashed")
            else:
                tasks.extendleft(reversed(victim.parted()))
        waiting.extendleft(reversed(tasks))

    def _expire(
        self, silent: Iterable[WorkerProcess], waiting: deque[Task]
    ) -> Iterator[tuple[Any, WorkerLoss]]:
        """End workers that are silent for too long or work for nobody; the rest waits again."""
        now = time.monotonic()
        for worker in silent:
            if not worker.tasks or not worker.ready:
                unwanted = False
            else:
                unwanted = all(map(self._given_up, worker.tasks[0].items))
            if unwanted or (worker.tasks and now - worker.since > self._item_seconds):
                self._drop([worker])
                late = worker.tasks.popleft()
                waiting.extendleft(reversed(worker.tasks))
                if unwanted:
                    yield from ((item, WorkerLoss("was given up")) for item in late.items)
                elif late.is_single:
                    reason = f"took longer than {self._item_seconds:g} seconds"
                    yield late.items[0], WorkerLoss(reason)
                else:
                    waiting.extendleft(reversed(late.parted()))

    def _drop(self, workers: list[WorkerProcess]) -> None:
        for worker in workers:
            if worker in self._workers:  # it is gone if the pool was closed meanwhile
                self._workers.remove(worker)
                worker.kill()


def _kill_all(workers: list[WorkerProcess]) -> None:
    while workers:
        workers.pop().kill()


def _default_memory() -> int:
    physical = system_memory.physical()
    return min(MEMORY_LIMIT, int(_MEMORY_SHARE * physical)) if physical else MEMORY_LIMIT
