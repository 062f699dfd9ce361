"""The daemon's end of the engine host: starts it on demand, talks to it, notices its death.

The host costs memory that an idle daemon should not hold, so it is let go after a while without
work, and started again with the next search.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from difd.protocol.options import SearchOptions
from difd.service.host_messages import (
    LENGTH,
    Report,
    RunSearch,
    StopSearch,
    decode_report,
    frame,
)

IDLE_SECONDS: Final = 120.0
"""How long a host without work is kept warm."""

LEAVE_SECONDS: Final = 2.0
"""How long a host may take to leave after its pipe was closed, before it is killed."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Host:
    """A running host. `job` is what it works on."""

    process: asyncio.subprocess.Process
    writer: asyncio.StreamWriter
    job: str | None = None

    def send(self, command: RunSearch | StopSearch) -> None:
        self.writer.write(frame(command))


class EngineLink:
    """At most one engine host at work, and the line to it.

    Args:
        on_report: called with every report of the host.
        on_loss: called when the host is gone while a search was with it; with the job and a
            sentence that says how it ended.
        idle_seconds: how long a host without work is kept.
    """

    def __init__(
        self,
        on_report: Callable[[Report], None],
        on_loss: Callable[[str, str], None],
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._on_report = on_report
        self._on_loss = on_loss
        self._idle_seconds = idle_seconds
        self._host: _Host | None = None
        self._listeners: set[asyncio.Task[None]] = set()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._stopped_early: set[str] = set()

    @property
    def pid(self) -> int | None:
        """The host's process, None while there is none."""
        return None if self._host is None else self._host.process.pid

    async def run(self, job: str, options: SearchOptions) -> None:
        """Give the host a job, starting the host when there is none."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        try:
            host = self._host = self._host or await self._start()
        except OSError as error:
            self._on_loss(job, f"The engine could not be started: {error.strerror or error}.")
            return
        host.job = job
        host.send(RunSearch(job, options))
        if job in self._stopped_early:
            self._stopped_early.discard(job)
            host.send(StopSearch(job))

    def stop(self, job: str) -> None:
        """Ask the host to give the job up; a host that is being started hears it then."""
        if self._host is not None and self._host.job == job:
            self._host.send(StopSearch(job))
        else:
            self._stopped_early.add(job)

    def rest(self) -> None:
        """The host's search has ended: let it go if nothing follows for a while."""
        if self._host is not None:
            self._host.job = None
        loop = asyncio.get_running_loop()
        self._idle_timer = loop.call_later(self._idle_seconds, self._let_go)

    async def close(self) -> None:
        """End the host: close its pipe, and kill it if it does not leave."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        host = self._host
        self._let_go()
        if host is not None:
            try:
                await asyncio.wait_for(host.process.wait(), LEAVE_SECONDS)
            except TimeoutError:
                with suppress(ProcessLookupError):
                    host.process.kill()
        await asyncio.gather(*self._listeners)

    def _let_go(self) -> None:
        if self._host is not None:
            self._host.job = None
            self._host.writer.close()
            self._host = None

    async def _start(self) -> _Host:
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "difd.service.engine_host",
                "--fd",
                str(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        _log.info("engine host %d started", process.pid)
        host = _Host(process, writer)
        listener = asyncio.create_task(self._listen(host, reader))
        self._listeners.add(listener)
        listener.add_done_callback(self._listeners.discard)
        return host

    async def _listen(self, host: _Host, reader: asyncio.StreamReader) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                header = await reader.readexactly(LENGTH.size)
                (length,) = LENGTH.unpack(header)
                self._on_report(decode_report(await reader.readexactly(length)))
        host.writer.close()
        if self._host is host:
            self._host = None
        status = await host.process.wait()
        _log.info("engine host %d ended with status %d", host.process.pid, status)
        if host.job is not None:
            self._on_loss(host.job, f"The engine process ended unexpectedly ({_ended(status)}).")


def _ended(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
