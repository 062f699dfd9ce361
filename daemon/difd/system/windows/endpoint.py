"""A port of the loopback, encrypted by CURVE, and a file that only its user may read.

Everybody on the machine can connect to a port. Who has not read the file knows no key: not the
daemon's, without which nothing is encrypted for it, and not the clients', without which it lets
nobody in. Both are made anew with every daemon.
"""

from __future__ import annotations

import ctypes
import os
import socket
from ctypes import wintypes
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from difd.system.windows.files import NEW, open_plain, unlink
from difd.system.windows.kernel import advapi32, declare, failure, kernel32
from difd.system.windows.owners import my_sid
from difd.system.windows.processes import is_alive

if TYPE_CHECKING:
    import zmq

NAME: Final = "difd.endpoint"
"""Of the file, in the runtime directory."""

LONGEST: Final = 32_000
"""Longest path of the file, in bytes: Windows counts 32,767 characters."""

_LOOPBACK: Final = "127.0.0.1"
_FIELDS: Final = 5
_MOST: Final = 1024
_PROBE_SECONDS: Final = 2.0

_RIGHTS: Final = 0x8000_0004
"""DACL_SECURITY_INFORMATION, and nothing inherited from the folder."""

_parse: Final = declare(
    advapi32,
    "ConvertStringSecurityDescriptorToSecurityDescriptorW",
    wintypes.BOOL,
    *(wintypes.LPCWSTR, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p),
)
_set_security: Final = declare(
    advapi32,
    "SetFileSecurityW",
    wintypes.BOOL,
    *(wintypes.LPCWSTR, wintypes.DWORD, ctypes.c_void_p),
)
_free: Final = declare(kernel32, "LocalFree", ctypes.c_void_p, ctypes.c_void_p)


class _Said(NamedTuple):
    """What the file says: a line for each.

    Attributes:
        port: of the loopback.
        pid: of the daemon.
        server: its public key, Z85.
        public: the clients' public key, Z85.
        secret: their secret key, Z85.
    """

    port: int
    pid: int
    server: str
    public: str
    secret: str


def is_listening(place: Path) -> bool:
    """Whether somebody listens there; nothing is sent."""
    said = _read(place)
    # Windows tries a port that nobody listens at for two seconds: ask for the process first.
    if said is None or not is_alive(said.pid):
        return False
    with socket.socket() as probe:
        probe.settimeout(_PROBE_SECONDS)
        try:
            probe.connect((_LOOPBACK, said.port))
        except OSError:
            return False
    return True


def address(place: Path) -> bytes:
    """The port as ZeroMQ names it, without a number while there is none."""
    said = _read(place)
    return f"tcp://{_LOOPBACK}:{said.port if said else '*'}".encode()


def connect(client: zmq.Socket[bytes], place: Path) -> None:
    """Connect a client's socket.

    Raises:
        FileNotFoundError: nobody listens.
    """
    import zmq  # noqa: PLC0415  who only looks does without it

    said = _read(place)
    if said is None:
        raise FileNotFoundError(2, "nobody listens", os.fspath(place))
    client.setsockopt(zmq.CURVE_SERVERKEY, said.server.encode())
    client.setsockopt(zmq.CURVE_PUBLICKEY, said.public.encode())
    client.setsockopt(zmq.CURVE_SECRETKEY, said.secret.encode())
    client.connect(f"tcp://{_LOOPBACK}:{said.port}")


class Door:
    """What a daemon listens at.

    Args:
        place: of the file; nothing may be there.
        listener: Windows hands over none.
    """

    def __init__(self, place: Path, listener: int | None = None) -> None:  # noqa: ARG002  see above
        self._place = place
        self._client = b""

    def bind(self, server: zmq.Socket[bytes]) -> None:
        """Have a daemon's socket listen, and write down where.

        Raises:
            OSError: the file cannot be written so that nobody else reads it.
        """
        import zmq  # noqa: PLC0415  clients connect without it
        from zmq.utils import z85  # noqa: PLC0415  the same

        ours, secret = zmq.curve_keypair()
        theirs, their_secret = zmq.curve_keypair()
        self._client = z85.decode(theirs)
        server.setsockopt(zmq.CURVE_SERVER, 1)
        server.setsockopt(zmq.CURVE_SECRETKEY, secret)
        server.bind(f"tcp://{_LOOPBACK}:*")
        _, _, port = server.getsockopt_string(zmq.LAST_ENDPOINT).rpartition(":")
        lines = (port, str(os.getpid()), ours.decode(), theirs.decode(), their_secret.decode())
        _write(self._place, "\n".join((*lines, "")).encode())

    def user(self, _peer: bytes, credentials: list[bytes]) -> str | None:
        """Who connects, if it is this user.

        Args:
            peer: its address as ZeroMQ tells it.
            credentials: the mechanism, and what it has shown.
        """
        return "user" if self._client and credentials == [b"CURVE", self._client] else None


def _read(place: Path) -> _Said | None:
    """What the file says; None if there is none, or it is being written."""
    try:
        descriptor = open_plain(place)
    except OSError:
        return None
    try:
        lines = os.read(descriptor, _MOST).decode("ascii", "replace").split("\n")
    finally:
        os.close(descriptor)
    if len(lines) <= _FIELDS or not (lines[0].isdecimal() and lines[1].isdecimal()):
        return None
    return _Said(int(lines[0]), int(lines[1]), *lines[2:_FIELDS])


def _write(place: Path, content: bytes) -> None:
    """Write the file under another name, closed to all others before anything is in it."""
    beside = place.with_name(f"{place.name}.new")
    if beside.exists():
        unlink(beside, None)
    descriptor = open_plain(beside, NEW)
    try:
        _close_to_others(beside)
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
    os.replace(beside, place)


def _close_to_others(path: Path) -> None:
    """Let this user read and write a file, and the system, and nobody else."""
    descriptor = ctypes.c_void_p()
    rule = f"D:P(A;;FA;;;{my_sid()})(A;;FA;;;SY)"
    if not _parse(rule, 1, ctypes.byref(descriptor), None):
        raise failure()
    try:
        if not _set_security(os.fspath(path), _RIGHTS, descriptor):
            raise failure(os.fsencode(path))
    finally:
        _free(descriptor)
