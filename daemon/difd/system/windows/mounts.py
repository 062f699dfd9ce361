"""File systems by what Windows calls them: NTFS, exFAT; what lies on a network says so itself."""

from __future__ import annotations

import ctypes
import errno
import msvcrt
from ctypes import wintypes
from typing import Final

from difd.system.windows.handles import path_of
from difd.system.windows.kernel import declare, kernel32

NETWORK: Final = "network drive"
"""What is reached through a share, whatever its disk is."""

_NAME_MAX: Final = 260

_SHARE: Final = "\\\\?\\UNC\\"

_about_volume: Final = declare(
    kernel32,
    "GetVolumeInformationByHandleW",
    wintypes.BOOL,
    *(wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p, ctypes.c_void_p),
    *(ctypes.c_void_p, wintypes.LPWSTR, wintypes.DWORD),
)


def kind_of(descriptor: int) -> str:
    """The type of the file system that an open file or folder lies on; empty if nobody tells."""
    try:
        if path_of(descriptor).startswith(_SHARE):
            return NETWORK
    except OSError:
        return ""
    room = ctypes.create_unicode_buffer(_NAME_MAX)
    handle = msvcrt.get_osfhandle(descriptor)
    told = _about_volume(handle, None, 0, None, None, None, room, _NAME_MAX)
    return room.value if told else ""


def kind_of_device(_device: int) -> str | None:
    """The type of the file system with this serial number: nobody is asked, so it is empty."""
    return ""


def memory_behind(_device: int, _path: bytes) -> str:
    """Which memory holds a file: nobody is asked, so it is empty."""
    return ""


def snapshot_behind(_device: int, _path: bytes) -> str:
    """Which snapshot holds a file: nobody is asked, so it is empty."""
    return ""


def open_table() -> int:
    """The table of mounts.

    Raises:
        OSError: always; Windows has none.
    """
    raise FileNotFoundError(errno.ENOENT, "this system has no such table")


class News:
    """Tells when the table changes.

    Raises:
        OSError: always; Windows has none.
    """

    def __init__(self) -> None:
        open_table()

    def fileno(self) -> int:
        """A descriptor that is readable when the table has changed."""
        return -1

    def read(self) -> None:
        """Take the news, so that there are none."""

    def close(self) -> None:
        """Listen no more."""


def mounts_around(_folder: bytes) -> tuple[bytes, ...]:
    """What is mounted on a folder, above and below it: a volume that comes has another number."""
    return ()
