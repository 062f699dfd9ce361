"""Keeps the tensor cache below its limit: the least recently used records go, slab by slab."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from difd.protocol.ownership import open_file
from difd.protocol.removal import OwnFolder
from difd.store.cache.index import CacheIndex, SlotRow
from difd.store.cache.layout import disk_bytes, slab_folder
from difd.store.cache.slab import SLAB_BYTES, SlabReader, SlabWriter, pack, remove_slab
from difd.system import files, locks

_LIVE_SHARE: Final = 0.75
"""Records are dropped down to this share of the limit, so that room is not made all the time."""

_DISK_SHARE: Final = 0.9
"""Slabs are rewritten without what was dropped until the disk holds this share of the limit."""

FILES: Final = 100_000
"""Most files that are known when room is made, however many records there are."""

_BATCH_BYTES: Final = 16 << 20
"""What is moved from one slab to another at once."""


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
            going = 0 if files.REPLACES_OPEN else _unknown_bytes(folder, names.values())
            for number in sorted(names, key=shares.__getitem__):
                if disk_bytes(directory) - going <= limit * _DISK_SHARE:
                    return
                going += mover.empty(number)


def _unknown_bytes(folder: Path, names: Collection[str]) -> int:
    """Bytes of slabs that were emptied before, and go when no process has them mapped any more."""
    return sum(_size(path) for path in folder.glob("*.slab") if path.name not in names)


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
        index.drop_files(FILES)


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

    def empty(self, number: int) -> int:
        """Move the records out of a slab and remove it, unless a process writes it.

        Returns:
            Bytes that go only when no process has the slab mapped any more; 0 if it is gone.
        """
        path = self._folder / self._names[number]
        try:
            holder = SlabWriter(path)
        except BlockingIOError:
            return 0
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
            # Windows removes nothing that is mapped.
            self._reader.forget()
            with suppress(FileNotFoundError), OwnFolder(self._folder) as slabs:
                gone = remove_slab(slabs, path.name)
                return 0 if gone or files.REPLACES_OPEN else holder.size
            return 0
        finally:
            self._reader.forget()
            holder.close()

    def _move(self, slots: list[SlotRow]) -> None:
        packed = []
        for slot in slots:
            parts = self._reader.parts(self._names.get(slot.slab, ""), slot.place)
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


@contextmanager
def _alone(directory: Path) -> Iterator[bool]:
    """Whether no other process makes room; none begins to before the end."""
    fd = open_file(directory / "room.lock", os.O_RDWR | os.O_CREAT)
    try:
        locks.take(fd)
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
