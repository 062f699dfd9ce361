"""The connection to a Dask cluster: who is there, whether they fit, and answers as they come.

Everything that can go wrong with a cluster becomes one of our errors here, with its address in it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from typing import Any, Final, Generic, TypeVar

from distributed import Client, Future, wait
from distributed.comm import CommClosedError
from distributed.security import Security

from difd.engine.work import Cancelled
from difd.pools.dask.on_worker import (
    ForeignWorker,
    Installation,
    Surroundings,
    end_decoders,
    look_around,
)
from difd.protocol.errors import InvalidOption, JobFailed, JobInterrupted

CONNECT_SECONDS: Final = 10.0
"""How long a scheduler may take to answer, and its first worker to be there."""

ALONE_SECONDS: Final = 30.0
"""How long a search waits for a worker when all are gone."""

_TICK: Final = 0.2
"""Seconds between looks at cancellation and at the scheduler."""

_GATHER_SECONDS: Final = 60.0
"""How long one answer may take to be fetched from a worker."""

_START: Final = "Start it with: dask scheduler, and on every machine: dask worker ADDRESS"
_RESUME: Final = "When it is back, resume the search with: difctl resume JOB"

NO_ANSWER: Final = (
    *(OSError, KeyError, TimeoutError, asyncio.TimeoutError),
    *(asyncio.CancelledError, concurrent.futures.CancelledError),
)
"""What fetching an answer raises when there is none, or not yet."""

_Payload = TypeVar("_Payload")

_LOGGERS: Final = tuple(f"distributed.{name}" for name in ("batched", "client", "comm", "core"))


class Lost(Exception):
    """A task will have no answer, as its worker or a shard of it is gone; it can be sent again."""


class WorkerDied(Exception):
    """Several workers died, one after the other, while they were at this task."""


class Cluster:
    """A scheduler and its workers.

    Args:
        address: the scheduler's, `tcp://…` or `tls://…`. Certificates for TLS are those that
            Dask is configured with.
        paths: what every worker has to see.

    Attributes:
        installation: what is installed here, and so has to be there.

    Raises:
        InvalidOption: the address is none.
        JobFailed: nobody is there, or somebody does not fit.
    """

    def __init__(self, address: str, paths: Sequence[bytes]) -> None:
        self.address = address
        self.installation = Installation.here()
        with ExitStack() as leaving:
            leaving.enter_context(_told_by_errors())
            self.client = _connected(address)
            leaving.callback(self._leave)
            self._check(paths)
            self._leaving = leaving.pop_all()

    @property
    def dashboard(self) -> str | None:
        """Where the scheduler's dashboard is, None if it has none."""
        try:
            link = self.client.dashboard_link
        except KeyError:
            return None
        return link if isinstance(link, str) else None

    def threads(self) -> int:
        """How many tasks run at once on all workers together."""
        return sum(self.client.nthreads().values())

    def close(self) -> None:
        """Leave; the workers end what they started for us."""
        self._leaving.close()

    def _leave(self) -> None:
        if self.client.status == "running":
            with suppress(Exception):
                self.client.run(end_decoders, on_error="ignore")
        with suppress(Exception):
            self.client.close(timeout=2)

    def is_connected(self) -> bool:
        """Whether the scheduler is there."""
        return bool(self.client.status == "running")

    def refuse_when_gone(self) -> None:
        """See to it that the scheduler is there.

        Raises:
            JobInterrupted: it is not.
        """
        if not self.is_connected():
            raise JobInterrupted(
                f"The Dask scheduler {self.address} went away during the search.", hint=_RESUME
            )

    def refuse_when_alone(self) -> None:
        """See to it that there are workers.

        Raises:
            JobInterrupted: there are none, or no scheduler.
        """
        self.refuse_when_gone()
        try:
            alone = not self.client.nthreads()
        except (TimeoutError, OSError):
            self.refuse_when_gone()
            raise
        if alone:
            raise JobInterrupted(
                f"No worker of the Dask scheduler {self.address} is left.", hint=_RESUME
            )

    def _check(self, paths: Sequence[bytes]) -> None:
        try:
            self.client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise JobFailed(
                f"The Dask scheduler {self.address} has no workers.",
                hint=f"On every machine: dask worker {self.address}",
            ) from None
        self._check_package()
        found = self.client.run(look_around, tuple(paths), on_error="return")
        for worker, answer in found.items():
            if not isinstance(answer, Surroundings):
                raise _unfit(worker, f"cannot run difd: {_brief(answer)}")
            difference = self.installation.difference(answer.installation)
            if difference:
                raise _unfit(worker, f"has {difference}")
            for path in answer.unseen:
                raise unseen(worker, path)

    def _check_package(self) -> None:
        """Ask for it by name: a function of ours means nothing to a worker that lacks us."""
        found = self.client.run(find_spec, "difd", on_error="return")
        for worker, answer in found.items():
            if answer is None:
                raise JobFailed(
                    f"The worker {worker} has no difd.",
                    hint="On every machine: pip install 'difd[dask]', and restart its workers.",
                )


@contextmanager
def _told_by_errors() -> Iterator[None]:
    """Keep Dask from logging what becomes an error of ours, or is none."""
    before = {name: logging.getLogger(name).level for name in _LOGGERS}
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _connected(address: str) -> Client:
    """A client of the scheduler; shards and answers go straight to and from the workers."""
    try:
        return Client(
            address,
            timeout=CONNECT_SECONDS,
            security=Security(),
            direct_to_workers=True,
            set_as_default=False,
            name="difd",
        )
    except (TimeoutError, OSError, CommClosedError) as error:
        raise JobFailed(
            f"No Dask scheduler answers at {address}: {_brief(error)}.", hint=_START
        ) from error
    except (TypeError, ValueError) as error:  # without certificates, or of another form
        raise InvalidOption(
            f"The Dask scheduler {address} cannot be reached like this: {_brief(error)}.",
            hint="TLS needs certificates in the configuration of Dask: distributed.comm.tls",
        ) from error


class Flow(Generic[_Payload]):
    """Tasks on their way, and their answers; a context that takes back what is not wanted.

    Args:
        cluster: where they run.
        check: called all the time; may raise to stop.
    """

    def __init__(self, cluster: Cluster, check: Callable[[], None]) -> None:
        self._cluster, self._check = cluster, check
        self._tasks: dict[Future, _Payload] = {}
        self._heard = time.monotonic()

    def __enter__(self) -> Flow[_Payload]:
        return self

    def __exit__(self, *_error: object) -> None:
        left = list(self._tasks)
        self._tasks.clear()
        if left and self._cluster.is_connected():
            with suppress(Exception):
                self._cluster.client.cancel(left, force=True)

    def __len__(self) -> int:
        return len(self._tasks)

    def waiting(self) -> list[_Payload]:
        """What has no answer yet."""
        return list(self._tasks.values())

    def send(self, payload: _Payload, function: Callable[..., Any], *arguments: Any) -> None:  # noqa: ANN401
        """Have a function run; its answer comes with the payload."""
        self._cluster.refuse_when_gone()
        try:
            future = self._cluster.client.submit(function, *arguments, pure=False)
        except (OSError, CommClosedError):
            self._cluster.refuse_when_gone()
            raise
        self._tasks[future] = payload

    def answers(self) -> Iterator[tuple[_Payload, Any]]:
        """The answers that are there, after waiting for some; `Lost` or `WorkerDied` are answers.

        Raises:
            JobInterrupted: the scheduler is gone, or all workers are.
            JobFailed: a worker does not fit.
        """
        while True:
            self._check()
            self._cluster.refuse_when_gone()
            ready = [future for future in self._tasks if future.status != "pending"]
            if ready:
                break
            with self._cluster.client.as_current(), suppress(*NO_ANSWER):
                wait(list(self._tasks), timeout=_TICK, return_when="FIRST_COMPLETED")
            if time.monotonic() - self._heard > ALONE_SECONDS:
                self._cluster.refuse_when_alone()
                self._heard = time.monotonic()
        self._heard = time.monotonic()
        for future in ready:
            answer = self._answer(future)
            yield self._tasks.pop(future), answer
            self._check()

    def _answer(self, future: Future) -> Any:  # noqa: ANN401  any function's
        if future.status == "error":
            error = future.exception()
            if isinstance(error, ForeignWorker):
                raise JobFailed(f"The worker {error}.", hint=_SAME)
            if type(error).__name__ == "KilledWorker":
                return WorkerDied()
            if isinstance(error, BaseException) and not isinstance(error, Cancelled):
                raise error
        if future.status == "finished":
            try:
                return future.result(timeout=_GATHER_SECONDS)
            except NO_ANSWER:
                pass  # its worker went before the answer was fetched
        self._cluster.refuse_when_gone()
        return Lost()


_SAME: Final = "Install the same versions on all machines."


def unseen(worker: str, path: bytes) -> JobFailed:
    """The error about a worker that lacks a file or folder that is here."""
    return JobFailed(
        f"The worker {worker} cannot see all files.",
        path=path,
        hint="Every worker needs the same storage, under the same paths.",
    )


def _unfit(worker: str, why: str) -> JobFailed:
    return JobFailed(f"The worker {worker} {why}.", hint=_SAME)


def _brief(error: object) -> str:
    return str(error).strip().split("\n")[0][:200].rstrip(".") or type(error).__name__
