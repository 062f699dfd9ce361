"""What stands against taking a file from its place: rights, owners, programs that write to it.

Asked before anything happens, so that a refusal is one sentence and nothing has to be undone. Who
may write to a file decides, even where the folder would let it be moved.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import sys


def obstacle(path: bytes) -> str | None:
    """Why a file must not be taken from its place, a sentence; None if nothing is against it."""
    folder = os.path.dirname(path)
    try:
        file, around = os.lstat(path), os.lstat(folder)
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            return "It lies on a read-only file system."
    except OSError as error:
        return f"It cannot be reached: {error.strerror}."
    if not os.access(folder, os.W_OK | os.X_OK):
        return "Its folder is read-only for you."
    user = os.geteuid()
    if not stat.S_ISLNK(file.st_mode) and not os.access(path, os.W_OK):
        whose = "It is write-protected" if file.st_uid == user else "It belongs to another user"
        return f"{whose}, and stays."
    if around.st_mode & stat.S_ISVTX and user not in {0, file.st_uid, around.st_uid}:
        return "It belongs to another user, and its folder lets only the owner take it away."
    return None


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
