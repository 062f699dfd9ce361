"""The job journal: every job and the rows of its result, in one SQLite file.

The daemon is its only writer. Rows are stored as the engine sent them, in pages of msgpack, and are
handed to clients without being decoded. Free of numpy: the daemon's own process imports it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import Row
from difd.store.database import open_database, transaction

JOBS_KEPT: Final = 200
"""Older jobs are forgotten when new ones arrive, and then their results."""

REPLY_BYTES: Final = 1024 * 1024
"""A page of results given out ends after this many bytes, so that no client can pile them up."""

LIST_BYTES: Final = 2 * 1024 * 1024
"""A list of jobs ends after this many bytes: one job can name thousands of paths."""

CHECKPOINT_PAGES: Final = 64
"""Pages of results after which a checkpoint is due."""

_PAGE_ROWS: Final = 5000

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    info BLOB NOT NULL
);
CREATE TABLE pages (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    first_row INTEGER NOT NULL,
    rows BLOB NOT NULL,
    PRIMARY KEY (job, first_row)
) WITHOUT ROWID;
"""

_OPTIONS: Final = frozenset(SearchOptions.__struct_encode_fields__)


class _Stored(msgspec.Struct):
    """Of a job as it is written, what a newer version may have added to."""

    options: dict[str, msgspec.Raw]


_encode = msgspec.msgpack.Encoder().encode
_decode_job = msgspec.msgpack.Decoder(JobInfo).decode
_decode_stored = msgspec.msgpack.Decoder(_Stored).decode
_decode_fields = msgspec.msgpack.Decoder(dict[str, msgspec.Raw]).decode
_decode_row = msgspec.msgpack.Decoder(Row).decode
_decode_rows = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode


class JobJournal:
    """Jobs and results on disk.

    Args:
        path: the SQLite file; created owner-only when missing.

    Attributes:
        path: the same.

    Raises:
        JournalUnusable: the file was written by a newer version.
        sqlite3.DatabaseError: it is damaged, or not SQLite.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = open_database(path, _SCHEMA, _SCHEMA_VERSION)
        # A write would wait for the disk now and then; `checkpoint` does, in a thread.
        self._db.execute("PRAGMA wal_autocheckpoint = 0")
        # A job's rows would go with it, which took ten seconds for 100,000 groups: `sweep` does it.
        self._db.execute("PRAGMA foreign_keys = OFF")

    def close(self) -> None:
        """Close the file. Whatever was written is safe without it, too."""
        self._db.close()

    def checkpoint(self) -> None:
        """Bring what was written from the log into the file; waits for the disk.

        Safe in any thread, beside everything else.
        """
        with closing(sqlite3.connect(self.path, isolation_level=None)) as database:
            database.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def sweep(self) -> bool:
        """Remove a page of rows whose job is forgotten.

        Safe in any thread, beside everything else; who writes meanwhile waits for one page only.

        Returns:
            Whether there may be another.
        """
        with closing(sqlite3.connect(self.path, isolation_level=None)) as database:
            found = database.execute(
                "SELECT job, first_row FROM pages WHERE job NOT IN (SELECT id FROM jobs) LIMIT 1"
            ).fetchone()
            if found is not None:
                database.execute("DELETE FROM pages WHERE job = ? AND first_row = ?", found)
        return found is not None

    def add(self, job: JobInfo, request: str) -> None:
        """Write a new job, remember which request made it, and forget the oldest ones."""
        with transaction(self._db):
            self._db.execute(
                "INSERT INTO jobs (id, request, state, info) VALUES (?, ?, ?, ?)",
                (job.id, request, job.state, _encode(job)),
            )
            self._db.execute(
                "DELETE FROM jobs WHERE state NOT IN ('queued', 'running', 'paused') AND number <= "
                "(SELECT max(number) FROM jobs) - ?",
                (JOBS_KEPT,),
            )

    def save(self, job: JobInfo) -> None:
        """Write a job's new state. A queued job has no rows (it may have had some before)."""
        with transaction(self._db):
            self._db.execute(
                "UPDATE jobs SET state = ?, info = ? WHERE id = ?",
                (job.state, self._with_unknown_options(job), job.id),
            )
            if job.state == "queued":
                self._db.execute("DELETE FROM pages WHERE job = ?", (job.id,))

    def unknown_options(self, job: str) -> list[str]:
        """The names of a job's options that this version does not know: a newer one wrote them."""
        (info,) = self._db.execute("SELECT info FROM jobs WHERE id = ?", (job,)).fetchone()
        return sorted(_decode_stored(info).options.keys() - _OPTIONS)

    def unfinished(self) -> list[JobInfo]:
        """The jobs that a daemon left queued or running when it died."""
        found = self._db.execute(
            "SELECT info FROM jobs WHERE state IN ('queued', 'running') ORDER BY number"
        )
        return [_decode_job(info) for (info,) in found]

    def of_watches(self) -> list[JobInfo]:
        """The jobs that looks at watched folders made."""
        found = self._db.execute("SELECT info FROM jobs ORDER BY number")
        jobs = [_decode_job(info) for (info,) in found]
        return [job for job in jobs if job.origin == "watch"]

    def forget(self, job: str) -> None:
        """Remove a job; its rows go when `sweep` comes to them."""
        self._db.execute("DELETE FROM jobs WHERE id = ?", (job,))

    def made_by(self, request: str) -> JobInfo | None:
        """The job that this request made, if it did already."""
        return self._one("SELECT info FROM jobs WHERE request = ?", request)

    def find(self, reference: str) -> list[JobInfo]:
        """The jobs that `reference` may mean: an id, the beginning of one, or `last`; two suffice.

        A reference that is a whole id means that job only. `last` is what a client searched last:
        what watched folders bring up in between must not be acted on in its place.
        """
        if reference == "last":
            newest = self._db.execute("SELECT info FROM jobs ORDER BY number DESC")
            jobs = (_decode_job(info) for (info,) in newest)
            return list(islice((job for job in jobs if job.origin == "client"), 1))
        exact = self._one("SELECT info FROM jobs WHERE id = ?", reference)
        if exact is not None:
            return [exact]
        found = self._db.execute(
            "SELECT info FROM jobs WHERE substr(id, 1, ?) = ? ORDER BY number DESC LIMIT 2",
            (len(reference), reference),
        )
        return [_decode_job(info) for (info,) in found]

    def newest(self, limit: int) -> list[JobInfo]:
        """The newest jobs first, no more than fit one message."""
        found = self._db.execute("SELECT info FROM jobs ORDER BY number DESC LIMIT ?", (limit,))
        jobs: list[JobInfo] = []
        size = 0
        for (info,) in found:
            size += len(info)
            if jobs and size > LIST_BYTES:
                break
            jobs.append(_decode_job(info))
        return jobs

    def add_rows(self, job: str, first_row: int, rows: bytes) -> None:
        """Append a page: `rows` is a msgpack array whose first element is row `first_row`."""
        self._db.execute(
            "INSERT OR REPLACE INTO pages (job, first_row, rows) VALUES (?, ?, ?)",
            (job, first_row, rows),
        )

    def rows(self, job: str, cursor: int, limit: int) -> tuple[list[msgspec.Raw], int | None]:
        """At most `limit` rows from row `cursor` on, and where to go on (None: that was all)."""
        found = self._db.execute(
            "SELECT first_row, rows FROM pages WHERE job = ? AND first_row >= coalesce("
            "(SELECT max(first_row) FROM pages WHERE job = ? AND first_row <= ?), 0) "
            "ORDER BY first_row",
            (job, job, cursor),
        )
        collected: list[msgspec.Raw] = []
        size = 0
        for first_row, page in found:
            rows = _decode_rows(page)[max(0, cursor - first_row) :]
            for row in rows:
                if len(collected) == limit or size > REPLY_BYTES:
                    return collected, cursor + len(collected)
                collected.append(row)
                size += len(memoryview(row))
        return collected, None

    def all_rows(self, job: str) -> Iterator[Row]:
        """All rows of a result, decoded, fetched page by page."""
        cursor: int | None = 0
        while cursor is not None:
            rows, cursor = self.rows(job, cursor, _PAGE_ROWS)
            yield from map(_decode_row, rows)

    def _with_unknown_options(self, job: JobInfo) -> bytes:
        """The job as it is written: with the options that only a newer version knows."""
        encoded = _encode(job)
        before = self._db.execute("SELECT info FROM jobs WHERE id = ?", (job.id,)).fetchone()
        options = {} if before is None else _decode_stored(before[0]).options
        if options.keys() <= _OPTIONS:
            return encoded
        whole = _decode_fields(encoded)
        known = _decode_fields(whole["options"])
        return _encode({**whole, "options": {**options, **known}})

    def _one(self, query: str, value: str) -> JobInfo | None:
        found = self._db.execute(query, (value,)).fetchone()
        return None if found is None else _decode_job(found[0])
