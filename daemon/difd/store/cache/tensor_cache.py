"""The tensor cache: what became of every picture, by content, so that none is decoded twice.

The engine's `Memory`. A file whose stat is known is not even opened; one whose content is known,
under whatever name, is read and not decoded. What cannot be read back, or does not carry its
checksum, is treated as unknown.
"""

from __future__ import annotations

import gc
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from msgspec.structs import replace

from difd.engine.memory import features_form, forms_for
from difd.engine.record import ReadRequest, Record, Unreadable
from difd.protocol.ownership import make_folder
from difd.store.cache.answers import best_answer, known_contents
from difd.store.cache.batch import Batch, Slot, Writing
from difd.store.cache.eviction import make_room, new_slab
from difd.store.cache.index import CacheIndex, FileRow, SlotRow, is_damaged, this_hour
from difd.store.cache.layout import (
    LIMIT,
    check_cache,
    default_directory,
    disk_bytes,
    index_path,
    remove_former,
    remove_index,
    slab_folder,
)
from difd.store.cache.rows import file_row, form_key, is_same, slot_row
from difd.store.cache.slab import SLAB_BYTES, Place, SlabReader, SlabWriter
from difd.store.cache.slot_content import (
    Content,
    planes_in,
    unpack_features,
    unpack_slot,
)
from difd.store.cache.upkeep import sweep
from difd.store.freshness import is_local
from difd.system import files as system_files
from difd.system import mapped

_BATCH_SECONDS: Final = 1.0
"""Records are written down once in a second, or when there are many of them: a killed build loses
little more, and the disk is seldom waited for."""

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class TensorCache:
    """A `Memory` on the disk, shared by all processes of the user.

    Faults of the disk or of the files never reach the caller: they are logged, and the build goes
    on without what they cost. Only a cache that somebody else could have made is refused.

    Args:
        directory: where; None means `default_directory()`.
        limit: most bytes on the disk.
    """

    def __init__(self, directory: Path | None = None, limit: int = LIMIT) -> None:
        self._directory = directory or default_directory()
        self.limit = limit
        """Most bytes on the disk; may change between batches."""
        self._index: CacheIndex | None = None
        self._writer: SlabWriter | None = None
        self._slab = 0
        self._disk = 0
        self._writable = True
        self._names: dict[int, str] = {}
        self._reader = SlabReader(slab_folder(self._directory))
        self._batch = Batch()
        self._writing = Writing()
        self._flushed = 0.0
        self._rows: dict[tuple[int, int], FileRow] = {}

    def close(self) -> None:
        """Let other processes write the slab that was written here."""
        try:
            self._writing.wait()
        finally:
            self._close()

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._index is not None:
            self._index.close()
        self._writer = self._index = None
        self._names = {}

    def rest(self) -> None:
        """Have nothing open between two builds, where what is open cannot be removed."""
        if not system_files.REPLACES_OPEN:
            self._reader.forget()
            self.close()
            # Views that are in cycles with other objects keep their slabs mapped.
            gc.collect()

    def begin(self) -> None:
        """Begin a build: whatever went wrong in the last one is tried again.

        Raises:
            OwnFilesUnsafe: the cache is not ours alone; nothing of it was read.
        """
        self._writing.end()
        self._writable = True
        self._flushed = time.monotonic()
        self._rows.clear()
        self._reader.forget()
        if self._index is not None and not self._index.is_in_place():
            self.close()
        if self._index is None:
            try:
                self._open()
            except (sqlite3.Error, OSError) as error:
                self._fail(error)

    def recall(self, requests: Sequence[ReadRequest]) -> list[Record | Unreadable | None]:
        """What became of files whose stat is known, None for the others; opens none of them."""
        nothing: list[Record | Unreadable | None] = [None] * len(requests)
        return self._try(lambda index: self._recall(index, requests), nothing)

    def contents(self, requests: Sequence[ReadRequest]) -> list[Collection[bytes]]:
        """For each file, the digests of all known contents of its size."""
        nothing: list[Collection[bytes]] = [()] * len(requests)
        return self._try(lambda index: known_contents(index, requests), nothing)

    def find(self, request: ReadRequest, digest: bytes) -> Record | Unreadable | None:
        """What became of a content that turned out to be known; the file's stat is remembered."""

        def look(index: CacheIndex) -> Record | Unreadable | None:
            return self._load(index, [(request, digest)])[0]

        made = self._try(look, None)
        if made is not None:
            self.note(request, digest)
        return made

    def keep(self, request: ReadRequest, record: Record) -> list[Record]:
        """Remember a record; the settled ones come back, read from the disk."""
        self._batch.add(request, record)
        late = time.monotonic() - self._flushed >= _BATCH_SECONDS
        if not (self._batch.is_full or late):
            return []
        settled = self._writing.end()
        self._writing.begin(partial(self._write_down, self._next_batch()))
        return settled

    def blame(self, request: ReadRequest, unreadable: Unreadable) -> None:
        """Remember a content that cannot be read."""
        self._batch.blamed.append((request, unreadable))

    def note(self, request: ReadRequest, digest: bytes) -> None:
        """Remember what a file holds."""
        self._batch.noted.append((request, digest))

    def flush(self) -> list[Record]:
        """Write everything down; what was not settled yet."""
        settled = self._writing.end()
        return settled + self._write_down(self._next_batch())

    def _next_batch(self) -> Batch:
        """What was made so far; what comes is in another one."""
        batch, self._batch = self._batch, Batch()
        self._flushed = time.monotonic()
        return batch

    def _write_down(self, batch: Batch) -> list[Record]:
        """Write a batch down; its records, backed by the disk where that could be done."""
        if batch.is_empty or not self._writable:
            return batch.given

        def write(index: CacheIndex) -> list[Record]:
            slab, places = self._write(index, batch.slots(), batch.holdings())
            # Those that are blamed and features come last, and have no planes.
            return [self._backed(*pair, slab) for pair in zip(batch.given, places, strict=False)]

        return self._do(write, batch.given)

    def release(self) -> None:
        """Let go of the memory that recalled records occupy, if it is much."""
        mapped.release()

    def _try(self, work: Callable[[CacheIndex], Answer], otherwise: Answer) -> Answer:
        """Do something with the index when nobody writes; when it fails, say so and go on."""
        self._writing.wait()
        return self._do(work, otherwise)

    def _do(self, work: Callable[[CacheIndex], Answer], otherwise: Answer) -> Answer:
        """Do something with the index; when the disk or the file fails, say so and go on."""
        if self._index is None:
            return otherwise
        try:
            return work(self._index)
        except (sqlite3.Error, OSError) as error:
            self._fail(error)
            return otherwise

    def _fail(self, error: sqlite3.Error | OSError) -> None:
        if isinstance(error, sqlite3.Error) and is_damaged(error):
            _log.warning("the index of the tensor cache is damaged and begun anew: %s", error)
            self._close()
            try:
                remove_index(self._directory)
                self._open()
            except (sqlite3.Error, OSError) as again:
                self._fail_to_write(again)
        else:
            self._fail_to_write(error)

    def _fail_to_write(self, error: sqlite3.Error | OSError) -> None:
        if self._writable:
            where = os.fsencode(self._directory).decode(errors="replace")
            _log.warning("going on without the tensor cache in %s: %s", where, error)
        self._writable = False

    def _open(self) -> None:
        """Open the cache, and make it where there is none.

        Raises:
            OwnFilesUnsafe: it is not ours alone.
            sqlite3.Error, OSError: it cannot be opened.
        """
        check_cache(self._directory)
        make_folder(slab_folder(self._directory))
        path = index_path(self._directory)
        if os.access(self._directory, os.W_OK):
            self._index = CacheIndex(path)
            sweep(self._directory, self._index)
            remove_former(self._directory)
        else:
            self._index = CacheIndex(path, create=False)
            raise PermissionError("it can only be read")
        self._disk = disk_bytes(self._directory)

    def _recall(
        self, index: CacheIndex, requests: Sequence[ReadRequest]
    ) -> list[Record | Unreadable | None]:
        identities = [(request.file.device, request.file.inode) for request in requests]
        rows = index.files(identities)
        known = [
            (request, row.digest)
            for request, identity in zip(requests, identities, strict=True)
            if (row := rows.get(identity)) is not None
            and row.trusted
            and is_same(row, request.file)
        ]
        made = dict(
            zip([pair[0].file.path for pair in known], self._load(index, known), strict=True)
        )
        recalled = [made.get(request.file.path) for request in requests]
        # What is not recalled is read, and may have been seen before with this stat.
        for answer, identity in zip(recalled, identities, strict=True):
            if answer is not None:
                self._rows.pop(identity, None)
            elif identity in rows:
                self._rows[identity] = rows[identity]
        return recalled

    def _load(
        self, index: CacheIndex, wanted: Sequence[tuple[ReadRequest, bytes]]
    ) -> list[Record | Unreadable | None]:
        """What became of files, by the digest of their content; copies share their planes."""
        by_forms: dict[tuple[str, ...], list[bytes]] = {}
        forms_of = [forms_for(request) for request, _ in wanted]
        for forms, (_, digest) in zip(forms_of, wanted, strict=True):
            by_forms.setdefault(forms, []).append(digest)
        stored: dict[bytes, dict[str, Content]] = {}
        damaged, used, now = [], [], this_hour()
        for forms, digests in by_forms.items():
            keys = {form_key(form): form for form in forms}
            for slot in index.slots(tuple(keys), digests):
                content = self._unpack(index, slot, keys[slot.form])
                if content is None:
                    damaged.append(slot)
                else:
                    stored.setdefault(slot.digest, {})[keys[slot.form]] = content
                    if slot.used != now:
                        used.append(slot)
        if self._writable and (damaged or used):
            self._do(lambda index: _update(index, damaged, used), None)
        features = self._features(index, [pair for pair in wanted if pair[0].features])
        return [
            best_answer(request, forms, stored.get(digest, {}), features.get(digest))
            for forms, (request, digest) in zip(forms_of, wanted, strict=True)
        ]

    def _features(
        self, index: CacheIndex, wanted: Sequence[tuple[ReadRequest, bytes]]
    ) -> dict[bytes, bytes]:
        """The features of contents that have some, by their digest."""
        by_form: dict[str, list[bytes]] = {}
        for request, digest in wanted:
            by_form.setdefault(features_form(request), []).append(digest)
        found: dict[bytes, bytes] = {}
        for form, digests in by_form.items():
            for slot in index.slots((form_key(form),), digests):
                view = self._view(index, slot)
                made = None if view is None else unpack_features(view, slot.digest, form)
                if made is not None:
                    found[slot.digest] = made
        return found

    def _unpack(self, index: CacheIndex, slot: SlotRow, form: str) -> Content | None:
        """What lies in a slot; None if it is not, bit by bit, what was written for this content."""
        view = self._view(index, slot)
        content = None if view is None else unpack_slot(view, slot.start)
        known = content is not None and content.is_of(slot.digest, form)
        return content if known else None

    def _view(self, index: CacheIndex, slot: SlotRow) -> memoryview | None:
        if slot.slab not in self._names:
            self._names = index.slab_names()
        return self._reader.slot(self._names.get(slot.slab, ""), slot.place)

    def _backed(self, record: Record, place: Place, slab: str) -> Record:
        """The record with its planes where they were just written, and in memory no more."""
        slot = self._reader.slot(slab, place)
        planes = None if slot is None else planes_in(slot, place[0], record.planes.shape)
        return record if planes is None else replace(record, planes=planes)

    def _write(
        self, index: CacheIndex, slots: Sequence[Slot], noted: Sequence[tuple[ReadRequest, bytes]]
    ) -> tuple[str, list[Place]]:
        """Slots first, to the disk; then, in one go, the index that says they are there.

        Returns:
            The name of the slab, and where in it each slot is.
        """
        local = {device: is_local(device) for device in {r.file.device for r, _ in noted}}
        files = [
            file_row(
                request,
                digest,
                self._rows.get((request.file.device, request.file.inode)),
                local=local[request.file.device],
            )
            for request, digest in noted
        ]
        while True:
            writer = self._slab_writer(index)
            places = writer.append([packed for *_, packed in slots])
            with index.transaction():
                if index.has_slab(self._slab) and writer.is_in_place():
                    index.put_slots(
                        slot_row(request, digest, form, self._slab, place)
                        for (request, digest, form, _), place in zip(slots, places, strict=True)
                    )
                    index.put_files(files)
                    break
            # Another process cleared the cache meanwhile.
            writer.close()
            self._writer = None
        self._disk += sum(length for _, length in places)
        if self._disk > self.limit:
            writer.close()  # so that this slab, too, may be written anew
            self._writer = None
            make_room(self._directory, index, self.limit)
            self._disk = disk_bytes(self._directory)
        return writer.path.name, places

    def _slab_writer(self, index: CacheIndex) -> SlabWriter:
        """The slab of this process: one that nobody writes and that has room, else a new one."""
        if self._writer is not None and self._writer.size < SLAB_BYTES:
            return self._writer
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        folder = slab_folder(self._directory)
        for number, name in index.slab_names().items():
            try:
                if (folder / name).stat().st_size >= SLAB_BYTES:
                    continue
                writer = SlabWriter(folder / name)
            except (BlockingIOError, FileNotFoundError):
                continue
            if writer.is_in_place() and index.has_slab(number):
                self._slab, self._writer = number, writer
                return writer
            writer.close()
        self._slab, self._writer = new_slab(index, folder)
        return self._writer


def _update(index: CacheIndex, damaged: list[SlotRow], used: list[SlotRow]) -> None:
    with index.transaction():
        index.drop_slots(damaged)
        index.touch(used)
