"""Copies of this process: ready at once, and sharing its memory until one of the two writes."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from difd.system.posix.processes import LIFELINE

_CONNECTION: Final = 3
"""Where a copy has its end of the pipe."""

_POLL_SECONDS: Final = 0.001

_log = logging.getLogger(__name__)


def can_fork() -> bool:
    """Whether a copy of this process may be made: it would have locks of threads that it lacks."""
    try:
        return sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


class Copy:
    """A process that was forked; what `subprocess.Popen` tells of one that was started.

    Args:
        run: what it does, with the descriptor of its connection; then it ends.
        connection: a descriptor, its end of a pipe; all else that is open here is closed there.
        lifeline: a descriptor, which this process keeps from closing; see `processes.Bound`.
    """

    def __init__(self, run: Callable[[int], None], connection: int, lifeline: int) -> None:
        self.pid = os.fork()
        if not self.pid:
            _be_copy(run, connection, lifeline)
        self._status: int | None = None

    def kill(self) -> None:
        """End it now; nothing if it has been waited for."""
        if self._status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Its status.

        Raises:
            subprocess.TimeoutExpired: it has not ended in time.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while self._status is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                pid, status = self.pid, 0
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
            elif end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("a worker", timeout or 0)
            else:
                time.sleep(_POLL_SECONDS)
        return self._status


def _be_copy(run: Callable[[int], None], connection: int, lifeline: int) -> None:
    """Run in the copy, and end it; nothing of the host's must run there, whatever happens."""
    try:
        # All that the host has open stays the host's: its end shows others that it is gone.
        ours = os.dup(connection)
        os.dup2(lifeline, LIFELINE)
        os.dup2(ours, _CONNECTION)
        os.closerange(_CONNECTION + 1, os.sysconf("SC_OPEN_MAX"))
        run(_CONNECTION)
        os._exit(0)
    except BaseException:
        _log.exception("a worker ends")
        raise
    finally:
        os._exit(1)
