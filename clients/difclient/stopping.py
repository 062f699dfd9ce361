"""Stopping a daemon that cannot be asked to: one of another major version, or one that is silent.

The process that holds the daemon's lock gets a signal, upon which it leaves in good order. It is
looked at first, and named by a descriptor rather than its number, so that nobody else can get it.
Where there are no such descriptors, it must be the one that listens on the socket.
"""

from __future__ import annotations

import os
from typing import Final

from difd.protocol.endpoint import Endpoint, daemon_pid
from difd.protocol.errors import DaemonNotRunning, DaemonUnreachable
from difd.system import processes, stop

STOP_SECONDS: Final = 10.0
"""How long a daemon may take to be gone after it was told to stop."""


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
        told = stop.terminate(pid, endpoint.lock, endpoint.socket)
    except ProcessLookupError:
        return
    except PermissionError:
        raise _refusal(pid, endpoint) from None
    if not told:
        raise _refusal(pid, endpoint)
    if not stop.wait_for_end(pid, seconds):
        raise DaemonUnreachable(
            f"The daemon, process {pid}, is still there {seconds:g} seconds after it was told to "
            "stop.",
            hint=f"Nothing that it finished is lost if you end it: {processes.how_to_end(pid)}",
        )


def _refusal(pid: int, endpoint: Endpoint) -> DaemonUnreachable:
    return DaemonUnreachable(
        f"Process {pid} was not stopped: it is not this user's, or does not hold the lock.",
        path=os.fsencode(endpoint.lock),
    )
