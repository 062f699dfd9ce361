"""Locks by flock."""

from __future__ import annotations

import fcntl


def take(descriptor: int, *, shared: bool = False) -> None:
    """Lock an open file, without waiting.

    Args:
        descriptor: of the file.
        shared: others may lock it so, too.

    Raises:
        BlockingIOError: somebody else has locked it.
        OSError: it cannot be locked, by its `errno`.
    """
    fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def wait(descriptor: int) -> None:
    """Lock an open file or folder, as soon as nobody else has locked it.

    Raises:
        OSError: it cannot be locked.
    """
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def release(descriptor: int) -> None:
    """Let others lock it.

    Raises:
        OSError: it cannot be told.
    """
    fcntl.flock(descriptor, fcntl.LOCK_UN)
