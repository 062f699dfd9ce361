"""Files by flags of `open` and by descriptors of folders."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

Name = bytes | str | Path

NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL
"""How a file is opened that must not be there yet."""

REPLACES_OPEN: Final = True
"""Whether a file that is open can be replaced by another one."""

_PLAIN: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_FOLDER: Final = os.O_DIRECTORY | os.O_CLOEXEC

_HELD: Final = getattr(os, "O_PATH", os.O_RDONLY)
"""Enough to name a folder; it needs no permission to list it."""


def open_plain(
    path: Name, flags: int = os.O_RDONLY, mode: int = 0o600, *, folder: int | None = None
) -> int:
    """Open a file, never through a link, and never waiting for the other end of a pipe.

    Args:
        path: of the file.
        flags: those of `open` that every system has.
        mode: the rights of a file that is made.
        folder: a descriptor of the folder in which `path` is a name; None if it is a path.

    Returns:
        The descriptor.

    Raises:
        OSError: it cannot be opened; with `ELOOP` it is a link.
    """
    return os.open(path, flags | _PLAIN, mode, dir_fd=folder)


def open_named(path: Name) -> int:
    """Hold what is at a path, whatever it is, a link itself; it can be looked at, not read.

    Raises:
        OSError: there is nothing.
    """
    return os.open(path, getattr(os, "O_PATH", 0) | os.O_NOFOLLOW | os.O_CLOEXEC)


def open_folder(
    path: Name,
    *,
    folder: int | None = None,
    follow: bool = False,
    listed: bool = True,
    removable: bool = False,  # noqa: ARG001  Windows wants to know
) -> int:
    """Hold a folder.

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
    flags = (os.O_RDONLY if listed else _HELD) | _FOLDER | (0 if follow else os.O_NOFOLLOW)
    return os.open(path, flags, dir_fd=folder)


def list_folder(folder: int) -> list[str]:
    """The names in a folder that is held."""
    return os.listdir(folder)


def scan_folder(folder: int) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
    """What is in a folder that is held, one after the other."""
    return os.scandir(folder)


def status(name: Name, folder: int | None, *, follow: bool = False) -> os.stat_result:
    """What has a name in a folder; a link is told of, and followed only if that is said."""
    return os.stat(name, dir_fd=folder, follow_symlinks=follow)


def is_folder(entry: os.DirEntry[bytes]) -> bool:
    """Whether what a listing names is a folder itself, and leads to no other."""
    return entry.is_dir(follow_symlinks=False)


def listed_status(entry: os.DirEntry[bytes]) -> os.stat_result:
    """What the listing of a folder has; a link is told of, not followed.

    Raises:
        OSError: it is gone, or cannot be reached.
    """
    return entry.stat(follow_symlinks=False)


def open_status(descriptor: int) -> os.stat_result:
    """What is known of an open file."""
    return os.fstat(descriptor)


def is_elsewhere(_found: os.stat_result) -> bool:
    """Whether what a file holds would have to be fetched from a cloud before it can be read."""
    return False


def unlink(name: Name, folder: int | None) -> None:
    """Take a name from a folder."""
    os.unlink(name, dir_fd=folder)


def rename(name: Name, other: Name, folder: int) -> None:
    """Give a file in a folder another name there, which loses the file that it had."""
    os.rename(name, other, src_dir_fd=folder, dst_dir_fd=folder)


def replace(name: Name, other: Name, folder: int) -> None:
    """The same; the other name may be taken on every system."""
    os.replace(name, other, src_dir_fd=folder, dst_dir_fd=folder)


def link(name: Name, new: Name, folder: int | None, to: int | None) -> None:
    """Give a file a second name; a link gets one itself."""
    os.link(name, new, src_dir_fd=folder, dst_dir_fd=to, follow_symlinks=False)


def symlink(target: Name, name: Name, folder: int) -> None:
    """Make a link to a path in a folder."""
    os.symlink(target, name, dir_fd=folder)


def read_link(name: bytes, folder: int | None) -> bytes:
    """Where a link in a folder leads, as it was written."""
    return os.readlink(name, dir_fd=folder)


def make_folder(name: Name, folder: int, mode: int = 0o777) -> None:
    """Make a folder in a folder."""
    os.mkdir(name, mode, dir_fd=folder)


def remove_folder(name: Name, folder: int) -> None:
    """Remove an empty folder from a folder."""
    os.rmdir(name, dir_fd=folder)


def remove_held(held: int, name: Name, folder: int) -> None:  # noqa: ARG001  Windows goes by it
    """Remove an empty folder that is held.

    Args:
        held: its descriptor.
        name: its name.
        folder: a descriptor of the folder in which that is a name.
    """
    os.rmdir(name, dir_fd=folder)


def set_times(descriptor: int, atime_ns: int, mtime_ns: int) -> None:
    """Set when an open file or folder was read and written last."""
    os.utime(descriptor, ns=(atime_ns, mtime_ns))


def give(descriptor: int, user: int, group: int) -> None:
    """Make an open file somebody's.

    Raises:
        PermissionError: only root may.
    """
    os.fchown(descriptor, user, group)


def set_mode(descriptor: int, mode: int) -> None:
    """Set the rights of an open file."""
    os.fchmod(descriptor, mode)


def read_at(descriptor: int, size: int, offset: int) -> bytes:
    """At most so many bytes of an open file from a place on; fewer at its end."""
    return os.pread(descriptor, size, offset)


def write_at(descriptor: int, data: bytes | memoryview, offset: int) -> int:
    """Write to a place in an open file; how many bytes were taken."""
    return os.pwrite(descriptor, data, offset)


def sync(descriptor: int) -> None:
    """Wait until an open file or folder is on the disk.

    Raises:
        OSError: it is not.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems have nothing to wait for.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise


def forget_cached(descriptor: int) -> None:
    """Have an open file read from the disk, not from memory, where the system can be told so."""
    if sys.platform == "linux":
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def sync_data(descriptor: int) -> None:
    """Wait until what an open file holds is on the disk, and as much as is needed to read it.

    Raises:
        OSError: it is not.
    """
    if hasattr(os, "fdatasync"):
        os.fdatasync(descriptor)
    else:
        os.fsync(descriptor)  # macOS
