"""What a supervisor such as systemd hands to a daemon, and what it wants to hear from it.

Two environment variables and a datagram: a library for it would be larger than this.
"""

from __future__ import annotations

import os
from typing import Final

from difd.protocol.endpoint import Endpoint
from difd.protocol.errors import DaemonStartFailed
from difd.system import supervision

FIRST_DESCRIPTOR: Final = 3
"""Where handed descriptors begin (sd_listen_fds(3))."""


class Supervisor:
    """The process that supervises this one, if one does; its variables leave the environment.

    The processes beside the daemon inherit the environment, and must not take them for theirs.
    """

    def __init__(self) -> None:
        ours = os.environ.pop("LISTEN_PID", "") == str(os.getpid())
        count = os.environ.pop("LISTEN_FDS", "")
        os.environ.pop("LISTEN_FDNAMES", None)
        self._descriptors = int(count) if ours and count.isdecimal() else 0
        self._address = os.environ.pop("NOTIFY_SOCKET", "")

    def listener(self, endpoint: Endpoint) -> int | None:
        """The listening socket that was handed over, None if none was.

        Raises:
            DaemonStartFailed: it is another socket than clients look for.
        """
        if self._descriptors == 0:
            return None
        address = supervision.taken_over(FIRST_DESCRIPTOR)
        expected = os.path.realpath(endpoint.socket)
        if self._descriptors > 1 or not address or os.path.realpath(address) != expected:
            raise DaemonStartFailed(
                "The system handed the daemon another socket than difd's own.",
                path=os.fsencode(endpoint.socket),
                hint="Write its units again with: difctl daemon enable",
            )
        return FIRST_DESCRIPTOR

    def notify(self, state: str) -> None:
        """Tell the state, such as `READY=1`; one that does not listen is no reason to stop."""
        if self._address:
            supervision.tell(self._address, state)
