"""The cache of what pictures look like, through the daemon whose it is."""

from __future__ import annotations

from difclient.calls.asking import AskLong
from difclient.connection import LONG_SECONDS, new_id
from difd.protocol.replies import CacheCheckReply, CacheClearedReply, CacheInfoReply
from difd.protocol.requests import ClearCache, InspectCache, VerifyCache


class CacheClient:
    """The part of a client that deals with the cache; reached as `Client.cache`.

    Args:
        ask: sends a request and returns its reply.
    """

    def __init__(self, ask: AskLong) -> None:
        self._ask = ask

    def look(self) -> CacheInfoReply:
        """What is in it."""
        return self._ask(InspectCache(id=new_id()), CacheInfoReply)

    def verify(self) -> CacheCheckReply:
        """Read all of it and forget what is damaged; takes a while."""
        return self._ask(VerifyCache(id=new_id()), CacheCheckReply, LONG_SECONDS)

    def clear(self) -> int:
        """Forget everything in it; returns the bytes that became free."""
        return self._ask(ClearCache(id=new_id()), CacheClearedReply, LONG_SECONDS).freed
