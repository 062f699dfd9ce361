"""A rename that never overwrites, and one that exchanges, which Python does not offer."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from typing import Final

_AT_FDCWD: Final = -2 if sys.platform == "darwin" else -100
_NO_REPLACE: Final = 4 if sys.platform == "darwin" else 1
_EXCHANGE: Final = 2
"""What the system's rename can do beside overwriting; the last has one number on both systems."""

_UNSUPPORTED: Final = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What such a rename fails with on file systems that do not have it (old NFS, some FUSE)."""


def rename_if_free(source: bytes, target: bytes, folder: int | None, to: int | None) -> bool:
    """Rename a file to a name that is free, in one step.

    Args:
        source: the file's path.
        target: its new one.
        folder: a descriptor of the folder in which `source` is a name; None if it is absolute.
        to: the same for `target`.

    Returns:
        Whether it was done; False where system or file system have no such rename.

    Raises:
        FileExistsError: the name is taken, be it by a dangling link.
        OSError: it could not be done; with `EXDEV` it would be another file system.
    """
    return _renamed(source, target, folder, to, _NO_REPLACE)


def exchange(one: bytes, other: bytes, folder: int) -> bool:
    """Give each of two files in a folder the other's name, in one step.

    Returns:
        Whether it was done; False where the file system cannot.

    Raises:
        OSError: it could not be done; both have their names.
    """
    return _renamed(one, other, folder, folder, _EXCHANGE)


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
    if not (sys.platform.startswith("linux") or sys.platform == "darwin"):
        return None
    library = ctypes.CDLL(None, use_errno=True)
    # musl has it since 1.2.6.
    name = "renameatx_np" if sys.platform == "darwin" else "renameat2"
    renameat: Callable[[int, bytes, int, bytes, int], int] | None = getattr(library, name, None)
    if renameat is not None:
        renameat.argtypes = [  # type: ignore[attr-defined]
            *(ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint),
        ]
    return renameat


_rename: Final = _flagged_rename()
