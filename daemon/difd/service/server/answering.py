"""Answers that are no plain reply: errors, and replies that take a while.

Whoever asked is told in any case, and the daemon goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec

from difd.protocol.envelope import Reply, Request
from difd.protocol.errors import DifdError, JobFailed, UsageError
from difd.protocol.replies import ErrorReply
from difd.service.server.load import Load

_log = logging.getLogger(__name__)


def error_reply(request: Request, error: Exception) -> ErrorReply:
    """The answer to a request that was not carried out.

    Args:
        request: what was asked for.
        error: why not; if it is none of ours, it is a fault, and logged.
    """
    if not isinstance(error, DifdError):
        # One request that meets a fault of ours must not end the service for everybody.
        _log.error("request %s failed", type(request).__name__, exc_info=error)
        error = JobFailed(
            f"The daemon could not answer: {type(error).__name__}: {error}.",
            hint="The log has the details: difctl daemon logs",
        )
    return ErrorReply(id=request.id, error=error.info())


class LateReplies:
    """Replies that take a while: worked on beside everything else, and sent when they are there.

    Args:
        send: sends a message to a connection; False when it is gone.
        most: requests that may be under way; more are refused.
        refusal: what is said to whoever asks for more.
    """

    def __init__(
        self, send: Callable[[bytes, msgspec.Struct], bool], most: int, refusal: str
    ) -> None:
        self._send, self._most, self._refusal = send, most, refusal
        self._working: dict[str, asyncio.Task[None]] = {}
        self._load = Load(self._working.__contains__)

    def begin(
        self,
        connection: bytes,
        request: Request,
        work: Callable[[], Awaitable[Reply]],
        options: msgspec.Struct | None = None,
    ) -> None:
        """Begin to work on a reply; a request that is sent again meanwhile is the same one.

        Args:
            connection: who asks.
            request: for what.
            work: makes the reply.
            options: what of the request may be large.

        Raises:
            UsageError: too much is under way already.
        """
        name = f"{connection.hex()} {request.id}"
        if name in self._working:
            return
        is_full = len(self._working) >= self._most
        if is_full or not (options is None or self._load.takes(name, options)):
            raise UsageError(self._refusal)
        task = asyncio.get_running_loop().create_task(self._answer(connection, request, work))
        self._working[name] = task
        task.add_done_callback(lambda _: self._working.pop(name))

    async def _answer(
        self, connection: bytes, request: Request, work: Callable[[], Awaitable[Reply]]
    ) -> None:
        """Never an exception, which nobody would hear."""
        try:
            reply = await work()
        except Exception as error:  # noqa: BLE001  the boundary of the daemon
            reply = error_reply(request, error)
        self._send(connection, reply)
