"""What stands against taking a file from its place: rights, owners, programs that write to it.

Asked before anything happens, so that a refusal is one sentence and nothing has to be undone. Who
may write to a file decides, even where the folder would let it be moved.
"""

from __future__ import annotations

import errno
import fcntl
import signal
import sys

from difd.protocol import rights


def obstacle(path: bytes) -> str | None:
    """Why a file must not be taken from its place, a sentence; None if nothing is against it."""
    return rights.obstacle(path)


def is_being_written(descriptor: int) -> bool:
    """Whether some program has this file open for writing; False where that cannot be known.

    Asked where the content is going to be copied: what is written later would be lost.

    Args:
        descriptor: open for reading only.
    """
    if sys.platform != "linux":
        return False
    # A lease on reading is given while nobody writes. Whoever opens the file for writing before it
    # is given back would send SIGIO, which ends a process that does not expect it; SIGURG does not.
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno in {errno.EAGAIN, errno.EWOULDBLOCK}
    return False
