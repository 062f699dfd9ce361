"""The host's end of one worker process: how it starts, what it was given, how it ends.

A worker is a program of its own (`worker`); or, on Linux, where this process has imported what
workers need and has no other thread yet, a copy of it: that takes a millisecond, and no memory for
what is the same in both.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
import time
from collections import deque
from functools import partial
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Final, Protocol

from difd.pools import worker
from difd.pools.tasks import Task
from difd.system import forking, interpreter, processes

_REAP_SECONDS: Final = 10.0
"""How long a worker that was killed may take to end."""

_SCRIPT: Final = Path(__file__).resolve().with_name("worker.py")
"""Started by its path: nothing of the host program is imported there."""

ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Numerical libraries would start a thread per processor in each worker."""

_log = logging.getLogger(__name__)


class _Process(Protocol):
    """What is asked of a process, however it was started."""

    pid: int

    def kill(self) -> None:
        """End it now."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, at most so many seconds; its status."""


_LEFT_BEHIND: Final[list[_Process]] = []
"""Workers that had not ended in time."""


class WorkerProcess:
    """A worker and what it was given.

    Args:
        memory: most address space, in bytes; 0 for no limit.
        ahead: a module that it imports before the first item comes.
        copied: make it a copy of this process, which has imported `ahead` and has no other thread.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, memory: int, ahead: str, *, copied: bool = False) -> None:
        self.connection, theirs = Pipe()
        self._bound = processes.Bound(memory)
        try:
            self.process: _Process = (
                forking.Copy(
                    partial(worker.run_as_copy, memory=memory),
                    theirs.fileno(),
                    self._bound.theirs,
                )
                if copied
                else self._bound.start(
                    [*interpreter.COMMAND, str(_SCRIPT)], theirs, {**os.environ, **ONE_THREAD}
                )
            )
        except OSError:
            self.connection.close()
            self._bound.close()
            raise
        finally:
            theirs.close()
            self._bound.started()
        self.ready = False
        self.tasks: deque[Task] = deque()
        self.since = time.monotonic()
        if not copied:
            path = [entry or os.getcwd() for entry in sys.path]
            self._send(pickle.dumps({"path": path, "memory": memory, "ahead": ahead}))

    def give(self, task: Task) -> None:
        """Send a task; it is worked on after those before it."""
        if not self.tasks:
            self.since = time.monotonic()
        self.tasks.append(task)
        self._send(task.message)

    def kill(self) -> None:
        """End the process now and wait for it.

        One that hangs in the kernel, in a drive that is gone, ends when the kernel lets it.
        """
        self.process.kill()
        try:
            self.process.wait(_REAP_SECONDS)
        except subprocess.TimeoutExpired:
            _log.warning("worker %d hangs in the kernel and is left behind", self.process.pid)
            _LEFT_BEHIND.append(self.process)
        self._bound.close()
        self.connection.close()

    def _send(self, message: bytes) -> None:
        try:
            self.connection.send_bytes(message)
        except ConnectionError:
            return  # it is dead, which the next look at the connection shows


def can_copy() -> bool:
    """Whether this process may be copied: a copy lacks its other threads, and has their locks."""
    return forking.can_fork()
