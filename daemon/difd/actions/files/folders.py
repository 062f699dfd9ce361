"""Folders held by a descriptor: what is done in them happens there, wherever their names lead next.

A folder is reached by its path as it is now, or by the path that was written down when the file
went, one folder after the other and through no link.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from difd.protocol.errors import ActionRefused
from difd.system import facts, files, paths


@contextmanager
def held(folder: bytes) -> Iterator[int]:
    """The folder that a path leads to now.

    Raises:
        OSError: there is none.
    """
    descriptor = files.open_folder(folder, follow=True, listed=False)
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
    way, names = paths.steps(folder)
    here = files.open_folder(way, follow=True, listed=False)
    try:
        for name in names:
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
    if facts.LINUX:
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
    try:
        return files.open_folder(name, folder=here, listed=False)
    except FileNotFoundError:
        if not make:
            raise
        files.make_folder(name, here)
        return files.open_folder(name, folder=here, listed=False)
    except OSError as error:
        if stat.S_ISLNK(files.status(name, here).st_mode):
            raise ActionRefused(
                "Its folder is another one now: a link is in its place.",
                path=way,
                hint="Put the folder back where it was, then try again.",
            ) from error
        raise
