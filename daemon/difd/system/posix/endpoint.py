"""A unix socket, mode 0600; the kernel tells the uid of who connects."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import zmq

NAME: Final = "difd.sock"
"""Of the socket, in the runtime directory."""

LONGEST: Final = 103
"""Longest path of a unix socket, in bytes: 104 with its final zero on macOS and BSD."""

_BACKLOG: Final = 128


def is_listening(place: Path) -> bool:
    """Whether somebody listens there; nothing is sent."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(os.fspath(place))
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ECONNREFUSED}:
                return False
            raise
    return True


def address(place: Path) -> bytes:
    """The socket as ZeroMQ names it."""
    return b"ipc://" + os.fsencode(place)


def connect(client: zmq.Socket[bytes], place: Path) -> None:
    """Connect a client's socket."""
    client.connect(address(place))  # type: ignore[arg-type]  # bytes pass, undeclared


class Door:
    """What a daemon listens at.

    Args:
        place: of the socket; nothing may be there.
        listener: a descriptor of a socket that listens there already; None makes one.
    """

    def __init__(self, place: Path, listener: int | None = None) -> None:
        self._place = place
        self._listener = _listening(place) if listener is None else listener

    def bind(self, server: zmq.Socket[bytes]) -> None:
        """Have a daemon's socket listen."""
        import zmq  # noqa: PLC0415  clients connect without it

        server.setsockopt(zmq.USE_FD, self._listener)
        server.bind(address(self._place))  # type: ignore[arg-type]  # bytes pass, undeclared

    def user(self, peer: bytes, credentials: list[bytes]) -> str | None:
        """Who connects, if it is this user.

        Args:
            peer: its address as ZeroMQ tells it.
            credentials: the mechanism, and what it has shown.
        """
        uid = uid_in(peer)
        return str(uid) if uid == os.getuid() and credentials == [b"NULL"] else None


def uid_in(peer: bytes) -> int | None:
    """The uid in the address of a local peer, `localhost:uid:gid:pid`; None if there is none.

    Parsed from the right, because the first part is a name that may hold anything.
    """
    parts = peer.rsplit(b":", 3)
    return int(parts[1]) if len(parts) == 4 and parts[1].isdigit() else None  # noqa: PLR2004


def _listening(place: Path) -> int:
    listener = socket.socket(socket.AF_UNIX)
    umask = os.umask(0o177)
    try:
        listener.bind(os.fspath(place))
    finally:
        os.umask(umask)
    listener.listen(_BACKLOG)
    listener.setblocking(False)  # noqa: FBT003  positional only
    return listener.detach()
