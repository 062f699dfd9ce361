"""Stopping a daemon that cannot be asked to: one of another major version, or one that is silent.

The process that holds the daemon's lock gets a signal, upon which it leaves in good order. It is
looked at first, and named by a descriptor rather than its number, so that nobody else can get it.
Where there are no such descriptors, it must be the one that listens on the socket.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Final

from difclient.starting import wait_for_end
from difd.protocol.endpoint import Endpoint, daemon_pid
from difd.protocol.errors import DaemonNotRunning, DaemonUnreachable

STOP_SECONDS: Final = 10.0
"""How long a daemon may take to be gone after it was told to stop."""

_LOCKS: Final = Path("/proc/locks")

_CREDENTIALS: Final = struct.Struct("3i")
_SOL_LOCAL: Final = 0
_LOCAL_PEERPID: Final = 2
"""Of macOS's sys/un.h; Python does not name them."""


def stop_by_signal(endpoint: Endpoint, seconds: float = STOP_SECONDS) -> None:
    """End the daemon with SIGTERM, and wait until it is gone.

    Raises:
        DaemonNotRunning: there is none.
        DaemonUnreachable: it is not this user's, or does not hold the lock, or did not leave.
    """
    pid = daemon_pid(endpoint)
    if pid is None:
        raise DaemonNotRunning("No daemon is running.")
    try:
        _terminate(pid, endpoint)
    except ProcessLookupError:
        return
    except PermissionError:
        raise _refusal(pid, endpoint) from None
    if not wait_for_end(pid, seconds):
        raise DaemonUnreachable(
            f"The daemon, process {pid}, is still there {seconds:g} seconds after it was told to "
            "stop.",
            hint=f"Nothing that it finished is lost if you end it: kill -KILL {pid}",
        )


def _terminate(pid: int, endpoint: Endpoint) -> None:
    if not hasattr(os, "pidfd_open"):
        # The number may be another process's by now; only the daemon listens on its socket.
        if _listener(endpoint) != pid:
            raise _refusal(pid, endpoint)
        os.kill(pid, signal.SIGTERM)
        return
    process = os.pidfd_open(pid)
    try:
        # After it was opened: if the number is another process's by now, this tells.
        if os.stat(f"/proc/{pid}").st_uid != os.getuid() or not _holds_lock(pid, endpoint):
            raise _refusal(pid, endpoint)
        signal.pidfd_send_signal(process, signal.SIGTERM)
    except FileNotFoundError:
        raise ProcessLookupError from None
    finally:
        os.close(process)


def _listener(endpoint: Endpoint) -> int | None:
    """The process that listens on the daemon's socket; it need not answer."""
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(os.fspath(endpoint.socket))
        except OSError:
            return None
        if sys.platform == "darwin":
            return line.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID)
        given = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        return int(_CREDENTIALS.unpack(given)[0])


def _holds_lock(pid: int, endpoint: Endpoint) -> bool:
    """Whether the kernel counts the lock as this process's; the lock itself is never touched."""
    try:
        locks = _LOCKS.read_text(encoding="ascii")
    except FileNotFoundError:
        # Where locks are not told, `daemon_pid` has at least seen that it has the file open.
        return True
    # 1: FLOCK  ADVISORY  WRITE 4711 00:1a:5392 0 EOF
    held = rf"\d+: FLOCK +\w+ +WRITE {pid} [0-9a-f:]+:{endpoint.lock.stat().st_ino} .*"
    return any(re.fullmatch(held, line) for line in locks.splitlines())


def _refusal(pid: int, endpoint: Endpoint) -> DaemonUnreachable:
    return DaemonUnreachable(
        f"Process {pid} was not stopped: it is not this user's, or does not hold the lock.",
        path=os.fsencode(endpoint.lock),
    )
