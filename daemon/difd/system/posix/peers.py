"""Peers by the credentials of unix sockets."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys
import termios
from pathlib import Path
from typing import Final

_CREDENTIALS: Final = struct.Struct("3i")

_TABLE: Final = Path("/proc/net/tcp")
_LOCAL, _REMOTE, _USER = 1, 2, 7


def address(connection: socket.socket) -> str | None:
    """The address of the other machine; None if it is a client on this one, at the local door.

    Raises:
        OSError: it is gone.
    """
    return None if connection.family == socket.AF_UNIX else str(connection.getpeername()[0])


def is_stranger(peer: tuple[str, int], here: tuple[str, int]) -> bool:
    """Whether a loopback connection comes from a process of another user.

    Every user of a machine can connect to its loopback ports, and can read the command line of the
    browser, where an address stands for a moment. The kernel knows whose each socket is.

    Args:
        peer: the other end, as the server sees it: an IPv4 address and a port.
        here: our own end.

    Returns:
        True also if Linux should know and does not. Other systems tell nothing, and there it is
        False: then a secret alone decides.
    """
    if sys.platform != "linux":
        return False
    wanted = [_spelled(peer), _spelled(here)]
    for line in _TABLE.read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if [fields[_LOCAL], fields[_REMOTE]] == wanted:
            return int(fields[_USER]) != os.getuid()
    return True


def _spelled(end: tuple[str, int]) -> str:
    """The address as the kernel's table has it: bytes in the machine's order, hexadecimal."""
    parts = bytes(int(part) for part in end[0].split("."))
    return f"{int.from_bytes(parts, sys.byteorder):08X}:{end[1]:04X}"


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
