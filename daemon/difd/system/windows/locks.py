"""Locks by LockFileEx, on a byte far behind the end of every file.

Windows keeps others from reading and writing what is locked; nobody reads there.
"""

from __future__ import annotations

import ctypes
import errno
import msvcrt
from ctypes import wintypes
from typing import Final

from difd.system.windows.kernel import Overlapped, declare, failure, kernel32

_AT_ONCE: Final = 1
_ALONE: Final = 2
"""LOCKFILE_FAIL_IMMEDIATELY and LOCKFILE_EXCLUSIVE_LOCK."""

_HELD: Final = {33, 997}
"""ERROR_LOCK_VIOLATION and ERROR_IO_PENDING."""

_NOT_LOCKED: Final = 158

_FAR: Final = 0x7FFF_0000
"""The upper half of the place of the byte that is locked."""

_lock: Final = declare(
    kernel32,
    "LockFileEx",
    wintypes.BOOL,
    *(wintypes.HANDLE, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD),
    ctypes.POINTER(Overlapped),
)
_unlock: Final = declare(
    kernel32,
    "UnlockFileEx",
    wintypes.BOOL,
    *(wintypes.HANDLE, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD),
    ctypes.POINTER(Overlapped),
)


def take(descriptor: int, *, shared: bool = False) -> None:
    """Lock an open file, without waiting.

    Args:
        descriptor: of the file.
        shared: others may lock it so, too.

    Raises:
        BlockingIOError: somebody else has locked it.
        OSError: it cannot be locked.
    """
    _take(descriptor, _AT_ONCE | (0 if shared else _ALONE))


def wait(descriptor: int) -> None:
    """Lock an open file, as soon as nobody else has locked it.

    Raises:
        OSError: it cannot be locked.
    """
    _take(descriptor, _ALONE)


def release(descriptor: int) -> None:
    """Let others lock it; nothing if it is not locked.

    Raises:
        OSError: it cannot be told.
    """
    place = Overlapped(offset_high=_FAR)
    if not _unlock(msvcrt.get_osfhandle(descriptor), 0, 1, 0, ctypes.byref(place)):
        error = failure()
        if error.winerror != _NOT_LOCKED:
            raise error


def _take(descriptor: int, flags: int) -> None:
    place = Overlapped(offset_high=_FAR)
    if not _lock(msvcrt.get_osfhandle(descriptor), flags, 0, 1, 0, ctypes.byref(place)):
        error = failure()
        if error.winerror in _HELD:
            raise BlockingIOError(errno.EWOULDBLOCK, "it is locked")
        raise error
