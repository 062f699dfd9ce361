"""Who may connect: the answers to ZeroMQ's question (ZAP) before a connection carries a message.

Our own rather than pyzmq's authenticator, which lets every local connection in whose address is not
on a list word for word; ours says the user and the process, and only the user matters.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Final

import zmq
import zmq.asyncio

LOCAL: Final = b"local"
"""The ZAP domain of this machine's door: whom it knows as the daemon's user may connect."""

REMOTE: Final = b"remote"
"""The ZAP domain of other machines: who has a key on the list may connect."""

Rule = Callable[[bytes, list[bytes]], str | None]
"""From a peer's address, and its mechanism and credentials, to its name; None is refused."""

_ADDRESS: Final = "inproc://zeromq.zap.01"
_FRAMES: Final = 6
_REFUSALS_LOGGED: Final = 100

_log = logging.getLogger(__name__)


class Gatekeeper:
    """Answers ZeroMQ's questions; it must exist before the first socket is bound.

    Args:
        context: the one of the sockets that ask.
        local: who comes through the door of this machine.
    """

    def __init__(self, context: zmq.asyncio.Context, local: Rule) -> None:
        self._socket = context.socket(zmq.REP)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.bind(_ADDRESS)
        self._rules: dict[bytes, Rule] = {LOCAL: local}
        self._logged: set[tuple[bytes, str]] = set()

    def let_in(self, user: Callable[[bytes], str | None]) -> None:
        """From other machines, let in who has a key (32 bytes) that `user` has a name for."""

        def rule(_address: bytes, credentials: list[bytes]) -> str | None:
            mechanism, *keys = credentials
            return user(keys[0]) if mechanism == b"CURVE" and len(keys) == 1 else None

        self._rules[REMOTE] = rule

    async def serve(self) -> None:
        """Answer until cancelled."""
        while True:
            question = await self._socket.recv_multipart()
            await self._socket.send_multipart(self._answer(question))

    def close(self) -> None:
        """Answer no more."""
        self._socket.close()

    def _answer(self, question: list[bytes]) -> list[bytes]:
        """The reply to `[version, request, domain, address, routing id, mechanism, ...]`."""
        version, request, domain, address, _routing_id, mechanism = question[:_FRAMES]
        rule = self._rules.get(domain)
        user = None if rule is None else rule(address, [mechanism, *question[_FRAMES:]])
        if user is None:
            self._log_refusal(domain, address)
            return [version, request, b"400", b"not allowed", b"", b""]
        return [version, request, b"200", b"OK", user.encode(), b""]

    def _log_refusal(self, domain: bytes, address: bytes) -> None:
        # Whoever is refused comes back ten times a second; once is enough to know.
        who = address.rpartition(b":")[0] if domain == LOCAL else address
        key = (domain, os.fsdecode(who))
        if key not in self._logged and len(self._logged) < _REFUSALS_LOGGED:
            self._logged.add(key)
            _log.warning("refused a connection from %s", os.fsdecode(address))
