"""A rename that never overwrites, which Python does not offer, and its way to the disk."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from typing import Final

from difd.system import facts, files

_AT_FDCWD: Final = -2 if facts.MACOS else -100
_NO_REPLACE: Final = 4 if facts.MACOS else 1
_EXCHANGE: Final = 2
"""What the system's rename can do beside overwriting; the last has one number on both systems."""

NO_LINKS: Final = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}
"""What `link` fails with on file systems that have none, or no more for this file."""

_UNSUPPORTED: Final = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What an exclusive rename fails with on file systems that do not have it (old NFS, some FUSE)."""


def rename_new(
    source: bytes, target: bytes, folder: int | None = None, to: int | None = None
) -> None:
    """Rename a file to a name that is free.

    Where the file system has no such rename, a hard link is made and the old name removed: a
    process that is killed in between leaves both names of the one file.

    Args:
        source: the file's path.
        target: its new one.
        folder: a descriptor of the folder in which `source` is a name; None if it is absolute.
        to: the same for `target`.

    Raises:
        FileExistsError: the name is taken, be it by a dangling link.
        OSError: it could not be done; the file has its old name. `EXDEV` means that only a copy
            gets there: another file system, or one that can neither rename so nor link.
    """
    if _renamed(source, target, folder, to, _NO_REPLACE):
        return
    if files.rename_if_free(source, target, folder, to):
        return
    try:
        files.link(source, target, folder, to)
    except OSError as error:
        if error.errno in NO_LINKS:
            error.errno = errno.EXDEV
        raise
    try:
        files.unlink(source, folder)
    except OSError:
        files.unlink(target, to)
        raise


def exchange(one: bytes, other: bytes, folder: int) -> bool:
    """Give each of two files in a folder the other's name, in one step.

    Returns:
        Whether it was done; False where the file system cannot.

    Raises:
        OSError: it could not be done; both have their names.
    """
    return _renamed(one, other, folder, folder, _EXCHANGE)


def sync_folder(folder: bytes, within: int | None = None) -> None:
    """Wait until the names in a folder are on the disk.

    Args:
        folder: its path.
        within: a descriptor of the folder in which `folder` is a name; None if it is absolute.

    Raises:
        OSError: they are not.
    """
    descriptor = files.open_folder(folder, folder=within, follow=True)
    try:
        files.sync(descriptor)
    finally:
        os.close(descriptor)


def _renamed(source: bytes, target: bytes, folder: int | None, to: int | None, flag: int) -> bool:
    """Whether the system's own rename did it; False where there is none."""
    if _rename is None:
        return False
    at, there = (_AT_FDCWD if one is None else one for one in (folder, to))
    if _rename(at, source, there, target, flag) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), source, None, target)


def _flagged_rename() -> Callable[[int, bytes, int, bytes, int], int] | None:
    """The system's own, or nothing where it has none: each name with its folder, and a flag."""
    if not (facts.LINUX or facts.MACOS):
        return None
    library = ctypes.CDLL(None, use_errno=True)
    # musl has it since 1.2.6.
    name = "renameatx_np" if facts.MACOS else "renameat2"
    renameat: Callable[[int, bytes, int, bytes, int], int] | None = getattr(library, name, None)
    if renameat is not None:
        renameat.argtypes = [  # type: ignore[attr-defined]
            *(ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint),
        ]
    return renameat


_rename: Final = _flagged_rename()
