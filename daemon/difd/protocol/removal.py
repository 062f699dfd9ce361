"""Removing files of ours: only what has our name, begins as ours do, and lies in a folder of ours.

A folder is held by its descriptor, so that a link that somebody puts in its place leads to nobody
else's files. What is not provably ours stays, whatever it is called.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import msgspec

from difd.protocol.errors import OwnFilesUnsafe
from difd.protocol.ownership import check_folder, is_own
from difd.system import files, owners

SLAB_MAGIC: Final = b"difd slab 2\n\0\0\0\0"
"""What a slab of the tensor cache begins with."""

SLAB_NAME: Final = re.compile(r"[0-9a-f]{16}\.slab")

COMPILED_BY_1_0: Final = ("*.nbi", "*.nbc")
"""What version 1.0 compiled, in the folder `compiled` of the cache; its index files are pickles."""

_SQLITE_MAGIC: Final = b"SQLite format 3\0"
_CACHE_FILES: Final = ("index.sqlite", "index.sqlite-journal", "room.lock")
_FORMER_SLOT: Final = struct.Struct("<16sQQ")
_FORMER_DESCRIPTION_MAX: Final = 1 << 16
_DIGEST_BYTES: Final = 16

_NO_FOLDER: Final = (FileNotFoundError, NotADirectoryError)

Proof = Callable[[int], bool]
"""Whether an open file is one of ours, by what it begins with."""


class OwnFolder:
    """A folder of ours, held; use it as a context manager.

    Args:
        path: of the folder.
        inside: the folder that it lies in; None: it and all above it are checked.

    Raises:
        OwnFilesUnsafe: it is a link, somebody else's, or others can write to it.
        FileNotFoundError: it is not there.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, inside: OwnFolder | None = None) -> None:
        self.path = path
        check_folder(path)
        place, within = (path, None) if inside is None else (path.name, inside.descriptor)
        self.descriptor: int = files.open_folder(place, folder=within)
        if not is_own(os.fstat(self.descriptor)):
            self.close()
            raise OwnFilesUnsafe("This directory was exchanged meanwhile.", path=os.fsencode(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it."""
        os.close(self.descriptor)

    def names(self) -> list[str]:
        """What is in it."""
        return files.list_folder(self.descriptor)

    def remove(self, name: str, is_ours: Proof | None = None) -> bool:
        """Remove a file of ours.

        Args:
            name: one that we give.
            is_ours: asked of the open file, unless it is empty; None: its name is enough.

        Returns:
            Whether it is gone; not, if it is a link or folder, somebody else's, or not proven.

        Raises:
            OSError: it cannot be removed.
        """
        try:
            status = files.status(name, self.descriptor)
        except FileNotFoundError:
            return True
        if stat.S_ISSOCK(status.st_mode) and owners.is_mine(status) and is_ours is None:
            files.unlink(name, self.descriptor)
            return True
        if not stat.S_ISREG(status.st_mode) or not owners.is_mine(status):
            return False
        if is_ours is not None and status.st_size and not self._is_proven(name, status, is_ours):
            return False
        files.unlink(name, self.descriptor)
        return True

    def remove_folder(self, name: str) -> None:
        """Remove a folder in it, if that is empty."""
        with suppress(OSError):
            files.remove_folder(name, self.descriptor)

    def _is_proven(self, name: str, status: os.stat_result, is_ours: Proof) -> bool:
        try:
            descriptor = files.open_plain(name, folder=self.descriptor)
        except OSError:
            return False
        try:
            return os.path.samestat(os.fstat(descriptor), status) and is_ours(descriptor)
        finally:
            os.close(descriptor)


def remove_file(path: Path, is_ours: Proof | None = None) -> bool:
    """Remove a file of ours by its path (see `OwnFolder.remove`); one that is not there is gone.

    Raises:
        OwnFilesUnsafe: its folder is not ours.
        OSError: it cannot be removed.
    """
    try:
        with OwnFolder(path.parent) as folder:
            return folder.remove(path.name, is_ours)
    except FileNotFoundError:
        return True


def remove_cache(path: Path) -> None:
    """Remove a tensor cache of this or an earlier version, but for what is not provably ours.

    Raises:
        OwnFilesUnsafe: it or a folder in it is not ours; nothing of that folder was removed.
        OSError: a file cannot be removed.
    """
    with suppress(*_NO_FOLDER), OwnFolder(path) as cache:
        with suppress(*_NO_FOLDER), OwnFolder(path / "slabs", cache) as slabs:
            for name in filter(SLAB_NAME.fullmatch, slabs.names()):
                slabs.remove(name, is_slab)
        cache.remove_folder("slabs")
        for name in _CACHE_FILES:
            cache.remove(name, is_database)
    with suppress(OSError):
        path.rmdir()


def remove_named(path: Path, patterns: Iterable[str]) -> None:
    """Remove files of ours in a folder and in those inside, by their names; and what is empty then.

    Raises:
        OwnFilesUnsafe: a folder is not ours; nothing of it was removed.
        OSError: a file cannot be removed.
    """
    _remove_named(path, tuple(patterns), None)
    with suppress(OSError):
        path.rmdir()


def is_slab(descriptor: int) -> bool:
    """Whether an open file is a slab of the tensor cache, of this version or of 1.0."""
    if files.read_at(descriptor, len(SLAB_MAGIC), 0) == SLAB_MAGIC:
        return True
    # Slabs of 1.0 begin with their first record: checksum, two lengths, and a description.
    header = files.read_at(descriptor, _FORMER_SLOT.size, 0)
    if len(header) != _FORMER_SLOT.size:
        return False
    _, length, body = _FORMER_SLOT.unpack(header)
    end = _FORMER_SLOT.size + length + body
    if not 0 < length < _FORMER_DESCRIPTION_MAX or end > os.fstat(descriptor).st_size:
        return False
    try:
        described = msgspec.msgpack.decode(files.read_at(descriptor, length, _FORMER_SLOT.size))
    except (msgspec.DecodeError, ValueError):
        return False
    match described:
        case [bytes(digest), str(form), *_]:
            return len(digest) == _DIGEST_BYTES and " px, " in form
        case _:
            return False


def is_database(descriptor: int) -> bool:
    """Whether an open file is a database of SQLite."""
    return files.read_at(descriptor, len(_SQLITE_MAGIC), 0) == _SQLITE_MAGIC


def _remove_named(path: Path, patterns: tuple[str, ...], inside: OwnFolder | None) -> None:
    with suppress(*_NO_FOLDER), OwnFolder(path, inside) as folder:
        for name in folder.names():
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
                folder.remove(name)
            elif stat.S_ISDIR(files.status(name, folder.descriptor).st_mode):
                _remove_named(path / name, patterns, folder)
                folder.remove_folder(name)
