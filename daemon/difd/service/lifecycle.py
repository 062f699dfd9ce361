"""A daemon's claim to be the only one: its lock, its socket, and its word to whoever started it.

The lock comes first and is held for life; only then is a stale socket removed and ours put in its
place. Binding through ZeroMQ alone would silently take a live daemon's address away.
"""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from typing import Final

import msgspec

from difd.protocol.endpoint import Endpoint
from difd.protocol.errors import DaemonAlreadyRunning, DaemonStartFailed, DifdError
from difd.protocol.ownership import open_file
from difd.protocol.removal import remove_file
from difd.system import files, locks, processes
from difd.system.endpoint import Door, is_listening

LOCK_SECONDS: Final = 8.0
"""How long a starting daemon waits for one that is on its way out."""

STATE_SECONDS: Final = 2.0
"""How long it waits for the state directory after that."""

READY: Final = b"READY"
"""Written to the readiness pipe once the socket answers; else an `ErrorInfo` in msgpack."""

_FILES_WANTED = 65536

FILES_ENOUGH: Final = 2048
"""Open files that no flood uses up: those of connections that `connections` allows or has not yet
heard of, and our own (`tests/robustness/test_floods.py`)."""

_log = logging.getLogger(__name__)


def take_lock(endpoint: Endpoint) -> int:
    """Take the lock that makes this daemon the only one; held until the process ends.

    Returns:
        The open file descriptor, which must be kept.

    Raises:
        DaemonAlreadyRunning: a daemon answers on the socket.
        DaemonStartFailed: the lock stays taken and nobody answers.
    """
    lock = open_file(endpoint.lock, os.O_RDWR | os.O_CREAT)
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            locks.take(lock)
        except BlockingIOError:
            if is_listening(endpoint.socket):
                os.close(lock)
                raise DaemonAlreadyRunning("A difd daemon is already running.") from None
            if time.monotonic() > deadline:
                os.close(lock)
                raise DaemonStartFailed(
                    "Another difd daemon has locked this file and does not answer.",
                    path=os.fsencode(endpoint.lock),
                    hint="End its process, then try again.",
                ) from None
            time.sleep(0.05)
        else:
            # For `daemon_pid`: under a supervisor, to connect would start a daemon.
            os.ftruncate(lock, 0)
            os.write(lock, b"%d\n" % os.getpid())
            return lock


def take_state(endpoint: Endpoint) -> int:
    """Take the state directory, to which another runtime directory may lead, too.

    Two logins of one user need not have the same XDG_RUNTIME_DIR; cron has none. A second daemon
    would take the first one's running jobs for the remains of a dead one.

    Returns:
        The open file descriptor, which must be kept.

    Raises:
        DaemonStartFailed: another daemon has it.
    """
    path = endpoint.state / "daemon.lock"
    lock = open_file(path, os.O_RDWR | os.O_CREAT)
    # A predecessor that is killed lets go of one lock after the other.
    deadline = time.monotonic() + STATE_SECONDS
    while True:
        try:
            locks.take(lock)
        except BlockingIOError:
            if time.monotonic() > deadline:
                there = os.fsdecode(files.read_at(lock, 4096, 0))
                os.close(lock)
                raise DaemonStartFailed(
                    f"Another daemon of yours, with its socket in {there}, uses this directory.",
                    path=os.fsencode(endpoint.state),
                    hint="Set XDG_RUNTIME_DIR to the folder above that one.",
                ) from None
            time.sleep(0.05)
        else:
            os.ftruncate(lock, 0)
            os.write(lock, os.fsencode(endpoint.runtime))
            return lock


def open_door(endpoint: Endpoint, listener: int | None = None) -> Door:
    """Where clients of this machine come in; the lock must be held.

    Args:
        endpoint: ours.
        listener: a descriptor of the socket there, if a supervisor has it listen already.
    """
    if listener is None:
        remove_file(endpoint.socket)
    return Door(endpoint.socket, listener)


def raise_file_limit() -> None:
    """Allow as many open files as the system grants, and log it: libzmq aborts without any left."""
    soft, hard = processes.file_limit(), processes.file_limit(hard=True)
    wanted = _FILES_WANTED if hard is None else min(_FILES_WANTED, hard)
    if soft is not None and soft < wanted:
        processes.allow_files(wanted)
        _log.info("open files: the limit was %d, and is %d now", soft, wanted)
    if wanted < FILES_ENOUGH:
        _log.warning(
            "the system grants %d open files; with fewer than %d, many clients at once may end "
            "the daemon: raise the hard limit",
            wanted,
            FILES_ENOUGH,
        )


class Readiness:
    """The pipe to the client that starts us, if one does.

    Args:
        fd: the number of its writing end, None when started by hand.
    """

    def __init__(self, fd: int | None) -> None:
        self._fd = fd
        if fd is not None:
            self._fd = processes.word_of(fd)

    def ready(self) -> None:
        """The socket answers now."""
        self._tell(READY)

    def failed(self, error: DifdError) -> None:
        """There will be no daemon; the client shows the error to the user."""
        self._tell(msgspec.msgpack.encode(error.info()))

    def _tell(self, word: bytes) -> None:
        if self._fd is not None:
            # The client may have given up waiting: that is no reason to give up serving.
            with suppress(BrokenPipeError):
                os.write(self._fd, word)
            os.close(self._fd)
            self._fd = None
