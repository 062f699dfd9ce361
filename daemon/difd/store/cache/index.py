"""The index of the tensor cache: which file holds which content, and where its record lies.

One SQLite file, shared by all processes. With a rollback journal rather than WAL, which wants
shared memory and so fails on network file systems and in folders that cannot be written.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import xxhash

from difd.protocol.removal import SLAB_NAME
from difd.store.cache.slab import Place
from difd.store.database import check_database, create_missing

_SCHEMA_VERSION: Final = 3
_SCHEMA: Final = """
CREATE TABLE slabs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE slots (
    digest BLOB NOT NULL,
    form BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    slab INTEGER NOT NULL,
    start INTEGER NOT NULL,
    length INTEGER NOT NULL,
    used INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (digest, form)
) WITHOUT ROWID;
CREATE INDEX slots_by_size ON slots (form, bytes);
CREATE INDEX slots_by_slab ON slots (slab);
CREATE TABLE files (
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    ctime INTEGER NOT NULL,
    digest BLOB NOT NULL,
    seen INTEGER NOT NULL,
    trusted INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (device, inode)
) WITHOUT ROWID;
"""

_SLOTS: Final = "SELECT * FROM slots"
_FILES: Final = "SELECT * FROM files"

_BUSY_SECONDS: Final = 10.0
"""How long another process may hold the index before we go on without it."""

_HOUR: Final = 3600
"""Use is noted by the hour: a search that is repeated at once then writes nothing."""

_PARAMETERS: Final = 500
"""Values in one query; SQLite of old takes 999."""

Value = TypeVar("Value")

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class FileRow(NamedTuple):
    """A file that was read: its stat, the digest of its bytes, and whether the stat may be trusted.

    `seen` is when it was first read with this stat, in nanoseconds since 1970.
    """

    device: int
    inode: int
    size: int
    mtime: int
    ctime: int
    digest: bytes
    seen: int
    trusted: int

    @staticmethod
    def checksum(*fields: int | bytes) -> int:
        """Of the whole row."""
        return _checksum(_FILE.pack(*fields))


class SlotRow(NamedTuple):
    """A record: of which content, in which form, of how many bytes of file, and where it lies."""

    digest: bytes
    form: bytes
    size: int
    slab: int
    start: int
    length: int
    used: int

    @property
    def place(self) -> Place:
        """Where it lies in its slab."""
        return self.start, self.length

    @staticmethod
    def checksum(*fields: int | bytes) -> int:
        """Of all but `used`, the last field, which is changed alone."""
        return _checksum(_SLOT.pack(*fields[:6]))


Row = TypeVar("Row", FileRow, SlotRow)

_FILE: Final = struct.Struct("<qqqqq32sqq")
_SLOT: Final = struct.Struct("<32s8sqqqq")


class IndexDamaged(sqlite3.DatabaseError):
    """SQLite could not even say what is wrong with the file."""


def this_hour() -> int:
    """What `used` is set to."""
    return int(time.time()) // _HOUR


def is_damaged(error: sqlite3.Error) -> bool:
    """Whether an error says that the file itself is no good."""
    damaged = getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED
    return damaged or isinstance(error, IndexDamaged)


class CacheIndex:
    """The index, open.

    Args:
        path: the SQLite file.
        create: make it, owner-only, when it is missing.

    Raises:
        OwnFilesUnsafe: it or its folder is not ours.
        sqlite3.Error, OSError: it cannot be opened.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = path
        check_database(path)
        if create:
            create_missing(path)
        self._identity = os.lstat(path)
        mode = "rw" if create else "ro"
        self._db = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=_BUSY_SECONDS,
            check_same_thread=False,
        )
        try:
            self._prepare(create=create)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def is_in_place(self) -> bool:
        """Whether the file is still the one that was opened."""
        try:
            return os.path.samestat(os.lstat(self.path), self._identity)
        except OSError:
            return False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is written inside, or nothing."""
        self._run("BEGIN IMMEDIATE")
        try:
            yield
            self._run("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._run("ROLLBACK")
            raise

    def files(self, identities: Sequence[tuple[int, int]]) -> dict[tuple[int, int], FileRow]:
        """The rows of files, by device and inode."""
        by_device: dict[int, list[int]] = {}
        for device, inode in identities:
            by_device.setdefault(_signed(device), []).append(_signed(inode))
        found: dict[tuple[int, int], FileRow] = {}
        for device, inodes in by_device.items():
            for some, marks in _portions(inodes):
                where = f"WHERE device = ? AND inode IN ({marks})"
                for row in self._rows(FileRow, f"{_FILES} {where}", (device, *some)):
                    found[_unsigned(row.device), _unsigned(row.inode)] = row
        return found

    def slots(self, forms: Sequence[bytes], digests: Sequence[bytes]) -> Iterator[SlotRow]:
        """The slots of contents in any of some forms."""
        kinds = ",".join("?" * len(forms))
        for some, marks in _portions(digests):
            where = f"WHERE digest IN ({marks}) AND form IN ({kinds})"
            yield from self._rows(SlotRow, f"{_SLOTS} {where}", (*some, *forms))

    def digests_of_sizes(
        self, forms: Sequence[bytes], sizes: Sequence[int]
    ) -> dict[int, set[bytes]]:
        """All contents of so many bytes that have a record in any of some forms, by size."""
        kinds = ",".join("?" * len(forms))
        found: dict[int, set[bytes]] = {}
        for some, marks in _portions(sizes):
            where = f"WHERE form IN ({kinds}) AND bytes IN ({marks})"
            for row in self._rows(SlotRow, f"{_SLOTS} {where}", (*forms, *some)):
                found.setdefault(row.size, set()).add(row.digest)
        return found

    def slots_of_slab(self, number: int) -> list[SlotRow]:
        """The slots in a slab, in their order there."""
        return list(self._rows(SlotRow, f"{_SLOTS} WHERE slab = ? ORDER BY start", (number,)))

    def slots_by_use(self) -> Iterator[SlotRow]:
        """Every slot, the least recently used first."""
        return self._rows(SlotRow, f"{_SLOTS} ORDER BY used, digest")

    def live_bytes(self) -> dict[int, int]:
        """The bytes of the slots in every slab that has some."""
        rows = self._run("SELECT slab, sum(length) FROM slots GROUP BY slab")
        return {int(slab): int(live) for slab, live in rows}

    def slab_names(self) -> dict[int, str]:
        """The names of all slabs."""
        rows = self._run("SELECT id, name FROM slabs ORDER BY id")
        return {number: name for number, name in rows if SLAB_NAME.fullmatch(str(name))}

    def counts(self) -> tuple[int, int, int]:
        """How many records there are, the bytes of their slots, and how many files are known."""
        ((records, live),) = self._run("SELECT count(*), coalesce(sum(length), 0) FROM slots")
        ((files,),) = self._run("SELECT count(*) FROM files")
        return records, int(live), files

    def add_slab(self, name: str) -> int:
        """Enter a slab, and give its number."""
        return int(self._db.execute("INSERT INTO slabs (name) VALUES (?)", (name,)).lastrowid or 0)

    def has_slab(self, number: int) -> bool:
        """Whether a slab is still entered."""
        return bool(self._run("SELECT 1 FROM slabs WHERE id = ?", (number,)))

    def put_slots(self, rows: Iterable[SlotRow]) -> None:
        """Enter records; newer ones take the place of older ones."""
        self._db.executemany(
            "REPLACE INTO slots VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((*row, row.checksum(*row)) for row in rows),
        )

    def put_files(self, rows: Iterable[FileRow]) -> None:
        """Enter files; newer rows take the place of older ones."""
        ours = (row._replace(device=_signed(row[0]), inode=_signed(row[1])) for row in rows)
        self._db.executemany(
            "REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((*row, row.checksum(*row)) for row in ours),
        )

    def touch(self, slots: Iterable[SlotRow]) -> None:
        """Note that records were used just now."""
        used = this_hour()
        self._db.executemany(
            "UPDATE slots SET used = ? WHERE digest = ? AND form = ?",
            ((used, slot.digest, slot.form) for slot in slots),
        )

    def drop_slots(self, slots: Iterable[SlotRow]) -> None:
        """Forget records that are still where these rows say."""
        self._db.executemany(
            "DELETE FROM slots WHERE digest = ? AND form = ? AND slab = ? AND start = ?",
            ((slot.digest, slot.form, slot.slab, slot.start) for slot in slots),
        )

    def move_slots(self, before: Sequence[SlotRow], after: Sequence[SlotRow]) -> None:
        """Enter new places of records, unless they were dropped or written anew meanwhile."""
        self._db.executemany(
            "UPDATE slots SET slab = ?, start = ?, length = ?, checksum = ? "
            "WHERE digest = ? AND form = ? AND slab = ? AND start = ?",
            (
                (*new[3:6], new.checksum(*new), old.digest, old.form, old.slab, old.start)
                for old, new in zip(before, after, strict=True)
            ),
        )

    def drop_strays(self) -> None:
        """Forget records in slabs that are not there."""
        self._run("DELETE FROM slots WHERE slab NOT IN (SELECT id FROM slabs)")

    def drop_slab(self, number: int) -> None:
        """Forget a slab and all that lies in it."""
        self._run("DELETE FROM slots WHERE slab = ?", (number,))
        self._run("DELETE FROM slabs WHERE id = ?", (number,))

    def drop_files(self, most: int) -> None:
        """Forget files whose content has no record, and the oldest ones above a number."""
        self._run("DELETE FROM files WHERE digest NOT IN (SELECT digest FROM slots)")
        self._run(
            "DELETE FROM files WHERE seen < "
            "(SELECT seen FROM files ORDER BY seen DESC LIMIT 1 OFFSET ?)",
            (most,),
        )

    def drop_everything(self) -> None:
        """Forget everything."""
        for table in ("files", "slots", "slabs"):
            self._run(f"DELETE FROM {table}")  # noqa: S608  the three names above

    def vacuum(self) -> None:
        """Give free space back to the disk."""
        self._run("VACUUM")

    def _prepare(self, *, create: bool) -> None:
        self._run("PRAGMA synchronous = NORMAL")
        if self._version() not in {0, _SCHEMA_VERSION}:
            raise IndexDamaged("it has the layout of another version")
        if self._version() == _SCHEMA_VERSION or not create:
            return
        with self.transaction():
            if self._version() == 0:  # another process may have been first
                for statement in _SCHEMA.split(";"):
                    self._run(statement)
                self._run(f"PRAGMA user_version = {_SCHEMA_VERSION}")

    def _run(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Execute a statement; its rows.

        Raises:
            IndexDamaged: the file is so damaged that SQLite's complaint is no text.
            sqlite3.Error: whatever else is wrong.
        """
        try:
            return self._db.execute(statement, values).fetchall()
        except UnicodeDecodeError as error:
            raise IndexDamaged(str(error)) from None

    def _rows(
        self, kind: type[Row], statement: str, values: Sequence[object] = ()
    ) -> Iterator[Row]:
        """Rows that are what was once written; others are as if they were not there."""
        make, checksum_of = kind._make, kind.checksum
        for row in self._run(statement, values):
            fields = row[:-1]
            try:
                sound = checksum_of(*fields) == row[-1]
            except struct.error:
                continue
            if sound:
                yield make(fields)

    def _version(self) -> int:
        ((version,),) = self._run("PRAGMA user_version")
        return int(version)


def _checksum(packed: bytes) -> int:
    return _signed(xxhash.xxh3_64_intdigest(packed))


def _portions(values: Sequence[Value]) -> Iterator[tuple[Sequence[Value], str]]:
    """Values a query can take at once, with as many question marks."""
    for start in range(0, len(values), _PARAMETERS):
        some = values[start : start + _PARAMETERS]
        yield some, ",".join("?" * len(some))


def _signed(number: int) -> int:
    """SQLite's integers have a sign; inode numbers of some file systems take all 64 bits."""
    return number - (1 << 64) if number >= 1 << 63 else number


def _unsigned(number: int) -> int:
    return number + (1 << 64) if number < 0 else number
