"""Other machines' way in: listening on tcp, off unless asked for, for keys on a list.

The list is read whenever somebody connects. When a key was taken off it, all connections from other
machines are ended; who is still on it comes back at once.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
import time
from typing import Final

import zmq
from zmq.utils import z85

from difd.protocol.errors import DifdError, InvalidOption
from difd.protocol.remote import RemoteFiles, parse_address
from difd.protocol.replies import AccessReply
from difd.protocol.requests import ApplyAccess
from difd.service.server.server import Server
from difd.service.server.verbs import Verb, verb

_BACKLOG: Final = 64

_TRIES: Final = 10
_PAUSE: Final = 0.05
"""How often, and seconds apart, a port that is in use is asked for again."""

_log = logging.getLogger(__name__)


class RemoteAccess:
    """Keeps the server in step with the files.

    Args:
        server: listens.
        files: say where, and for whom.
    """

    def __init__(self, server: Server, files: RemoteFiles) -> None:
        self._server = server
        self._files = files
        self._address: str | None = None
        self._names: dict[str, str] = {}

    @property
    def address(self) -> str | None:
        """Where the daemon listens for other machines, `HOST:PORT`; None is nowhere."""
        return self._address

    def verbs(self) -> tuple[Verb, ...]:
        """What it answers."""
        return (verb(ApplyAccess, self._apply),)

    def apply(self) -> None:
        """Read the files again, and listen as they say.

        Raises:
            KeysUnusable: they cannot be read; then nobody is let in.
            InvalidOption: the address cannot be used; then the daemon does not listen.
        """
        before, self._names = self._names, {}
        try:
            self._names = {one.key: one.name for one in self._files.allowed()}
            address = self._files.listening()
        except DifdError:
            self._server.end_remote()
            raise
        if before.keys() - self._names.keys():
            self._server.end_remote()
        if address != self._address:
            self._server.listen(None, "", self._user)
            self._address = None
        if address is not None and self._address is None:
            pair = self._files.daemon_key(zmq.curve_keypair)
            self._server.listen(_listener(address), pair.secret, self._user)
            self._address = address
            _log.info("listens on %s for %d keys", address, len(self._names))

    def apply_at_start(self) -> None:
        """The same; a network that is not there yet is no reason not to serve this machine."""
        try:
            self.apply()
        except DifdError as error:
            _log.warning("%s %s", error.message, os.fsdecode(error.path or b""))

    def _apply(self, _connection: bytes, request: ApplyAccess) -> AccessReply:
        self.apply()
        return AccessReply(id=request.id, address=self._address)

    def _user(self, key: bytes) -> str | None:
        """The name of who has this key, None if it is not on the list."""
        try:
            allowed = {one.key: one.name for one in self._files.allowed()}
        except DifdError as error:
            _log.warning("%s %s", error.message, os.fsdecode(error.path or b""))
            return None
        return allowed.get(z85.encode(key).decode())


def _listener(address: str) -> socket.socket:
    host, port = parse_address(address)
    try:
        (family, kind, protocol, _, place), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _bind(listener, place)
            listener.listen(_BACKLOG)
            listener.setblocking(False)  # noqa: FBT003  positional only
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        raise InvalidOption(
            f"The daemon cannot listen on {address}: {error.strerror}.",
            hint="Give another one with: difctl daemon listen --address HOST:PORT",
        ) from error
    return listener


def _bind(listener: socket.socket, place: tuple[object, ...]) -> None:
    """Bind; after a change of address ZeroMQ may hold the port for a moment longer."""
    for _ in range(_TRIES):
        try:
            listener.bind(place)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            time.sleep(_PAUSE)
        else:
            return
    listener.bind(place)
