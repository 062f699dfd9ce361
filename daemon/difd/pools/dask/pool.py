"""The pool of a Dask cluster: files, tiles and tables as tasks of an existing scheduler.

What is read and compared, and how it is cut, is the engine's; here it is carried there and back.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Generic, Self, TypeVar

from difd.engine.edited.ballots import Ballot, Index, Table
from difd.engine.match.edges import Edges
from difd.engine.match.shards import Sharding, TileTask
from difd.engine.work import Cancelled, WorkerLoss
from difd.pools.dask.cluster import Cluster, Flow, Lost, WorkerDied, unseen
from difd.pools.dask.held import Everywhere, Shards
from difd.pools.dask.on_worker import BatchAnswer, ask_table, compare_tiles, work_on
from difd.pools.local import ITEM_SECONDS
from difd.protocol.errors import JobInterrupted

Item = TypeVar("Item")
Result = TypeVar("Result")

_BATCH: Final = 16
"""Most items in a task: its overhead is a few milliseconds, and a picture takes as many."""

_AHEAD: Final = 2
"""Tasks on their way for every thread of the cluster: one that is worked on, one that waits."""

_ATTEMPTS: Final = 5
"""How often a task is sent again whose answer or shards went with a worker; the scheduler itself
has tried several times before."""


class _Batch:
    """Items on their way together, and how often they were sent."""

    __slots__ = ("items", "tries")

    def __init__(self, items: Sequence[Any]) -> None:
        self.items, self.tries = items, 0


class _Sent(Generic[Item]):
    """Something on its way, and how often it was sent."""

    __slots__ = ("item", "tries")

    def __init__(self, item: Item) -> None:
        self.item, self.tries = item, 0


class DaskPool:
    """Runs work on a cluster. A `TilePool` and a `VotePool`.

    Args:
        scheduler: its address, `tcp://…` or `tls://…`.
        paths: files and folders that every worker has to see.
        processes: most tasks at once; None means one per thread of the cluster.
        item_seconds: how long an item may take; see `LocalPool`.
        memory_limit: of what reads it; see `LocalPool`.
        cancelled: asked several times a second; a `map` or `compare` raises `Cancelled` when true,
            and takes back what is on its way.
        draining: asked before anything is sent; when true, `map` yields what is on its way, and
            then raises `Cancelled`.

    Raises:
        InvalidOption: the address is none.
        JobFailed: there is no scheduler or worker, or one that does not fit.
    """

    def __init__(
        self,
        scheduler: str,
        *,
        paths: Sequence[bytes] = (),
        processes: int | None = None,
        item_seconds: float = ITEM_SECONDS,
        memory_limit: int | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        draining: Callable[[], bool] = lambda: False,
    ) -> None:
        self._cancelled, self._draining = cancelled, draining
        self._limits = {"item_seconds": item_seconds, "memory_limit": memory_limit}
        self._cluster = Cluster(scheduler, paths)
        self._most = processes
        self._threads = self._cluster.threads()
        self._busy = False

    @property
    def processes(self) -> int:
        """How many tasks run at once."""
        return min(self._most or self._threads, self._threads) or 1

    @property
    def is_busy(self) -> bool:
        """Whether a `map` is under way."""
        return self._busy

    @property
    def dashboard(self) -> str | None:
        """Where the scheduler's dashboard is, None if it has none."""
        return self._cluster.dashboard

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the cluster."""
        self._cluster.close()

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result | WorkerLoss]]:
        """Yield every item with its result, as they come.

        Raises:
            Cancelled: the pool's `cancelled` or `draining` said so.
            JobInterrupted: the scheduler went away, or all workers did.
            JobFailed: a worker cannot see a file, or does not fit.
        """
        self._threads = self._cluster.threads() or self._threads
        self._busy = True
        source = iter(items)
        again: deque[_Batch] = deque()
        begun = 0
        try:
            with Flow[_Batch](self._cluster, self._check) as flow:
                while True:
                    while not self._draining() and len(flow) < self._in_flight():
                        if again:
                            batch = again.popleft()
                        else:
                            # The first ones are small, so that a few files keep all workers busy.
                            size = min(_BATCH, 1 + begun // (4 * self.processes))
                            batch = _Batch(tuple(islice(source, size)))
                        if not batch.items:
                            break
                        begun += len(batch.items)
                        installation = self._cluster.installation
                        flow.send(batch, work_on, function, batch.items, installation, self._limits)
                    if not flow:
                        if self._draining():
                            raise Cancelled
                        return
                    for batch, answer in flow.answers():
                        yield from self._settle(batch, answer, again)
        finally:
            self._busy = False

    def compare(
        self, sharding: Sharding, check: Callable[[], None]
    ) -> Iterator[tuple[Edges, float]]:
        """Yield the matches of all tasks as they come; see `TilePool`.

        Raises:
            Cancelled: the pool's `cancelled` said so.
            JobInterrupted: the scheduler went away, or all workers did.
        """
        shards = Shards(self._cluster, sharding)

        def held(task: TileTask) -> tuple[Any, ...]:
            there = [shards.there(number) for number in task.shards]
            return sharding.terms, task.stretches, task.shards, there

        for edges, task, waiting in self._run(compare_tiles, sharding.tasks(), held, check):
            yield edges, min(one.done for one in (task, *waiting))
            shards.forget_below(min((one.oldest for one in waiting), default=0))

    def cast(
        self, index: Index, tables: Iterable[Table], check: Callable[[], None]
    ) -> Iterator[Ballot]:
        """Yield what each table says as they come; see `VotePool`.

        Raises:
            Cancelled: the pool's `cancelled` said so.
            JobInterrupted: the scheduler went away, or all workers did.
        """
        everywhere = Everywhere(self._cluster, index)
        asked = self._run(ask_table, tables, lambda table: (everywhere.there(), table), check)
        for ballot, _table, _waiting in asked:
            yield ballot

    def _run(
        self,
        function: Callable[..., Result],
        items: Iterable[Item],
        arguments: Callable[[Item], tuple[Any, ...]],
        check: Callable[[], None],
    ) -> Iterator[tuple[Result, Item, list[Item]]]:
        """Run a function of `on_worker` for each item; its result, the item, and what is waiting.

        Args:
            function: takes the arguments, and what has to be installed.
            items: each is sent again if its worker dies.
            arguments: what is sent for an item, asked whenever it is.
            check: called all the time; may raise to stop.
        """

        def check_both() -> None:
            self._check()
            check()

        self._threads = self._cluster.threads() or self._threads
        source = map(_Sent, items)
        again: deque[_Sent[Item]] = deque()
        with Flow[_Sent[Item]](self._cluster, check_both) as flow:
            while True:
                while len(flow) < self._in_flight():
                    sent = again.popleft() if again else next(source, None)
                    if sent is None:
                        break
                    check_both()
                    installation = self._cluster.installation
                    flow.send(sent, function, *arguments(sent.item), installation)
                if not flow:
                    return
                for sent, answer in flow.answers():
                    if isinstance(answer, Lost | WorkerDied):
                        self._send_again(sent)
                        again.append(sent)
                    else:
                        yield answer, sent.item, [one.item for one in (*flow.waiting(), *again)]

    def _in_flight(self) -> int:
        return self._most or _AHEAD * self._threads + 1

    def _check(self) -> None:
        if self._cancelled():
            raise Cancelled

    def _settle(
        self, batch: _Batch, answer: object, again: deque[_Batch]
    ) -> Iterator[tuple[Any, Any]]:
        """The results of a batch; one whose workers died is tried again, item by item."""
        if isinstance(answer, BatchAnswer):
            for path in answer.unseen:
                # A file that is gone here, too, is just gone.
                if os.path.lexists(path):
                    raise unseen(answer.worker, path)
            yield from zip(batch.items, answer.results, strict=True)
        elif isinstance(answer, WorkerDied) and len(batch.items) == 1:
            yield batch.items[0], WorkerLoss("the workers that read it died")
        elif isinstance(answer, WorkerDied):
            again.extend(_Batch((item,)) for item in batch.items)
        else:
            self._send_again(batch)
            again.append(batch)

    def _send_again(self, lost: _Batch | _Sent[Any]) -> None:
        lost.tries += 1
        self._cluster.refuse_when_alone()
        if lost.tries >= _ATTEMPTS:
            raise JobInterrupted(
                f"The workers of {self._cluster.address} die again and again.",
                hint="Their logs say why. Then: difctl resume JOB",
            )
