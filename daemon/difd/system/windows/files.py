"""Files by CreateFileW, which can open a link itself, and folders that are kept in their place.

A folder's descriptor has a handle that lets nobody rename or remove the folder: what is done in it
is done by its path, which cannot lead elsewhere meanwhile.
"""

from __future__ import annotations

import ctypes
import errno
import msvcrt
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager
from ctypes import wintypes
from pathlib import Path
from typing import Final

from difd.system.windows import handles, paths
from difd.system.windows.handles import path_of
from difd.system.windows.kernel import Overlapped, close_handle, declare, failure, kernel32

Name = bytes | str | Path

NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL
"""How a file is opened that must not be there yet."""

REPLACES_OPEN: Final = False
"""Whether a file that is open can be replaced by another one."""

_ELSEWHERE: Final = 0x0044_1000
"""FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS, _RECALL_ON_OPEN and _OFFLINE."""

_NO_LINKS: Final = {1: errno.ENOTSUP, 50: errno.ENOTSUP, 1142: errno.EMLINK}
"""ERROR_INVALID_FUNCTION, as FAT says, ERROR_NOT_SUPPORTED, ERROR_TOO_MANY_LINKS."""

_END: Final = 38
"""ERROR_HANDLE_EOF."""

_read: Final = declare(
    kernel32,
    "ReadFile",
    wintypes.BOOL,
    *(wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD),
    *(ctypes.POINTER(wintypes.DWORD), ctypes.POINTER(Overlapped)),
)
_write: Final = declare(
    kernel32,
    "WriteFile",
    wintypes.BOOL,
    *(wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD),
    *(ctypes.POINTER(wintypes.DWORD), ctypes.POINTER(Overlapped)),
)


def open_plain(
    path: Name, flags: int = os.O_RDONLY, mode: int = 0o600, *, folder: int | None = None
) -> int:
    """Open a file, never through a link.

    Others may read, write, rename and remove it meanwhile, as on POSIX.

    Args:
        path: of the file.
        flags: those of `open` that every system has.
        mode: of a file that is made; without a right to write it is read-only.
        folder: a descriptor of the folder in which `path` is a name; None if it is a path.

    Returns:
        The descriptor.

    Raises:
        OSError: it cannot be opened; with `ELOOP` it is a link, with `EISDIR` a folder.
    """
    place = place_of(path, folder)
    access = {os.O_RDONLY: handles.READ, os.O_WRONLY: handles.WRITE}.get(
        flags & (os.O_WRONLY | os.O_RDWR), handles.READ | handles.WRITE
    )
    handle = handles.opened(
        place,
        access,
        handles.SHARE_READ_WRITE | handles.SHARE_DELETE,
        _disposition(flags),
        handles.OPEN_LINK | (0 if mode & stat.S_IWUSR else stat.FILE_ATTRIBUTE_READONLY),
    )
    return _descriptor(handle, flags & (os.O_WRONLY | os.O_RDWR | os.O_APPEND), place)


def open_named(path: Name) -> int:
    """Hold what is at a path, whatever it is, a link itself; it can be looked at, not read.

    Raises:
        OSError: there is nothing.
    """
    sharing = handles.SHARE_READ_WRITE | handles.SHARE_DELETE
    flags = handles.BACKUP | handles.OPEN_LINK
    handle = handles.opened(
        place_of(path, None), handles.READ_ATTRIBUTES, sharing, handles.OPEN_EXISTING, flags
    )
    return msvcrt.open_osfhandle(handle, os.O_RDONLY)


def open_folder(
    path: Name,
    *,
    folder: int | None = None,
    follow: bool = False,
    listed: bool = True,
    removable: bool = False,
) -> int:
    """Hold a folder: it stays where it is until the descriptor is closed.

    Args:
        path: of the folder.
        folder: a descriptor of the folder in which `path` is a name; None if it is a path.
        follow: it may be a link to a folder.
        listed: its names are to be read, which a right is needed for.
        removable: it may be removed meanwhile.

    Returns:
        The descriptor.

    Raises:
        NotADirectoryError: it is something else, or a link.
        OSError: it cannot be opened.
    """
    place = place_of(path, folder)
    access = handles.READ_ATTRIBUTES | (handles.LIST if listed else 0)
    flags = handles.BACKUP | (0 if follow else handles.OPEN_LINK)
    sharing = handles.SHARE_READ_WRITE | (handles.SHARE_DELETE if removable else 0)
    handle = handles.opened(place, access, sharing, handles.OPEN_EXISTING, flags)
    descriptor = msvcrt.open_osfhandle(handle, os.O_RDONLY)
    is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
    if not is_folder or (not follow and handles.is_link(descriptor)):
        os.close(descriptor)
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), place)
    return descriptor


def list_folder(folder: int) -> list[str]:
    """The names in a folder that is held."""
    return os.listdir(path_of(folder))


def scan_folder(folder: int) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
    """What is in a folder that is held, one after the other."""
    return os.scandir(path_of(folder))


def status(name: Name, folder: int | None, *, follow: bool = False) -> os.stat_result:
    """What has a name in a folder; a link is told of, and followed only if that is said.

    Its `st_ctime` is the last change of anything, as on POSIX.
    """
    place = place_of(name, folder)
    flags = handles.BACKUP | (0 if follow else handles.OPEN_LINK)
    sharing = handles.SHARE_READ_WRITE | handles.SHARE_DELETE
    try:
        handle = handles.opened(
            place, handles.READ_ATTRIBUTES, sharing, handles.OPEN_EXISTING, flags
        )
    except PermissionError:
        # The folder tells of some files that cannot be opened.
        return os.stat(place, follow_symlinks=follow)
    descriptor = msvcrt.open_osfhandle(handle, os.O_RDONLY)
    try:
        if handles.is_link(descriptor):
            return os.stat(place, follow_symlinks=follow)
        return handles.status_of(descriptor)
    finally:
        os.close(descriptor)


def is_folder(entry: os.DirEntry[bytes]) -> bool:
    """Whether what a listing names is a folder itself, and leads to no other as junctions do."""
    if not entry.is_dir(follow_symlinks=False):
        return False
    return entry.stat(follow_symlinks=False).st_reparse_tag != stat.IO_REPARSE_TAG_MOUNT_POINT


def listed_status(entry: os.DirEntry[bytes]) -> os.stat_result:
    """What the listing of a folder has; a link is told of, not followed.

    The listing itself tells neither volume nor number of a file.

    Raises:
        OSError: it is gone, or cannot be reached.
    """
    return status(entry.path, None)


def open_status(descriptor: int) -> os.stat_result:
    """What is known of an open file; `st_ctime` is the last change of anything, as on POSIX.

    Raises:
        OSError: nobody tells.
    """
    return handles.status_of(descriptor)


def is_elsewhere(found: os.stat_result) -> bool:
    """Whether what a file holds would have to be fetched from a cloud before it can be read."""
    return bool(found.st_file_attributes & _ELSEWHERE)


def unlink(name: Name, folder: int | None) -> None:
    """Take a name from a folder."""
    handles.patient(os.unlink, place_of(name, folder))


def rename(name: Name, other: Name, folder: int) -> None:
    """Give a file in a folder another name there, which loses the file that it had."""
    handles.patient(os.replace, place_of(name, folder), place_of(other, folder))


def replace(name: Name, other: Name, folder: int) -> None:
    """The same; the other name may be taken on every system."""
    handles.patient(os.replace, place_of(name, folder), place_of(other, folder))


def link(name: Name, new: Name, folder: int | None, to: int | None) -> None:
    """Give a file a second name; a link gets one itself.

    Raises:
        OSError: it could not be done; with `ENOTSUP` this file system has no such names, with
            `EMLINK` no more of them.
    """
    place = place_of(new, to)
    try:
        handles.patient(os.link, place_of(name, folder), place)
    except OSError as error:
        if error.winerror in _NO_LINKS:
            raise OSError(_NO_LINKS[error.winerror], error.strerror, place) from error
        raise


def symlink(target: Name, name: Name, folder: int) -> None:
    """Make a link to a path in a folder; Windows asks for a right, or its developer mode."""
    os.symlink(os.fsdecode(target), place_of(name, folder))


def read_link(name: bytes, folder: int | None) -> bytes:
    r"""Where a link in a folder leads, as it was written: Windows puts `\\?\` in front."""
    return paths.plain(os.fsencode(os.readlink(place_of(name, folder))))


def make_folder(name: Name, folder: int, mode: int = 0o777) -> None:
    """Make a folder in a folder."""
    os.mkdir(place_of(name, folder), mode)


def remove_folder(name: Name, folder: int) -> None:
    """Remove an empty folder from a folder."""
    os.rmdir(place_of(name, folder))


def remove_held(held: int, name: Name, folder: int) -> None:
    """Remove an empty folder that is held as `removable`; it is gone when it is closed.

    Args:
        held: its descriptor.
        name: its name.
        folder: a descriptor of the folder in which that is a name.

    Raises:
        OSError: it is not empty, or may not go; or another one has the name.
    """
    handle = handles.opened(
        place_of(name, folder),
        handles.DELETE | handles.READ_ATTRIBUTES,
        handles.SHARE_READ_WRITE | handles.SHARE_DELETE,
        handles.OPEN_EXISTING,
        handles.BACKUP | handles.OPEN_LINK,
    )
    descriptor = msvcrt.open_osfhandle(handle, os.O_RDONLY)
    try:
        if not os.path.samestat(os.fstat(descriptor), os.fstat(held)):
            raise FileNotFoundError(errno.ENOENT, "another folder has its name", os.fsdecode(name))
        handles.remove_open(descriptor)
    finally:
        os.close(descriptor)


def set_times(descriptor: int, atime_ns: int, mtime_ns: int) -> None:
    """Set when an open file or folder was read and written last."""
    os.utime(path_of(descriptor), ns=(atime_ns, mtime_ns))


def give(descriptor: int, user: int, group: int) -> None:
    """Make an open file somebody's: on Windows it belongs to who wrote it."""


def set_mode(descriptor: int, mode: int) -> None:
    """Make an open file read-only, or not; more rights Windows does not keep so."""
    path = path_of(descriptor)
    os.chmod(path, mode)


def read_at(descriptor: int, size: int, offset: int) -> bytes:
    """At most so many bytes of an open file from a place on; fewer at its end."""
    room = ctypes.create_string_buffer(size)
    done = wintypes.DWORD()
    place = _at(offset)
    handle = msvcrt.get_osfhandle(descriptor)
    if not _read(handle, room, size, ctypes.byref(done), ctypes.byref(place)):
        error = failure()
        if error.winerror == _END:
            return b""
        raise error
    return room.raw[: done.value]


def write_at(descriptor: int, data: bytes | memoryview, offset: int) -> int:
    """Write to a place in an open file; how many bytes were taken."""
    given = bytes(data)
    done = wintypes.DWORD()
    place = _at(offset)
    handle = msvcrt.get_osfhandle(descriptor)
    if not _write(handle, given, len(given), ctypes.byref(done), ctypes.byref(place)):
        raise failure()
    return done.value


def sync(descriptor: int) -> None:
    """Wait until an open file is on the disk; of folders, Windows keeps the names by itself.

    Raises:
        OSError: it is not.
    """
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        # What is open for reading cannot be waited for here; who wrote it has.
        if error.errno not in {errno.EACCES, errno.EBADF}:
            raise


def forget_cached(_descriptor: int) -> None:
    """Have an open file read from the disk: Windows cannot be told so."""


def sync_data(descriptor: int) -> None:
    """Wait until what an open file holds is on the disk.

    Raises:
        OSError: it is not.
    """
    os.fsync(descriptor)


def _disposition(flags: int) -> int:
    if flags & os.O_CREAT:
        if flags & os.O_EXCL:
            return handles.CREATE_NEW
        return handles.OPEN_ALWAYS
    return handles.OPEN_EXISTING


def _descriptor(handle: int, flags: int, place: str) -> int:
    try:
        descriptor = msvcrt.open_osfhandle(handle, flags | os.O_NOINHERIT | os.O_BINARY)
    except OSError:
        close_handle(handle)
        raise
    if handles.is_link(descriptor):
        os.close(descriptor)
        raise OSError(errno.ELOOP, "it is a link", place)
    return descriptor


def place_of(name: Name, folder: int | None) -> str:
    """The path of a name in a folder, or of a path, which may be longer than 260 characters."""
    text = os.fsdecode(name)
    return paths.verbatim(text) if folder is None else os.path.join(path_of(folder), text)


def _at(offset: int) -> Overlapped:
    return Overlapped(offset=offset & 0xFFFF_FFFF, offset_high=offset >> 32)
