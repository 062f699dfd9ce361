"""Leases of Linux's kernel, which count for all names of a file."""

from __future__ import annotations

import errno
import fcntl
import signal
import sys


def take(descriptor: int) -> bool:
    """Have those wait that want to write to a file, as long as this is held.

    Args:
        descriptor: open for reading only.

    Returns:
        Whether it is held; False where there are no leases (other systems, network file systems,
        files of other users).

    Raises:
        BlockingIOError: some program has it open for writing.
    """
    if sys.platform != "linux":
        return False
    # Whoever opens the file for writing meanwhile has SIGIO sent to us, which ends a process that
    # does not expect it; SIGURG does not.
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        if error.errno in {errno.EAGAIN, errno.EWOULDBLOCK}:
            raise BlockingIOError(*error.args) from error
        return False
    return True


def is_whole(descriptor: int) -> bool:
    """Whether nobody has wanted to write since."""
    return sys.platform != "linux" or (fcntl.fcntl(descriptor, fcntl.F_GETLEASE) == fcntl.F_RDLCK)


def release(descriptor: int) -> None:
    """Let others write.

    Raises:
        OSError: it cannot be told.
    """
    if sys.platform == "linux":
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
