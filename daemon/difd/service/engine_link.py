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
from dataclasses import dataclass, field
from typing import Final

from difd.protocol.options import SearchOptions
from difd.service.host_messages import (
    LENGTH,
    Command,
    MakeThumbnail,
    Report,
    RunSearch,
    SearchFailed,
    SearchFinished,
    StopSearch,
    ThumbnailMade,
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
    """A running host. `job` is what it works on, `thumbnails` the ones it still owes."""

    process: asyncio.subprocess.Process
    writer: asyncio.StreamWriter
    job: str | None = None
    thumbnails: set[int] = field(default_factory=set)

    def send(self, command: Command) -> None:
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
        self._starting: asyncio.Task[_Host] | None = None

    @property
    def pid(self) -> int | None:
        """The host's process, None while there is none."""
        return None if self._host is None else self._host.process.pid

    async def run(self, job: str, options: SearchOptions) -> None:
        """Give the host a job, starting the host when there is none."""
        try:
            host = await self._get_host()
        except OSError as error:
            self._on_loss(job, f"The engine could not be started: {error.strerror or error}.")
            return
        host.job = job
        host.send(RunSearch(job, options))
        if job in self._stopped_early:
            self._stopped_early.discard(job)
            host.send(StopSearch(job))

    async def make_thumbnail(self, request: MakeThumbnail) -> None:
        """Ask the host for a thumbnail, starting the host when there is none."""
        try:
            host = await self._get_host()
        except OSError as error:
            self._on_report(ThumbnailMade(request.number, None, f"no engine: {error}"))
            return
        host.thumbnails.add(request.number)
        host.send(request)

    def stop(self, job: str) -> None:
        """Ask the host to give the job up; a host that is being started hears it then."""
        if self._host is not None and self._host.job == job:
            self._host.send(StopSearch(job))
        else:
            self._stopped_early.add(job)

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

    async def _get_host(self) -> _Host:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        if self._host is None:
            # Who comes while the host is being started waits for the same one.
            if self._starting is None:
                self._starting = asyncio.create_task(self._start())
            try:
                self._host = await self._starting
            finally:
                self._starting = None
        return self._host

    def _note(self, host: _Host, report: Report) -> None:
        """Keep account of what the host has to do; when that is nothing, its time runs."""
        match report:
            case SearchFinished() | SearchFailed():
                host.job = None
            case ThumbnailMade(number):
                host.thumbnails.discard(number)
            case _:
                return
        if host is self._host and host.job is None and not host.thumbnails:
            if self._idle_timer is not None:
                self._idle_timer.cancel()
            loop = asyncio.get_running_loop()
            self._idle_timer = loop.call_later(self._idle_seconds, self._let_go)

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
                report = decode_report(await reader.readexactly(length))
                self._note(host, report)
                self._on_report(report)
        host.writer.close()
        if self._host is host:
            self._host = None
        status = await host.process.wait()
        _log.info("engine host %d ended with status %d", host.process.pid, status)
        for number in host.thumbnails:
            self._on_report(ThumbnailMade(number, None, "the engine ended unexpectedly"))
        if host.job is not None:
            self._on_loss(host.job, f"The engine process ended unexpectedly ({_ended(status)}).")


def _ended(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
