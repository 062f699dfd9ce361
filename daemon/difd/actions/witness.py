"""Whether two files are still what the search saw: asked right before one of them goes.

Nothing is removed unless a matching file that stays was just read. Both are opened without
following links, and compared through the open descriptors, so that a name that is exchanged
meanwhile changes nothing of the answer.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from difd.digests import digest_like
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Witness

_CHUNK: Final = 1 << 20

_O_HOLD: Final = getattr(os, "O_PATH", os.O_RDONLY)
"""Enough to name a folder; O_PATH needs no permission to list it."""


def confirm(removal: Witness, keeper: Witness) -> None:
    """Make sure that both files are unchanged, and that each is a file of its own.

    Files of equal digest are compared byte by byte; others (turned copies, other formats) must each
    still have the digest with which they were matched.

    Raises:
        ActionRefused: something is not as it was; the path says which file.
    """
    refuse_one_file(removal, keeper)
    with unchanged(removal) as one, unchanged(keeper) as other, _refused(removal.path):
        if removal.digest == keeper.digest:
            if not _equal(one, other):
                raise ActionRefused(
                    "It is no longer the same as the one that stays.", path=removal.path
                )
        else:
            for file, descriptor in ((removal, one), (keeper, other)):
                if _digest(descriptor, file.digest) != file.digest:
                    raise ActionRefused("Its content has changed since the search.", path=file.path)
    # Reading took its time: somebody may have saved over either, or taken the keeper away.
    for file in (keeper, removal):
        with _refused(file.path):
            confirm_place(file)


def refuse_one_file(removal: Witness, keeper: Witness) -> None:
    """Make sure that the two are not names of one file.

    Raises:
        ActionRefused: they are.
    """
    if (removal.device, removal.inode) == (keeper.device, keeper.inode):
        raise ActionRefused("It is another name of the file that stays.", path=removal.path)


def confirm_content(path: bytes, digest: bytes) -> None:
    """Make sure that the file at `path` has this content.

    Raises:
        ActionRefused: it has not.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if _digest(descriptor, digest) != digest:
            raise ActionRefused("The copy does not equal the original.", path=path)
    finally:
        os.close(descriptor)


def confirm_unchanged(file: Witness) -> None:
    """Make sure that one file is as it was seen, by its status and its content.

    Raises:
        ActionRefused: it is not.
    """
    with unchanged(file) as descriptor, _refused(file.path):
        if _digest(descriptor, file.digest) != file.digest:
            raise ActionRefused("Its content has changed since the search.", path=file.path)


def has_content(path: bytes, file: Witness) -> bool:
    """Whether a regular file with the content of this one is at `path`.

    One of another size is not read: one with holes could be read for days.
    """
    try:
        return (
            os.lstat(path).st_size == file.size
            and witness_of(path, file.digest).digest == file.digest
        )
    except OSError:
        return False


def witness_of(path: bytes, like: bytes = b"") -> Witness:
    """A file as it is now, with its digest; links are not followed.

    Args:
        path: of the file.
        like: a digest of the kind that is wanted (see `digests.digest_like`).

    Raises:
        OSError: it cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        return Witness(
            path=path,
            device=status.st_dev,
            inode=status.st_ino,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            digest=_digest(descriptor, like),
        )
    finally:
        os.close(descriptor)


@contextmanager
def unchanged(file: Witness) -> Iterator[int]:
    """The file, open for reading, once it proved to be the one that was searched.

    Raises:
        ActionRefused: it has changed, or cannot be read.
    """
    with _refused(file.path):
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ActionRefused("It is not a regular file any more.", path=file.path)
        _compare(file, status)
        yield descriptor
    finally:
        os.close(descriptor)


def confirm_place(file: Witness) -> None:
    """Make sure that the file has its name still, and was not written to, without reading it.

    Raises:
        ActionRefused: another file has the name, or the file has changed.
        OSError: there is none.
    """
    _compare(file, os.lstat(file.path))


@contextmanager
def held_place(file: Witness) -> Iterator[tuple[int, bytes]]:
    """A descriptor of the file's folder, and its name there, once that proved to be its own still.

    The folder is held: a link that somebody puts in its place leads to nobody else's file.

    Raises:
        ActionRefused: another file has the name, or the file has changed.
        OSError: there is none.
    """
    folder, name = os.path.split(file.path)
    descriptor = os.open(folder, _O_HOLD | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _compare(file, os.stat(name, dir_fd=descriptor, follow_symlinks=False))
        yield descriptor, name
    finally:
        os.close(descriptor)


def remove(file: Witness) -> None:
    """Remove a file by its name in its folder, once that proved to be its own still.

    Raises:
        ActionRefused: another file has the name, or the file has changed.
        OSError: it could not be removed.
    """
    with held_place(file) as (folder, name):
        os.unlink(name, dir_fd=folder)


@contextmanager
def _refused(path: bytes) -> Iterator[None]:
    """A disk that fails is a reason against this file only; the rest of a plan goes on."""
    try:
        yield
    except OSError as error:
        raise ActionRefused(f"It cannot be read any more: {error.strerror}.", path=path) from error


def _compare(file: Witness, status: os.stat_result) -> None:
    seen = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    if seen != (file.device, file.inode, file.size, file.mtime_ns):
        raise ActionRefused("It has changed since the search.", path=file.path)


def _equal(one: int, other: int) -> bool:
    offset = 0
    while True:
        first, second = os.pread(one, _CHUNK, offset), os.pread(other, _CHUNK, offset)
        if first != second:
            return False
        if not first:
            return True
        offset += len(first)


def _digest(descriptor: int, like: bytes) -> bytes:
    state = digest_like(like)
    offset = 0
    while chunk := os.pread(descriptor, _CHUNK, offset):
        state.update(chunk)
        offset += len(chunk)
    return state.digest()
