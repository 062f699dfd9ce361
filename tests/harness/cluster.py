"""A Dask cluster of a test's own: a scheduler and workers, real processes over tcp on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from harness import prepared
from harness.instance import wait_until

if TYPE_CHECKING:
    from difd.pools.dask.pool import DaskPool


def dask_pool(address: str, **given: Any) -> DaskPool:
    """A pool on a cluster."""
    # Every process that collects tests would wait a second for Dask.
    from difd.pools.dask.pool import DaskPool  # noqa: PLC0415

    return DaskPool(address, **given)


class DaskCluster:
    """A scheduler and workers with one thread each; a context that ends them.

    Args:
        folder: for what they write.
        workers: how many there are from the beginning.
        environment: what all have beside that of the test.
        protocol: "tcp" or "tls".
    """

    def __init__(
        self,
        folder: Path,
        workers: int = 2,
        environment: dict[str, str] | None = None,
        protocol: str = "tcp",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._count = folder, workers
        self._environment = environment or {}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.address = f"{protocol}://127.0.0.1:{self._port}"
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.start()
        for _ in range(self._count):
            self._start_worker((), {})
        self._wait_for_workers()
        return self

    def __exit__(self, *_error: object) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def start(self) -> None:
        """Start the scheduler; also once more, at the same address."""
        self.scheduler = self._run(
            *("scheduler", "--host", "127.0.0.1", "--port", str(self._port)),
            *("--protocol", self.address.partition(":")[0]),
            *("--dashboard-address", "127.0.0.1:0"),
        )
        wait_until(lambda: "Scheduler at:" in self._log("scheduler"), seconds=60)

    def add_worker(
        self, *prefix: str, environment: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start one more worker and wait until the scheduler has it.

        Args:
            prefix: what it is run by.
            environment: what it has beside that of the others.
        """
        worker = self._start_worker(prefix, environment or {})
        self._wait_for_workers()
        return worker

    @contextmanager
    def one_more(
        self, *prefix: str, environment: dict[str, str] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A worker that is ended at the end; see `add_worker`."""
        worker = self.add_worker(*prefix, environment=environment)
        try:
            yield worker
        finally:
            worker.kill()
            worker.wait()

    def _start_worker(
        self, prefix: tuple[str, ...], environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        number = len(self.workers)
        worker = self._run(
            *("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard"),
            *("--memory-limit", "0", "--host", "127.0.0.1", "--death-timeout", "60"),
            *("--protocol", self.address.partition(":")[0]),
            *("--local-directory", os.fspath(self._folder / f"worker-{number}")),
            prefix=prefix,
            log=f"worker-{number}",
            environment=environment,
        )
        self.workers.append(worker)
        return worker

    def _wait_for_workers(self) -> None:
        for number in range(len(self.workers)):
            log = f"worker-{number}"
            wait_until(lambda log=log: "Registered to:" in self._log(log), seconds=90)

    def _log(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text()

    def _run(
        self,
        *arguments: str,
        prefix: tuple[str, ...] = (),
        log: str = "scheduler",
        environment: dict[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        variables = {**os.environ, **self._environment, **(environment or {})}
        with (self._folder / f"{log}.log").open("wb") as written:
            streams = {"stdout": written, "stderr": subprocess.STDOUT}
            return prepared.start("dask", arguments, variables, prefix=prefix, **streams)
