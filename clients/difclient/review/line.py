"""One connection to the page: how long it may take to ask, and whose it may be when there are many.

Every user of the machine can connect to the port. Nothing of theirs is answered, but each
connection takes one of a bounded number of places, and an idle one could keep it for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from difd.system.peers import is_stranger

LINES_MAX: Final = 200
"""Connections at the same time; the one after them is told to come again."""

CROWD: Final = LINES_MAX // 2
"""Connections from which on no other user's are taken: the rest is room for our own."""

ASKING_SECONDS: Final = 10.0
"""How long a request may take to arrive in full, counted from when it could have begun."""

_ARRIVING: Final = (h11.IDLE, h11.SEND_BODY)


class Line(H11Protocol):
    """uvicorn's connection, ended when it does not ask."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401  uvicorn's own
        super().__init__(*given, **named)
        self._limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or turn it away."""
        super().connection_made(transport)
        # The kernel's table is looked at in a crowd only: it takes longer the longer it is.
        if len(self.connections) > CROWD and self._is_strangers():
            transport.abort()
        else:
            self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; when that is a whole request, its answer may take as long as it likes."""
        super().data_received(data)
        if self.conn.their_state not in _ARRIVING:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Await the next request, or the rest of one that was answered before it was there."""
        super().on_response_complete()
        if self.conn.their_state in _ARRIVING:
            self._await_request()

    def _is_strangers(self) -> bool:
        here, peer = self.server, self.client
        if here is None or here[1] is None or peer is None:
            return True
        return is_stranger(peer, (here[0], here[1]))

    def _await_request(self) -> None:
        self._stop_waiting()
        self._limit = self.loop.call_later(ASKING_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
