"""A rename that never overwrites, which Python does not offer, and its way to the disk."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from typing import Final

_AT_FDCWD: Final = -2 if sys.platform == "darwin" else -100
_RENAME_NOREPLACE: Final = 1
_RENAME_EXCL: Final = 4

NO_LINKS: Final = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}
"""What `link` fails with on file systems that have none, or no more for this file."""

_UNSUPPORTED: Final = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What an exclusive rename fails with on file systems that do not have it (old NFS, some FUSE)."""


def rename_new(source: bytes, target: bytes, folder: int | None = None) -> None:
    """Rename a file to a name that is free.

    Where the file system has no such rename, a hard link is made and the old name removed: a
    process that is killed in between leaves both names of the one file.

    Args:
        source: the file's path.
        target: absolute.
        folder: a descriptor of the folder in which `source` is a name; None if it is absolute.

    Raises:
        FileExistsError: the name is taken, be it by a dangling link.
        OSError: it could not be done; the file has its old name. `EXDEV` means that only a copy
            gets there: another file system, or one that can neither rename so nor link.
    """
    if _rename is not None:
        if _rename(_AT_FDCWD if folder is None else folder, source, target) == 0:
            return
        code = ctypes.get_errno()
        if code not in _UNSUPPORTED:
            raise OSError(code, os.strerror(code), source, None, target)
    try:
        os.link(source, target, src_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno in NO_LINKS:
            error.errno = errno.EXDEV
        raise
    try:
        os.unlink(source, dir_fd=folder)
    except OSError:
        os.unlink(target)
        raise


def sync_folder(folder: bytes) -> None:
    """Wait until the names in a folder are on the disk.

    Raises:
        OSError: they are not.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


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


def _exclusive_rename() -> Callable[[int, bytes, bytes], int] | None:
    """The system's own, or nothing where it has none: a folder, a name in it, and the target."""
    if sys.platform not in {"linux", "darwin"}:
        return None
    library = ctypes.CDLL(None, use_errno=True)
    # musl has it since 1.2.6.
    name, flag = ("renameat2", _RENAME_NOREPLACE)
    if sys.platform == "darwin":
        name, flag = ("renameatx_np", _RENAME_EXCL)
    renameat = getattr(library, name, None)
    if renameat is None:
        return None
    renameat.argtypes = [
        *(ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint),
    ]
    return lambda folder, source, target: int(renameat(folder, source, _AT_FDCWD, target, flag))


_rename: Final = _exclusive_rename()
