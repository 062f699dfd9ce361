"""Looking after the tensor cache on request: in a thread, because it may read gigabytes."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from difd.protocol.envelope import Reply
from difd.protocol.errors import DifdError, JobFailed
from difd.protocol.replies import CacheCheckReply, CacheClearedReply, CacheInfoReply, ErrorReply
from difd.protocol.requests import ClearCache, InspectCache, VerifyCache
from difd.service.server.answering import LateReplies
from difd.service.server.verbs import Verb, verb
from difd.store import settings_file
from difd.store.cache import upkeep
from difd.store.cache.layout import default_directory

WAITING_MAX: Final = 16
"""Requests about the cache that may be under way; more are refused."""

CacheRequest = InspectCache | VerifyCache | ClearCache


class CacheCaretaker:
    """Takes requests about the cache and answers them when they are done.

    Args:
        send: sends a message to a connection; False when it is gone.
    """

    def __init__(self, send: Callable[[bytes, msgspec.Struct], bool]) -> None:
        refusal = f"{WAITING_MAX} requests about the cache are under way already."
        self._replies = LateReplies(send, WAITING_MAX, refusal)

    def verbs(self) -> tuple[Verb, ...]:
        """What it answers."""
        return (
            verb(InspectCache, self._begin),
            verb(VerifyCache, self._begin),
            verb(ClearCache, self._begin),
        )

    def _begin(self, connection: bytes, request: CacheRequest) -> None:
        """Begin to do what is asked.

        Raises:
            UsageError: too many are being done already.
        """
        self._replies.begin(connection, request, partial(asyncio.to_thread, _reply, request))


def _reply(request: CacheRequest) -> Reply:
    try:
        match request:
            case InspectCache():
                found = upkeep.info(limit=settings_file.cache_limit())
                return CacheInfoReply(
                    id=request.id,
                    directory=os.fsencode(found.directory),
                    records=found.records,
                    files=found.files,
                    size=found.bytes,
                    limit=found.limit,
                )
            case VerifyCache():
                check = upkeep.verify()
                return CacheCheckReply(
                    id=request.id,
                    records=check.records,
                    damaged=check.damaged,
                    rebuilt=check.rebuilt,
                )
            case ClearCache():
                return CacheClearedReply(id=request.id, freed=upkeep.clear())
    except DifdError as error:
        return ErrorReply(id=request.id, error=error.info())
    except (OSError, sqlite3.Error) as error:
        failure = JobFailed(
            f"The tensor cache cannot be used: {error}.",
            path=os.fsencode(default_directory()),
        )
        return ErrorReply(id=request.id, error=failure.info())
