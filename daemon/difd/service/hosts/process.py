"""A process of ours beside the daemon: started on demand, spoken to over a pipe, let go when idle.

The engine host and the action host are such processes. Both cost memory that an idle daemon should
not hold, and both leave when their pipe closes, however the daemon went.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

import msgspec

from difd.service.hosts.channel import LENGTH, NOT_UNDERSTOOD, frame
from difd.service.spawning import spawn
from difd.system import channel

LEAVE_SECONDS: Final = 3.5
"""How long a host may take to leave after its pipe was closed, before it is killed."""

_POLL_SECONDS: Final = 0.005
_POLL_SECONDS_MAX: Final = 0.25

_Report = TypeVar("_Report")
_log = logging.getLogger(__name__)


class HostProcess(Generic[_Report]):
    """At most one process that runs a module of ours, and the line to it.

    Args:
        module: what it runs, as `python -m`.
        decode: turns a frame's payload into a report.
        on_report: called with every report.
        on_end: called when the process has ended, with a phrase that says how.
        idle_seconds: how long it is kept once `rest` was called.
    """

    def __init__(
        self,
        module: str,
        decode: Callable[[bytes], _Report],
        on_report: Callable[[_Report], None],
        on_end: Callable[[str], None],
        idle_seconds: float,
    ) -> None:
        self._module, self._decode = module, decode
        self._on_report, self._on_end = on_report, on_end
        self._idle_seconds = idle_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._starting: asyncio.Task[None] | None = None
        self._listeners: set[asyncio.Task[None]] = set()
        self._idle_timer: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """The process, None while there is none."""
        return None if self._process is None else self._process.pid

    async def wake(self, *arguments: str) -> None:
        """Make sure that it runs.

        Args:
            arguments: for the module, if it has to be started.

        Raises:
            OSError: it cannot be started.
        """
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        if self._process is None:
            # Who comes while it is being started waits for the same one.
            if self._starting is None:
                self._starting = asyncio.create_task(self._start(arguments))
            try:
                await self._starting
            finally:
                self._starting = None

    def send(self, command: msgspec.Struct) -> None:
        """Send a command; one that has just died loses it, and `on_end` follows."""
        if self._writer is not None:
            self._writer.write(frame(command))

    def rest(self) -> None:
        """It has nothing to do: its time runs."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        loop = asyncio.get_running_loop()
        self._idle_timer = loop.call_later(self._idle_seconds, self.let_go)

    def kill(self) -> None:
        """End it now, as if it had crashed."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    def let_go(self) -> None:
        """Close its pipe, upon which it leaves."""
        if self._writer is not None:
            self._writer.close()
        self._process = self._writer = None

    async def close(self, *, kill: bool = True) -> None:
        """Let it go and wait until it left; one that takes too long is killed, or left alone."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        process = self._process
        self.let_go()
        if process is not None:
            try:
                async with asyncio.timeout(LEAVE_SECONDS):
                    await _end_of(process)
            except TimeoutError:
                if not kill:
                    return
                with suppress(ProcessLookupError):
                    process.kill()
        await asyncio.gather(*self._listeners)

    async def _start(self, arguments: Sequence[str]) -> None:
        process, pipe = spawn(self._module, *arguments)
        reader, writer = await channel.open_streams(pipe)
        _log.info("%s started as process %d", self._module, process.pid)
        self._process, self._writer = process, writer
        listener = asyncio.create_task(self._listen(process, reader, writer))
        self._listeners.add(listener)
        listener.add_done_callback(self._listeners.discard)

    async def _listen(
        self,
        process: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        how = ""
        try:
            while True:
                header = await reader.readexactly(LENGTH.size)
                (length,) = LENGTH.unpack(header)
                self._on_report(self._decode(await reader.readexactly(length)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except Exception as error:  # noqa: BLE001  the boundary of the daemon
            # Somebody may wait for what it said: whoever does is told that it will not come.
            _log.exception("a report of %s was lost", self._module)
            how = f"what it said was lost: {type(error).__name__}: {error}"
        writer.close()  # upon which it leaves
        ours = self._process is process
        if ours:
            self._process = self._writer = None
        if how and ours:
            self._on_end(how)
        status = await _end_of(process)
        _log.info("process %d ended with status %d", process.pid, status)
        if ours and not how:
            self._on_end(_words(status))


async def _end_of(process: subprocess.Popen[bytes]) -> int:
    """The status with which a process ends, which it is about to do."""
    pause = _POLL_SECONDS
    while (status := process.poll()) is None:
        await asyncio.sleep(pause)
        pause = min(2 * pause, _POLL_SECONDS_MAX)
    return status


def _words(status: int) -> str:
    """How a process ended, in a phrase."""
    if status == NOT_UNDERSTOOD:
        return "it has another version than the daemon; restart that with: difctl daemon restart"
    return f"signal {-status}" if status < 0 else f"exit status {status}"
