"""The answer to a request that met an error: whoever asked is told, and the daemon goes on."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

from difd.protocol.envelope import Reply, Request
from difd.protocol.errors import DifdError, JobFailed
from difd.protocol.replies import ErrorReply

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


async def answered(request: Request, work: Awaitable[Reply]) -> Reply:
    """The answer to a request that takes a while; never an exception, which nobody would hear."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001  the boundary of the daemon
        return error_reply(request, error)
