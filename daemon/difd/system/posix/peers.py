"""Peers by the credentials of unix sockets."""

from __future__ import annotations

import fcntl
import socket
import struct
import sys
import termios
from typing import Final

_CREDENTIALS: Final = struct.Struct("3i")


def address(connection: socket.socket) -> str | None:
    """The address of the other machine; None if it is a client on this one, at the local door.

    Raises:
        OSError: it is gone.
    """
    return None if connection.family == socket.AF_UNIX else str(connection.getpeername()[0])


def process(connection: socket.socket) -> int | None:
    """The number of a local client's process, None where the system does not tell.

    Raises:
        OSError: it is gone.
    """
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    given = connection.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(given)[0])


def unread(descriptor: int) -> int:
    """Bytes that the other side has not taken yet; there are none for who reads."""
    try:
        return int.from_bytes(fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except OSError:
        return 0
