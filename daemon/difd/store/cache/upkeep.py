"""Looking after the tensor cache: what is in it, whether it is sound, and what nobody needs.

Free of numpy, so that any process may ask. Everything here may run while searches go on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from difd.protocol.removal import SLAB_NAME, OwnFolder
from difd.store.cache.eviction import FILES
from difd.store.cache.index import CacheIndex, SlotRow, is_damaged
from difd.store.cache.layout import (
    LIMIT,
    check_cache,
    default_directory,
    disk_bytes,
    index_path,
    remove_index,
    slab_folder,
)
from difd.store.cache.slab import SlabReader, is_being_written, remove_slab

_FILES_PER_RECORD: Final = 4
"""Files that are known for every record, besides `FILES`."""


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
                    if reader.parts(names.get(slot.slab, ""), slot.place) is not None:
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
                    remove_slab(slabs, name)
            index.vacuum()
            sweep(directory, index)
    except sqlite3.Error as error:
        if not is_damaged(error):
            raise
        remove_index(directory)
        with OwnFolder(slab_folder(directory)) as slabs:
            for name in filter(SLAB_NAME.fullmatch, slabs.names()):
                remove_slab(slabs, name)
    return before - disk_bytes(directory)


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
                remove_slab(slabs, name)
    records, _, files = index.counts()
    most = FILES + _FILES_PER_RECORD * records
    if files > most:
        with index.transaction():
            index.drop_files(most)


@contextmanager
def _opened(directory: Path, *, create: bool = True) -> Iterator[CacheIndex]:
    index = CacheIndex(index_path(directory), create=create)
    try:
        yield index
    finally:
        index.close()
