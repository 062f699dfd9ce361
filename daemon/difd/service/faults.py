"""What fails in the daemon where nobody waits for it: it ends the daemon, and is never silent.

A task that ended with an exception leaves a daemon that seems to serve and does not. It is better
gone: its log says why, its lock is free, and the next command starts another one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from typing import Any, Final

from difd.protocol.errors import DaemonFailed

LEAVE_SECONDS: Final = 6.0
"""After this long a daemon that stops is gone, whatever its threads wait for: a thread in a network
drive that does not answer would keep it, and its lock, for ever."""

_log = logging.getLogger(__name__)


class Faults:
    """The first exception of a task that nobody waits for; made inside the loop it watches."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._first: asyncio.Future[BaseException] = self._loop.create_future()
        self._loop.set_exception_handler(self._take)

    async def watch(self, stop: asyncio.Event, serving: asyncio.Task[None]) -> BaseException | None:
        """Wait until the daemon is told to stop, or something in it has failed.

        Args:
            stop: set when it is told to.
            serving: what must not end before.

        Returns:
            What failed, None if it was told to stop.
        """
        told = asyncio.create_task(stop.wait())
        ends = (told, serving, self._first)
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not told.done():
            told.cancel()
        if stop.is_set():
            return None
        if self._first.done():
            return self._first.result()
        return serving.exception() or RuntimeError("it serves nobody any more")

    def _take(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The loop's word of an exception: of a task, or of something that it called."""
        loop.default_exception_handler(context)  # which writes it to the log
        error = context.get("exception")
        if isinstance(context.get("future"), asyncio.Task) and error and not self._first.done():
            self._first.set_result(error)


def failure(error: BaseException) -> DaemonFailed:
    """The error with which a daemon leaves in which something failed."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return DaemonFailed(
        f"The daemon ended because of a fault of its own: {type(error).__name__}: {error}.",
        hint="Its log has the details: difctl daemon logs",
    )


def leave_soon(code: int, seconds: float = LEAVE_SECONDS) -> None:
    """Be gone after so many seconds, with this exit code, unless the process ends before."""

    def leave() -> None:
        _log.error("a thread does not end: the daemon leaves without it")
        logging.shutdown()
        os._exit(code)

    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()
