"""Looking after the tensor cache on request: in a thread, because it may read gigabytes."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from typing import Final

import msgspec

from difd.protocol.envelope import Reply
from difd.protocol.errors import DifdError, JobFailed, UsageError
from difd.protocol.replies import CacheCheckReply, CacheClearedReply, CacheInfoReply, ErrorReply
from difd.protocol.requests import ClearCache, InspectCache, VerifyCache
from difd.service.server.answering import answered
from difd.store import cache_upkeep, settings_file

WAITING_MAX: Final = 16
"""Requests about the cache that may be under way; more are refused."""

CacheRequest = InspectCache | VerifyCache | ClearCache


class CacheCaretaker:
    """Takes requests about the cache and answers them when they are done.

    Args:
        send: sends a message to a connection; False when it is gone.
    """

    def __init__(self, send: Callable[[bytes, msgspec.Struct], bool]) -> None:
        self._send = send
        self._working: dict[tuple[bytes, str], asyncio.Task[None]] = {}

    def ask(self, connection: bytes, request: CacheRequest) -> None:
        """Begin to do what is asked; one that is sent again while it is done is the same one.

        Raises:
            UsageError: too many are being done already.
        """
        key = (connection, request.id)
        if key not in self._working:
            if len(self._working) >= WAITING_MAX:
                raise UsageError(f"{WAITING_MAX} requests about the cache are under way already.")
            task = asyncio.get_running_loop().create_task(self._answer(connection, request))
            self._working[key] = task
            task.add_done_callback(lambda _: self._working.pop(key))

    async def _answer(self, connection: bytes, request: CacheRequest) -> None:
        reply = await answered(request, asyncio.to_thread(_reply, request))
        self._send(connection, reply)


def _reply(request: CacheRequest) -> Reply:
    try:
        match request:
            case InspectCache():
                found = cache_upkeep.info(limit=settings_file.cache_limit())
                return CacheInfoReply(
                    id=request.id,
                    directory=os.fsencode(found.directory),
                    records=found.records,
                    files=found.files,
                    size=found.bytes,
                    limit=found.limit,
                )
            case VerifyCache():
                check = cache_upkeep.verify()
                return CacheCheckReply(
                    id=request.id,
                    records=check.records,
                    damaged=check.damaged,
                    rebuilt=check.rebuilt,
                )
            case ClearCache():
                return CacheClearedReply(id=request.id, freed=cache_upkeep.clear())
    except DifdError as error:
        return ErrorReply(id=request.id, error=error.info())
    except (OSError, sqlite3.Error) as error:
        failure = JobFailed(
            f"The tensor cache cannot be used: {error}.",
            path=os.fsencode(cache_upkeep.default_directory()),
        )
        return ErrorReply(id=request.id, error=failure.info())
