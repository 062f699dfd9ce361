"""Looking after the tensor cache: what is in it, whether it is sound, and that it stays small.

Free of numpy, so that any process may ask. Everything here may run while searches go on.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from difd.protocol.endpoint import cache_directory
from difd.protocol.errors import OwnFilesUnsafe
from difd.protocol.ownership import check_folder, open_file
from difd.protocol.removal import (
    COMPILED_BY_1_0,
    SLAB_NAME,
    OwnFolder,
    is_database,
    is_slab,
    remove_cache,
    remove_file,
    remove_named,
)
from difd.store.cache_index import CacheIndex, SlotRow, is_damaged
from difd.store.slab import SLAB_BYTES, SlabReader, SlabWriter, is_being_written, pack, unpack

LIMIT: Final = 8 << 30
"""Most bytes of the cache on the disk: what a million pictures take at 50 pixels."""

_LIVE_SHARE: Final = 0.75
"""Records are dropped down to this share of the limit, so that room is not made all the time."""

_DISK_SHARE: Final = 0.9
"""Slabs are rewritten without what was dropped until the disk holds this share of the limit."""

_FILES_PER_RECORD: Final = 4
_FILES: Final = 100_000
"""Most files that are known, besides that many for every record."""

_BATCH_BYTES: Final = 16 << 20
"""What is moved from one slab to another at once."""


class CacheInfo(msgspec.Struct, frozen=True):
    """What is in the cache.

    Attributes:
        directory: where it is.
        records: pictures in it, each once, however many copies there are.
        files: files whose content is known by their stat.
        bytes: its size on the disk.
        limit: the largest size.
    """

    directory: str
    records: int
    files: int
    bytes: int
    limit: int


class CacheCheck(msgspec.Struct, frozen=True):
    """What a check of the whole cache found.

    Attributes:
        records: records that are sound.
        damaged: records that were not, and are forgotten; their pictures are decoded again.
        rebuilt: the index itself was damaged, and everything is forgotten.
    """

    records: int
    damaged: int
    rebuilt: bool


def default_directory() -> Path:
    """Where this user's cache is: below XDG_CACHE_HOME; the number is that of its layout."""
    return cache_directory() / "tensors-2"


def remove_former(directory: Path) -> None:
    """Remove what version 1.0 kept beside this cache: nothing reads it any more."""
    former = directory.with_name("tensors-1")
    if directory.name != former.name and former.is_dir():
        with suppress(OSError, OwnFilesUnsafe):
            remove_named(directory.with_name("compiled"), COMPILED_BY_1_0)
            remove_cache(former)


def index_path(directory: Path) -> Path:
    """The index of a cache."""
    return directory / "index.sqlite"


def slab_folder(directory: Path) -> Path:
    """The slabs of a cache."""
    return directory / "slabs"


def check_cache(directory: Path) -> None:
    """See that the folders of a cache are ours, as far as they are there.

    Raises:
        OwnFilesUnsafe: one is not.
    """
    for folder in (directory, slab_folder(directory)):
        check_folder(folder)


def disk_bytes(directory: Path) -> int:
    """The size of a cache on the disk."""
    total = 0
    for folder in (directory, slab_folder(directory)):
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    total += 0 if entry.is_dir(follow_symlinks=False) else status.st_size
    return total


def info(directory: Path | None = None, limit: int = LIMIT) -> CacheInfo:
    """What is in the cache; nothing is changed.

    Raises:
        OwnFilesUnsafe: the cache is not ours.
        sqlite3.Error: the index is damaged, or busy for too long.
    """
    directory = directory or default_directory()
    check_cache(directory)
    records = files = 0
    with suppress(FileNotFoundError), _opened(directory, create=False) as index:
        records, _, files = index.counts()
    return CacheInfo(str(directory), records, files, disk_bytes(directory), limit)


def verify(directory: Path | None = None) -> CacheCheck:
    """Read every record, and forget those that are damaged.

    Raises:
        OwnFilesUnsafe: the cache is not ours.
        sqlite3.Error: the index is busy for too long, or the disk fails.
        OSError: the disk fails.
    """
    directory = directory or default_directory()
    check_cache(directory)
    if not index_path(directory).exists():
        return CacheCheck(0, 0, rebuilt=False)
    try:
        with _opened(directory) as index:
            names = index.slab_names()
            reader = SlabReader(slab_folder(directory))
            damaged: list[SlotRow] = []
            sound = 0
            all_there, _, _ = index.counts()
            for number in names:
                for slot in index.slots_of_slab(number):
                    if _parts(reader, names, slot) is not None:
                        sound += 1
                    else:
                        damaged.append(slot)
            with index.transaction():
                index.drop_slots(damaged)
                index.drop_strays()
            return CacheCheck(sound, max(0, all_there - sound), rebuilt=False)
    except sqlite3.Error as error:
        if not is_damaged(error):
            raise
        remove_index(directory)
        return CacheCheck(0, 0, rebuilt=True)


def clear(directory: Path | None = None) -> int:
    """Forget everything; searches that run go on, and begin a new cache.

    Returns:
        the bytes that became free.

    Raises:
        OwnFilesUnsafe: the cache is not ours; nothing was removed.
        sqlite3.Error: the index is busy for too long.
        OSError: the files cannot be removed.
    """
    directory = directory or default_directory()
    check_cache(directory)
    before = disk_bytes(directory)
    if not before:
        return 0
    try:
        with _opened(directory) as index:
            names = index.slab_names()
            with index.transaction():
                index.drop_everything()
            with OwnFolder(slab_folder(directory)) as slabs:
                for name in names.values():
                    slabs.remove(name, is_slab)
            index.vacuum()
            sweep(directory, index)
    except sqlite3.Error as error:
        if not is_damaged(error):
            raise
        remove_index(directory)
        with OwnFolder(slab_folder(directory)) as slabs:
            for name in filter(SLAB_NAME.fullmatch, slabs.names()):
                slabs.remove(name, is_slab)
    return before - disk_bytes(directory)


def remove_index(directory: Path) -> None:
    """Take a damaged index away; whoever has it open goes on with what is no longer there.

    One that does not even begin as an index may be somebody's file, and is only put aside.
    """
    path = index_path(directory)
    with OwnFolder(directory) as folder:
        if not folder.remove(path.name, is_database):
            path.rename(path.with_name(f"{path.name}.damaged-{time.time_ns()}"))
        folder.remove(path.name + "-journal")


def sweep(directory: Path, index: CacheIndex) -> None:
    """Remove what killed processes and lost indexes left: slabs nobody knows, nobody's files."""
    known = set(index.slab_names().values())
    with OwnFolder(slab_folder(directory)) as slabs:
        for name in filter(SLAB_NAME.fullmatch, slabs.names()):
            if name in known:
                continue
            # A slab is locked before it is entered, and entered before anything else.
            written = is_being_written(slab_folder(directory) / name)
            if not written and name not in index.slab_names().values():
                slabs.remove(name, is_slab)
    records, _, files = index.counts()
    most = _FILES + _FILES_PER_RECORD * records
    if files > most:
        with index.transaction():
            index.drop_files(most)


def make_room(directory: Path, index: CacheIndex, limit: int) -> None:
    """Bring the cache below its limit: the least recently used records go.

    Slabs are never changed, so one that holds dropped records is written anew without them, the
    emptiest first. One process does it at a time; the others go on meanwhile.

    Raises:
        sqlite3.Error, OSError: the index is busy for too long, or the disk fails.
    """
    with _alone(directory) as alone:
        if not alone:
            return
        _drop_oldest(index, int(limit * _LIVE_SHARE))
        names = index.slab_names()
        live = index.live_bytes()
        folder = slab_folder(directory)
        shares = {n: live.get(n, 0) / max(1, _size(folder / names[n])) for n in names}
        with closing(_Mover(index, folder, names)) as mover:
            for number in sorted(names, key=shares.__getitem__):
                if disk_bytes(directory) <= limit * _DISK_SHARE:
                    return
                mover.empty(number)


def _drop_oldest(index: CacheIndex, most: int) -> None:
    _, live, _ = index.counts()
    dropped = []
    for slot in index.slots_by_use():
        if live <= most:
            break
        live -= slot.length
        dropped.append(slot)
    with index.transaction():
        index.drop_slots(dropped)
        index.drop_files(_FILES)


class _Mover:
    """Writes what is left of slabs into new ones."""

    def __init__(self, index: CacheIndex, folder: Path, names: dict[int, str]) -> None:
        self._index, self._folder, self._names = index, folder, names
        self._reader = SlabReader(folder)
        self._target: tuple[int, SlabWriter] | None = None

    def close(self) -> None:
        """Close the slab that was written last."""
        if self._target is not None:
            self._target[1].close()

    def empty(self, number: int) -> None:
        """Move the records out of a slab and remove it, unless a process writes it."""
        path = self._folder / self._names[number]
        try:
            holder = SlabWriter(path)
        except BlockingIOError:
            return
        try:
            portion: list[SlotRow] = []
            for slot in self._index.slots_of_slab(number):
                portion.append(slot)
                if sum(row.length for row in portion) >= _BATCH_BYTES:
                    self._move(portion)
                    portion = []
            self._move(portion)
            with self._index.transaction():
                self._index.drop_slab(number)
            remove_file(path, is_slab)
        finally:
            self._reader.forget()
            holder.close()

    def _move(self, slots: list[SlotRow]) -> None:
        packed = []
        for slot in slots:
            parts = _parts(self._reader, self._names, slot)
            if parts is not None:
                packed.append((slot, pack(bytes(parts[0]), parts[1])))
        if not packed:
            return
        if self._target is None or self._target[1].size >= SLAB_BYTES:
            self.close()
            self._target = new_slab(self._index, self._folder)
        number, writer = self._target
        places = writer.append([pieces for _, pieces in packed])
        before = [slot for slot, _ in packed]
        after = [
            slot._replace(slab=number, start=start, length=length)
            for slot, (start, length) in zip(before, places, strict=True)
        ]
        with self._index.transaction():
            self._index.move_slots(before, after)


def new_slab(index: CacheIndex, folder: Path) -> tuple[int, SlabWriter]:
    """A new slab, entered, with its writer.

    Raises:
        sqlite3.Error, OSError: it cannot be made.
    """
    name = f"{os.urandom(8).hex()}.slab"
    writer = SlabWriter(folder / name)
    try:
        return index.add_slab(name), writer
    except BaseException:
        writer.close()
        raise


def _parts(
    reader: SlabReader, names: dict[int, str], slot: SlotRow
) -> tuple[memoryview, memoryview] | None:
    view = reader.slot(names.get(slot.slab, ""), slot.place)
    return None if view is None else unpack(view)


@contextmanager
def _opened(directory: Path, *, create: bool = True) -> Iterator[CacheIndex]:
    index = CacheIndex(index_path(directory), create=create)
    try:
        yield index
    finally:
        index.close()


@contextmanager
def _alone(directory: Path) -> Iterator[bool]:
    """Whether no other process makes room; none begins to before the end."""
    fd = open_file(directory / "room.lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        yield False
    else:
        yield True
    finally:
        os.close(fd)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
