"""Folders held by a descriptor: what is done in them happens there, wherever their names lead next.

A folder is reached by its path as it is now, or by the path that was written down when the file
went, one folder after the other and through no link.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from difd.protocol.errors import ActionRefused

_O_PATH: Final = getattr(os, "O_PATH", os.O_RDONLY)
"""Enough to name a folder; it needs no permission to list it."""

_HOLD: Final = _O_PATH | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def held(folder: bytes) -> Iterator[int]:
    """The folder that a path leads to now.

    Raises:
        OSError: there is none.
    """
    descriptor = os.open(folder, _HOLD)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def reached(folder: bytes, *, make: bool = False) -> Iterator[int]:
    """The folder at a path without links, reached through no link.

    Args:
        folder: as `real_path` gave it.
        make: folders that are gone are made again.

    Raises:
        ActionRefused: a link or another thing is in the way.
        OSError: there is no such folder, or it cannot be made.
    """
    here = os.open(b"/", _HOLD)
    try:
        way = b"/"
        for name in filter(None, folder.split(b"/")):
            way = os.path.join(way, name)
            below = _step(here, name, way, make=make)
            os.close(here)
            here = below
        yield here
    finally:
        os.close(here)


def real_path(descriptor: int, path: bytes) -> bytes:
    """Where an open file or folder is, without links.

    Args:
        descriptor: of it.
        path: that led there, for systems that do not tell.
    """
    if sys.platform == "linux":
        return os.readlink(b"/proc/self/fd/%d" % descriptor)
    return os.path.realpath(path)


def real_folder(path: bytes) -> bytes:
    """The folder of a file without links; it may be one that is still to be made."""
    folder = os.path.dirname(path)
    try:
        with held(folder) as descriptor:
            return real_path(descriptor, folder)
    except OSError:
        return os.path.realpath(folder)


def _step(here: int, name: bytes, way: bytes, *, make: bool) -> int:
    flags = _HOLD | os.O_NOFOLLOW
    try:
        return os.open(name, flags, dir_fd=here)
    except FileNotFoundError:
        if not make:
            raise
        os.mkdir(name, dir_fd=here)
        return os.open(name, flags, dir_fd=here)
    except OSError as error:
        if stat.S_ISLNK(os.stat(name, dir_fd=here, follow_symlinks=False).st_mode):
            raise ActionRefused(
                "Its folder is another one now: a link is in its place.",
                path=way,
                hint="Put the folder back where it was, then try again.",
            ) from error
        raise
