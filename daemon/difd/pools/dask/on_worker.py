"""What runs on the workers of a cluster: batches of files, tiles, tables, and a look around.

Files are read as on the own machine: in processes beside the worker, which can be killed, with the
same limits of time and memory. A picture that crashes its decoder never costs the worker.
"""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from distributed import get_worker
from distributed.worker import thread_state

from difd.engine.edited.ballots import Ballot, Index, Table, ask
from difd.engine.match.edges import Edges
from difd.engine.match.shards import Shard, Stretch, compare_stretches
from difd.engine.match.tiles import Terms
from difd.engine.memory import decoder_version
from difd.engine.prove.pixel_proof import CompareRequest
from difd.engine.record import ReadRequest, Record
from difd.engine.work import WorkerLoss
from difd.pools.local import LocalPool
from difd.protocol.version import VERSION

_POOLS: Final[dict[int, LocalPool]] = {}
"""The decoder of each thread of this worker. They end with it, however it ends."""

_LOCK: Final = threading.Lock()


class Installation(msgspec.Struct, frozen=True):
    """What has to be the same on all machines, so that a picture is the same on all of them."""

    difd: str
    python: str
    decoders: str

    @classmethod
    def here(cls) -> Installation:
        """That of this process."""
        python = ".".join(platform.python_version_tuple()[:2])
        return cls(VERSION, python, decoder_version())

    def difference(self, other: Installation) -> str:
        """What the other one has, and this one instead; empty if nothing."""
        if self.difd != other.difd:
            return f"difd {other.difd} instead of {self.difd}"
        if self.python != other.python:
            return f"Python {other.python} instead of {self.python}"
        own, others = (set(made.decoders.split(", ")) for made in (self, other))
        lacking, foreign = ", ".join(sorted(own - others)), ", ".join(sorted(others - own))
        return f"{foreign} instead of {lacking}" if own != others else ""


class Surroundings(msgspec.Struct, frozen=True):
    """What a worker has.

    Attributes:
        installation: its programs.
        unseen: those of the paths it was asked for that it cannot see.
    """

    installation: Installation
    unseen: tuple[bytes, ...]


class BatchAnswer(msgspec.Struct, frozen=True):
    """What became of a batch.

    Attributes:
        results: one for every item.
        unseen: paths of items that this worker cannot see.
        worker: its address.
    """

    results: tuple[Any, ...]
    unseen: tuple[bytes, ...]
    worker: str


class ForeignWorker(Exception):
    """A worker that joined later has other programs; the argument says where and which."""


def look_around(paths: Sequence[bytes]) -> Surroundings:
    """What this worker has, and which of the paths it cannot see."""
    return Surroundings(Installation.here(), _unseen(paths))


def work_on(
    function: Callable[[Any], Any],
    items: Sequence[Any],
    expected: Installation,
    limits: Mapping[str, Any],
) -> BatchAnswer:
    """Run a function over a batch of items, each by itself.

    Args:
        function: a function of a module.
        items: files to read, or pairs of files.
        expected: what has to be installed here.
        limits: of a `LocalPool`.

    Raises:
        ForeignWorker: this worker has something else installed.
        Cancelled: nobody wants the answer any more.
    """
    _check_installation(expected)
    unseen = _unseen([path for item in items for path in _paths_of(item)])
    number_of = {id(item): number for number, item in enumerate(items)}
    results: list[Any] = [WorkerLoss("the worker lost it")] * len(items)
    for item, result in _own_pool(limits).map(function, items):
        results[number_of[id(item)]] = result
    return BatchAnswer(tuple(results), unseen, get_worker().address)


def compare_tiles(
    terms: Terms,
    stretches: Sequence[Stretch],
    numbers: Sequence[int],
    shards: Sequence[Shard],
    expected: Installation,
) -> Edges:
    """The matches of a task; see `shards.compare_stretches`.

    Raises:
        ForeignWorker: this worker has something else installed.
    """
    _check_installation(expected)
    return compare_stretches(terms, stretches, dict(zip(numbers, shards, strict=True)))


def ask_table(index: Index, table: Table, expected: Installation) -> Ballot:
    """What a table says; see `ballots.ask`.

    Raises:
        ForeignWorker: this worker has something else installed.
    """
    _check_installation(expected)
    return ask(Index(*map(_aligned, index)), Table(*map(_aligned, table)))


def _aligned(value: Any) -> Any:  # noqa: ANN401  whatever is no array stays
    """What came over a network lies anywhere in memory, and loops want numbers aligned."""
    return np.require(value, requirements="A") if isinstance(value, np.ndarray) else value


def end_decoders() -> None:
    """End the processes that read files for searches that are over; busy ones stay."""
    with _LOCK:
        for thread, pool in list(_POOLS.items()):
            if not pool.is_busy:
                _POOLS.pop(thread).close()


def _own_pool(limits: Mapping[str, Any]) -> LocalPool:
    """This thread's decoder: a process that is kept from batch to batch."""
    with _LOCK:
        pool = _POOLS.get(threading.get_ident())
        if pool is None:
            pool = LocalPool(1, cancelled=_is_abandoned, **limits)
            _POOLS[threading.get_ident()] = pool
        return pool


def _is_abandoned() -> bool:
    """Whether the scheduler took back the task that this thread is at."""
    task = get_worker().state.tasks.get(thread_state.key)
    return task is None or task.state == "cancelled"


def _check_installation(expected: Installation) -> None:
    difference = expected.difference(Installation.here())
    if difference:
        raise ForeignWorker(f"{get_worker().address} has {difference}")


def _paths_of(item: object) -> tuple[bytes, ...]:
    match item:
        case ReadRequest(file=file) | Record(file=file):
            return (file.path,)
        case CompareRequest(path_a, path_b):
            return (path_a, path_b)
        case _:
            return ()


def _unseen(paths: Sequence[bytes]) -> tuple[bytes, ...]:
    # As `lexists`: also what lies behind a folder that this worker may not enter is not there.
    return tuple(path for path in paths if not os.path.lexists(path))
