"""Moving a file without ever overwriting another: a free name, and the original last to go."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from difd.actions.witness import Witness, confirm_content
from difd.protocol.errors import ActionRefused

NAME_MAX: Final = 255
"""Longest name of a file, in bytes, on all common file systems."""

_NO_LINKS: Final = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
"""What `link` fails with where it does not work: another file system, or one without links."""


def move(file: Witness, folder: bytes) -> bytes:
    """Move a file into a folder, under its own name or a free one like it.

    Args:
        file: what to move; confirmed by the caller just before.
        folder: an existing folder.

    Returns:
        The new path.

    Raises:
        ActionRefused: it could not be moved; the original is where it was.
    """
    try:
        for target in _names(folder, os.path.basename(file.path)):
            try:
                _move_to(file, target)
            except FileExistsError:
                continue
            return target
    except OSError as error:
        raise ActionRefused(f"It could not be moved: {error.strerror}.", path=file.path) from error
    raise AssertionError("unreachable: there is always another name")


def _names(folder: bytes, name: bytes) -> Iterator[bytes]:
    """The name itself, then `name (2).jpg`, `name (3).jpg` and so on."""
    yield os.path.join(folder, name)
    stem, suffix = os.path.splitext(name)
    for number in itertools.count(2):
        ending = b" (%d)%s" % (number, suffix)
        yield os.path.join(folder, stem[: NAME_MAX - len(ending)] + ending)


def _move_to(file: Witness, target: bytes) -> None:
    # A hard link to a taken name fails, where a rename would overwrite.
    try:
        os.link(file.path, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _copy(file, target)
    os.unlink(file.path)


def _copy(file: Witness, target: bytes) -> None:
    """Copy with times and permissions, verified, to a name that was free."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(target, flags, 0o600), "wb") as copy:
        try:
            with open(os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as own:
                shutil.copyfileobj(own, copy)
            copy.flush()
            os.fsync(copy.fileno())
            confirm_content(target, file.digest)
            shutil.copystat(file.path, target, follow_symlinks=False)
        except BaseException:
            with suppress(OSError):
                os.unlink(target)
            raise
