"""Handles of files and folders: opened by name, and what Windows tells of what is open."""

from __future__ import annotations

import ctypes
import errno
import msvcrt
import os
import stat
import time
from collections.abc import Callable
from ctypes import wintypes
from typing import Any, Final

from difd.system.windows.kernel import INVALID_HANDLE, declare, failure, kernel32

READ: Final = 0x8000_0000
WRITE: Final = 0x4000_0000
READ_ATTRIBUTES: Final = 0x80
LIST: Final = 0x1
DELETE: Final = 0x1_0000
SHARE_READ_WRITE: Final = 3
SHARE_DELETE: Final = 4
OPEN_LINK: Final = 0x0020_0000
BACKUP: Final = 0x0200_0000
"""Of winnt.h: access, sharing, FILE_FLAG_OPEN_REPARSE_POINT and FILE_FLAG_BACKUP_SEMANTICS."""

CREATE_NEW, CREATE_ALWAYS, OPEN_EXISTING, OPEN_ALWAYS = 1, 2, 3, 4

_PATH_MAX: Final = 32768

_IN_USE: Final = 32
"""ERROR_SHARING_VIOLATION: another program has it open and lets nobody else."""

_PATIENCE: Final = 0.2
"""Seconds after which that is tried once more: programs against viruses look and let go."""

_EPOCH: Final = 116_444_736_000_000_000
"""The beginning of 1970, in ticks of 100 ns since that of 1601, as Windows counts."""

_COUNTED: Final = ("st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size")
"""What a status has by its place, not by its name."""

_BASIC, _DISPOSITION, _TAG = 0, 4, 9
"""FileBasicInfo, FileDispositionInfo and FileAttributeTagInfo."""


class _Basic(ctypes.Structure):
    """FILE_BASIC_INFO."""

    _fields_ = (
        ("created", ctypes.c_int64),
        ("read", ctypes.c_int64),
        ("written", ctypes.c_int64),
        ("changed", ctypes.c_int64),
        ("attributes", wintypes.DWORD),
    )


class _Tag(ctypes.Structure):
    """FILE_ATTRIBUTE_TAG_INFO."""

    _fields_ = (("attributes", wintypes.DWORD), ("tag", wintypes.DWORD))


_create: Final = declare(
    kernel32,
    "CreateFileW",
    wintypes.HANDLE,
    *(wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p),
    *(wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE),
)
_final_path: Final = declare(
    kernel32,
    "GetFinalPathNameByHandleW",
    wintypes.DWORD,
    *(wintypes.HANDLE, wintypes.LPWSTR, wintypes.DWORD, wintypes.DWORD),
)
_about: Final = declare(
    kernel32,
    "GetFileInformationByHandleEx",
    wintypes.BOOL,
    *(wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD),
)
_set: Final = declare(
    kernel32,
    "SetFileInformationByHandle",
    wintypes.BOOL,
    *(wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD),
)


def opened(place: str, access: int, sharing: int, disposition: int, flags: int) -> int:
    """A handle of what is at a place.

    Raises:
        OSError: it cannot be opened; with `EISDIR` it is a folder.
    """
    try:
        return _opened(place, access, sharing, disposition, flags)
    except OSError as error:
        if error.winerror != _IN_USE:
            raise
    time.sleep(_PATIENCE)
    return _opened(place, access, sharing, disposition, flags)


def patient(change: Callable[..., None], *arguments: str) -> None:
    """Change names; once more after a moment, if another program had a file to itself.

    Raises:
        OSError: it could not be done.
    """
    try:
        change(*arguments)
    except OSError as error:
        if error.winerror != _IN_USE:
            raise
    else:
        return
    time.sleep(_PATIENCE)
    change(*arguments)


def path_of(descriptor: int) -> str:
    r"""Where an open file or folder is, without links; with `\\?\` in front.

    Raises:
        OSError: nobody tells.
    """
    room = ctypes.create_unicode_buffer(_PATH_MAX)
    if not _final_path(msvcrt.get_osfhandle(descriptor), room, _PATH_MAX, 0):
        raise failure()
    return room.value


def is_link(descriptor: int) -> bool:
    """Whether what is open is a link or junction itself.

    Other reparse points, such as placeholders of clouds, are files. Python 3.11 does not tell them
    apart by a descriptor.
    """
    if not os.fstat(descriptor).st_file_attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT:
        return False
    told = _Tag()
    if not _ask(descriptor, _TAG, told):
        return True
    return told.tag in {stat.IO_REPARSE_TAG_SYMLINK, stat.IO_REPARSE_TAG_MOUNT_POINT}


def status_of(descriptor: int) -> os.stat_result:
    """What `fstat` tells, with the time of the last change of anything in place of `st_ctime`.

    Python gives the time at which a file was made, which stays as it is and can be set.

    Raises:
        OSError: nobody tells.
    """
    found = os.fstat(descriptor)
    told = _Basic()
    if not _ask(descriptor, _BASIC, told) or not told.changed:
        return found
    return with_change(found, (told.changed - _EPOCH) * 100)


def with_change(found: os.stat_result, changed_ns: int) -> os.stat_result:
    """A status with another `st_ctime`."""
    hidden = {name for name in dir(found) if name.startswith("st_")}.difference(_COUNTED)
    more = {name: getattr(found, name) for name in hidden}
    more["st_ctime_ns"], more["st_ctime"] = changed_ns, changed_ns / 1e9
    return os.stat_result(tuple(found), more)


def remove_open(descriptor: int) -> None:
    """Remove a file or empty folder that is open for that; it is gone when nobody has it open.

    Raises:
        OSError: it is not empty, or may not go.
    """
    wanted = wintypes.BOOLEAN(True)  # noqa: FBT003  positional only
    handle = msvcrt.get_osfhandle(descriptor)
    if not _set(handle, _DISPOSITION, ctypes.byref(wanted), ctypes.sizeof(wanted)):
        raise failure()


def _ask(descriptor: int, what: int, answer: ctypes.Structure) -> Any:  # noqa: ANN401  a number
    handle = msvcrt.get_osfhandle(descriptor)
    return _about(handle, what, ctypes.byref(answer), ctypes.sizeof(answer))


def _opened(place: str, access: int, sharing: int, disposition: int, flags: int) -> int:
    handle: int = _create(place, access, sharing, None, disposition, flags, None)
    if handle == INVALID_HANDLE:
        error = failure()
        error.filename = place
        # As on POSIX, a folder is not said to be forbidden.
        if error.errno == errno.EACCES and access & (READ | WRITE) and os.path.isdir(place):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), place)
        raise error
    return handle
