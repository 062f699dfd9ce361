"""Whether a file is still what the search saw, by its status and by its content.

Files are opened without following links and read through the open descriptors, so that a name that
is exchanged meanwhile changes nothing of the answer. In which order it is asked, and when, is told
in `last_look`. Digests of contents are made here and nowhere else in this package.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from difd.actions.files.folders import held
from difd.digests import digest_like
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Witness
from difd.system import files

_CHUNK: Final = 1 << 20


def _nothing() -> None:
    """Nobody has to be asked."""


def refuse_one_file(removal: Witness, keeper: Witness) -> None:
    """Make sure that the two are not names of one file.

    Raises:
        ActionRefused: they are.
    """
    if (removal.device, removal.inode) == (keeper.device, keeper.inode):
        raise ActionRefused("It is another name of the file that stays.", path=removal.path)


@contextmanager
def unchanged(file: Witness) -> Iterator[int]:
    """The file, open for reading, once it proved to be the one that was searched.

    Raises:
        ActionRefused: it has changed, or cannot be read.
    """
    with refused_when_unreadable(file.path):
        descriptor = files.open_plain(file.path)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ActionRefused("It is not a regular file any more.", path=file.path)
        compare_status(file, status)
        yield descriptor
    finally:
        os.close(descriptor)


def compare_contents(
    removal: Witness,
    keeper: Witness,
    one: int,
    other: int,
    *,
    meanwhile: Callable[[], None] = _nothing,
) -> None:
    """Make sure that two open files are the same still, and what the plan saw.

    Files of equal digest are compared byte by byte; others (turned copies, other formats) must each
    still have the digest with which they were compared in full.

    Args:
        removal: what goes.
        keeper: what stays.
        one: the first, open for reading.
        other: the second.
        meanwhile: called after every piece; what it raises ends the comparison.

    Raises:
        ActionRefused: they are not; the path says which file.
    """
    if removal.digest == keeper.digest:
        with refused_when_unreadable(removal.path):
            if not have_same_bytes(one, other, meanwhile):
                raise ActionRefused(
                    "It is no longer the same as the one that stays.", path=removal.path
                )
        return
    for file, descriptor in ((removal, one), (keeper, other)):
        compare_content(file, descriptor, meanwhile)


def compare_content(
    file: Witness, descriptor: int, meanwhile: Callable[[], None] = _nothing
) -> None:
    """Make sure that an open file has the content that the plan saw.

    Raises:
        ActionRefused: it has not, or cannot be read.
    """
    with refused_when_unreadable(file.path):
        if _digest(descriptor, file.digest, meanwhile) != file.digest:
            raise ActionRefused("Its content has changed since the search.", path=file.path)


def confirm_content(path: bytes, digest: bytes, folder: int | None = None) -> None:
    """Make sure that the file at `path`, or of that name in a folder, has this content.

    Raises:
        ActionRefused: it has not.
    """
    descriptor = files.open_plain(path, folder=folder)
    try:
        if _digest(descriptor, digest) != digest:
            raise ActionRefused("The copy does not equal the original.", path=path)
    finally:
        os.close(descriptor)


def has_content(path: bytes, file: Witness) -> bool:
    """Whether a regular file with the content of this one is at `path`.

    One of another size is not read: one with holes could be read for days.
    """
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size != file.size:
            return False
        return witness_of(path, like=file.digest).digest == file.digest
    except OSError:
        return False


def witness_of(path: bytes, folder: int | None = None, *, like: bytes = b"") -> Witness:
    """A file as it is now, with its digest; links are not followed.

    Args:
        path: of the file, absolute.
        folder: a descriptor of its folder; None reaches it by its path.
        like: a digest of the kind that is wanted.

    Raises:
        OSError: it cannot be read.
    """
    name = path if folder is None else os.path.basename(path)
    descriptor = files.open_plain(name, folder=folder)
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


def confirm_place(file: Witness) -> None:
    """Make sure that the file has its name still, and was not written to, without reading it.

    Raises:
        ActionRefused: another file has the name, none has, or the file has changed.
    """
    with refused_when_unreadable(file.path):
        compare_status(file, os.lstat(file.path))


def confirm_name(file: Witness, name: bytes, folder: int) -> None:
    """Make sure that what has this name in a folder is the file.

    Raises:
        ActionRefused: it is not, or the file has changed.
        OSError: there is none.
    """
    compare_status(file, files.status(name, folder))


def confirm_likeness(file: Witness, name: bytes, folder: int) -> None:
    """Make sure that what has this name in a folder has the file's size and time.

    On networks and on FUSE a file may get another inode number with another name.

    Raises:
        ActionRefused: it has not.
        OSError: there is none.
    """
    status = files.status(name, folder)
    is_like = (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)
    if not is_like or not stat.S_ISREG(status.st_mode):
        raise ActionRefused("It has changed since the search.", path=file.path)


@contextmanager
def held_place(file: Witness) -> Iterator[tuple[int, bytes]]:
    """A descriptor of the file's folder, and its name there, once that proved to be its own still.

    The folder is held: a link that somebody puts in its place leads to nobody else's file.

    Raises:
        ActionRefused: another file has the name, or the file has changed.
        OSError: there is none.
    """
    folder, name = os.path.split(file.path)
    with held(folder) as descriptor:
        confirm_name(file, name, descriptor)
        yield descriptor, name


def is_file(file: Witness, status: os.stat_result) -> bool:
    """Whether this is the status of the file, wherever it is now.

    The number of a file that is gone may be that of the next one, so that is not enough.
    """
    seen = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return seen == (file.device, file.inode, file.size, file.mtime_ns)


def compare_status(file: Witness, status: os.stat_result) -> None:
    """Make sure that this is the file's status, as the plan saw it.

    Raises:
        ActionRefused: it is not.
    """
    if not is_file(file, status):
        raise ActionRefused("It has changed since the search.", path=file.path)


@contextmanager
def refused_when_unreadable(path: bytes) -> Iterator[None]:
    """A disk that fails is a reason against this file only; the rest of a plan goes on."""
    try:
        yield
    except OSError as error:
        raise ActionRefused(f"It cannot be read any more: {error.strerror}.", path=path) from error


def have_same_bytes(one: int, other: int, meanwhile: Callable[[], None] = _nothing) -> bool:
    """Whether two open files hold the same bytes.

    Args:
        one: open for reading; the other likewise.
        other: see `one`.
        meanwhile: called after every piece; what it raises ends the comparison.
    """
    offset = 0
    while True:
        if offset:
            meanwhile()
        first, second = files.read_at(one, _CHUNK, offset), files.read_at(other, _CHUNK, offset)
        if first != second:
            return False
        if not first:
            return True
        offset += len(first)


def _digest(descriptor: int, like: bytes, meanwhile: Callable[[], None] = _nothing) -> bytes:
    state = digest_like(like)
    offset = 0
    while chunk := files.read_at(descriptor, _CHUNK, offset):
        state.update(chunk)
        offset += len(chunk)
        meanwhile()
    return state.digest()
