"""A slab: an append-only file of slots, each with its checksum, read through memory maps.

Its first bytes say what it is (`SLAB_MAGIC`). It has one writer at a time, which holds its flock.
What is written never changes, so readers need no lock, and a slab that is unlinked stays readable
for whoever has mapped it.
"""

from __future__ import annotations

import errno
import mmap
import os
import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import xxhash

from difd.protocol.ownership import is_own
from difd.protocol.removal import SLAB_MAGIC, OwnFolder, is_slab
from difd.system import files, locks, mapped

SLAB_BYTES: Final = 64 << 20
"""A slab that has reached this size is closed; room is made again by whole slabs."""

_HEADER: Final = struct.Struct("<16sQQ")
"""Checksum (xxh3-128 of all that follows), length of the description, length of the body."""

_LENGTHS: Final = struct.Struct("<QQ")

Place = tuple[int, int]
"""Offset and length of a slot in its slab."""


def pack(description: bytes, body: memoryview) -> list[bytes | memoryview]:
    """A slot, in pieces to be written one after the other."""
    lengths = _LENGTHS.pack(len(description), len(body))
    checksum = xxhash.xxh3_128(lengths)
    checksum.update(description)
    checksum.update(body)
    return [checksum.digest() + lengths, description, body]


def unpack(slot: memoryview) -> tuple[memoryview, memoryview] | None:
    """Description and body of a slot; None if a single bit of it is not what was written."""
    if len(slot) < _HEADER.size:
        return None
    checksum, description, body = _HEADER.unpack_from(slot)
    if len(slot) != _HEADER.size + description + body:
        return None
    if xxhash.xxh3_128_digest(slot[16:]) != checksum:
        return None
    start = _HEADER.size + description
    return slot[_HEADER.size : start], slot[start:]


class SlabWriter:
    """The only writer of a slab, until it is closed.

    Args:
        path: the slab; created owner-only when missing.

    Raises:
        BlockingIOError: another process writes it, or it is no slab.
        OSError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = files.open_plain(path, os.O_RDWR | os.O_CREAT)
        try:
            locks.take(self._fd)
            self.size = os.fstat(self._fd).st_size or self._write(SLAB_MAGIC, 0)
            magic = files.read_at(self._fd, len(SLAB_MAGIC), 0)
            if magic != SLAB_MAGIC or not is_own(os.fstat(self._fd)):
                raise BlockingIOError(errno.EWOULDBLOCK, "this is no slab", os.fspath(path))
        except OSError:
            os.close(self._fd)
            raise

    def close(self) -> None:
        """Let another process write."""
        os.close(self._fd)

    def is_in_place(self) -> bool:
        """Whether the slab is still where it was made; another process may have cleared it."""
        try:
            there = os.lstat(self.path)
        except OSError:
            return False
        return os.path.samestat(there, os.fstat(self._fd))

    def append(self, slots: Sequence[Sequence[bytes | memoryview]]) -> list[Place]:
        """Write slots and wait until they are on the disk.

        Raises:
            OSError: they could not be written; the slab is then as before.
        """
        places = []
        end = self.size
        for pieces in slots:
            length = sum(map(len, pieces))
            places.append((end, length))
            end += length
        try:
            self._write(b"".join(piece for pieces in slots for piece in pieces), self.size)
            files.sync_data(self._fd)
        except OSError:
            # What is behind the last slot is nobody's: giving it back is a courtesy.
            with suppress(OSError):
                os.ftruncate(self._fd, self.size)
            raise
        self.size = end
        return places

    def _write(self, piece: bytes | memoryview, at: int) -> int:
        view = memoryview(piece)
        done = 0
        while done < len(view):
            done += files.write_at(self._fd, view[done:], at + done)
        return done


class SlabReader:
    """Maps slabs; the views it gives out keep their map alive.

    Args:
        folder: where the slabs are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._maps: dict[str, memoryview] = {}

    def slot(self, name: str, place: Place) -> memoryview | None:
        """A slot as it lies on the disk; None if it is not there."""
        offset, length = place
        view = self._maps.get(name)
        if view is None or len(view) < offset + length:
            view = self._maps[name] = self._map(name)
        inside = offset >= 0 and length >= 0 and offset + length <= len(view)
        return view[offset : offset + length] if inside else None

    def parts(self, name: str, place: Place) -> tuple[memoryview, memoryview] | None:
        """Description and body of a slot; None if it is not there, or damaged."""
        slot = self.slot(name, place)
        return None if slot is None else unpack(slot)

    def forget(self, name: str | None = None) -> None:
        """Map a slab, or all, anew when they are asked for again."""
        if name is None:
            self._maps.clear()
        else:
            self._maps.pop(name, None)

    def _map(self, name: str) -> memoryview:
        try:
            fd = files.open_plain(self._folder / name)
        except OSError:
            return memoryview(b"")
        try:
            status = os.fstat(fd)
            size = status.st_size
            if not size or not is_own(status):
                return memoryview(b"")
            whole = mmap.mmap(fd, size, access=mmap.ACCESS_READ)
            mapped.add(whole, fd)
        except (OSError, ValueError):
            return memoryview(b"")
        else:
            return memoryview(whole)
        finally:
            os.close(fd)


def remove_slab(slabs: OwnFolder, name: str) -> bool:
    """Remove a slab from the folder of slabs.

    Returns:
        Whether it is gone; one that is mapped stays on Windows, until `sweep` comes after all of
        that has ended.

    Raises:
        OSError: it cannot be removed.
    """
    try:
        return slabs.remove(name, is_slab)
    except OSError:
        if files.REPLACES_OPEN:
            raise
        return False


def is_being_written(path: Path) -> bool:
    """Whether a process holds the slab as its writer; false if it is not there."""
    try:
        fd = files.open_plain(path)
    except OSError:
        return False
    try:
        locks.take(fd)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(fd)
