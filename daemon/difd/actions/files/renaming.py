"""A rename that never overwrites, wherever, and its way to the disk."""

from __future__ import annotations

import errno
import os
from typing import Final

from difd.system import files, renames

NO_LINKS: Final = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}
"""What `link` fails with on file systems that have none, or no more for this file."""


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
    if renames.rename_if_free(source, target, folder, to):
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
