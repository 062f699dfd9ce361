r"""The Recycle Bin: a folder for each user on each volume, in which a file gets a name by chance.

`X:\$Recycle.Bin\S-1-5-…\$Rxxxxxx.jpg` is the file, and `$Ixxxxxx.jpg` beside it says when it came,
from where, and how large it is. Windows fills it; where a volume has none, or the file is too large
for it, Windows removes the file for good and says nothing.
"""

from __future__ import annotations

import ctypes
import os
import struct
from contextlib import suppress
from ctypes import wintypes
from typing import Final

from difd.system.windows import paths, wine
from difd.system.windows.kernel import declare, failure, kernel32
from difd.system.windows.owners import my_sid

IS_OURS: Final = False
"""Whether it is made of folders by the freedesktop specification, and filled by ourselves."""

TELLS: Final = True
"""Whether the system's own trash can be looked into, so that what it took can be brought back."""

_FILE, _NOTE = b"$R", b"$I"

_HEAD: Final = struct.Struct("<qqq")
"""Version, size of the file, and when it came."""

_FIXED, _COUNTED = 1, 2
"""Versions: before Windows 10, 260 characters follow; since then their number, then the path."""

_NOTE_MAX: Final = 1 << 17

_NETWORK: Final = 4
"""DRIVE_REMOTE."""

_PATH_MAX: Final = 32768

_volume_of: Final = declare(
    kernel32,
    "GetVolumePathNameW",
    wintypes.BOOL,
    *(wintypes.LPCWSTR, wintypes.LPWSTR, wintypes.DWORD),
)
_kind_of_drive: Final = declare(kernel32, "GetDriveTypeW", wintypes.UINT, wintypes.LPCWSTR)


def mark() -> bytes:
    """This user in the names of folders."""
    return my_sid().encode()


def put(path: bytes) -> None:
    """Have Windows put a file into the Recycle Bin; it may remove the file instead.

    Raises:
        OSError: it could not be done.
    """
    # Installed on other systems than Linux only.
    from send2trash import send2trash  # noqa: PLC0415

    send2trash(os.fsdecode(paths.plain(path)))


def objection(path: bytes) -> str | None:
    """Why the Recycle Bin takes no file from a place, a sentence; None if it may."""
    with suppress(OSError):
        if _kind_of_drive(_volume(path)) == _NETWORK:
            return "Network drives have no Recycle Bin: move it instead."
    return None


def listed(path: bytes) -> frozenset[bytes]:
    """The paths of what is in the bin that a file would go to.

    Args:
        path: of the file.
    """
    host = wine.trash()
    if host is not None:
        folder, begins = os.path.join(host, b"files"), b""
    else:
        folder, begins = _bin(path), _FILE
    with suppress(OSError), os.scandir(folder) as entries:
        return frozenset(entry.path for entry in entries if entry.name.startswith(begins))
    return frozenset()


def note_of(place: bytes) -> bytes:
    """Where it is written down from where a file in the bin came.

    Args:
        place: its path there.
    """
    folder, name = os.path.split(place)
    if wine.trash() is not None:
        return os.path.join(os.path.dirname(folder), b"info", name + b".trashinfo")
    return os.path.join(folder, _NOTE + name[len(_FILE) :])


def origin(note: bytes) -> bytes:
    """From where a file in the bin came; empty if that is not to be read.

    Args:
        note: the path of what says so.
    """
    try:
        with open(note, "rb") as file:
            written = file.read(_NOTE_MAX)
    except OSError:
        return b""
    return wine.path_in(written) if wine.trash() is not None else path_in(written)


def path_in(note: bytes) -> bytes:
    """The path that a note of the Recycle Bin has; empty if it is none.

    Args:
        note: what it holds.
    """
    if len(note) < _HEAD.size:
        return b""
    version, _, _ = _HEAD.unpack_from(note)
    if version == _FIXED:
        text = note[_HEAD.size :]
    elif version == _COUNTED and len(note) >= _HEAD.size + 4:
        (length,) = struct.unpack_from("<I", note, _HEAD.size)
        text = note[_HEAD.size + 4 :][: 2 * length]
    else:
        return b""
    whole = text[: len(text) // 2 * 2]
    path, _, _ = whole.decode("utf-16-le", "surrogatepass").partition("\0")
    return os.fsencode(path)


def _bin(path: bytes) -> bytes:
    return os.path.join(os.fsencode(_volume(path)), b"$Recycle.Bin", mark())


def _volume(path: bytes) -> str:
    room = ctypes.create_unicode_buffer(_PATH_MAX)
    if not _volume_of(os.fsdecode(path), room, _PATH_MAX):
        raise failure(path)
    return room.value
