"""How all stores of the daemon open their SQLite files: owner-only, versioned, one schema each.

Free of numpy: the daemon's own process imports it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal

from difd.protocol.errors import JobFailed
from difd.protocol.ownership import check_file, check_folder
from difd.system import files

BUSY_SECONDS: Final = 10.0
"""How long a writer waits for another process: less than a client waits for the daemon."""

MAKE_ROOM: Final = "Make room on the disk that holds difd's state"
END_OTHER: Final = "End the program that has difd's files open"
"""What helps, each without its end."""


class JournalUnusable(Exception):
    """The file is of a newer difd."""


def open_database(
    path: Path, schema: str, version: int, *, synchronous: Literal["NORMAL", "FULL"] = "NORMAL"
) -> sqlite3.Connection:
    """Open a store, and make its tables if it is new.

    Args:
        path: the SQLite file; created owner-only when missing.
        schema: statements, each with its semicolon at the end of a line.
        version: of the schema.
        synchronous: FULL where a power cut must not take back what was written.

    Raises:
        OwnFilesUnsafe: it, what SQLite keeps beside it, or its folder is not ours.
        JournalUnusable: it was written by a newer version.
        sqlite3.DatabaseError: it is damaged, or not SQLite.
    """
    check_database(path)
    create_missing(path)
    database = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        _prepare(database, path, schema, version, synchronous)
    except BaseException:
        database.close()
        raise
    return database


def check_database(path: Path) -> None:
    """See that a SQLite file and what may lie beside it is ours; nothing of it is opened.

    Raises:
        OwnFilesUnsafe: something is not.
    """
    check_folder(path.parent)
    for part in ("", "-wal", "-shm", "-journal"):
        check_file(path.with_name(path.name + part))


def create_missing(path: Path) -> None:
    """Make an empty file, owner-only, unless something has that name.

    A file that is there is not opened: to close it again would take away this process's locks on
    it (https://sqlite.org/howtocorrupt.html, 2.2), and another process would then think that nobody
    has the database open, and remove its log under whoever has.

    Raises:
        OSError: it cannot be made.
    """
    with suppress(FileExistsError):
        os.close(files.open_plain(path, os.O_RDWR | os.O_CREAT | os.O_EXCL))


def what_helps(error: Exception) -> str:
    """What to do about a store that failed, without the end of the sentence."""
    busy = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of it are details
    return END_OTHER if busy in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} else MAKE_ROOM


@contextmanager
def failures_told(store: str) -> Iterator[None]:
    """Turn what goes wrong with a store into an answer for a client.

    Args:
        store: its name in a sentence.

    Raises:
        JobFailed: the file or its disk failed.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise JobFailed(
            f"{store} cannot be used: {error}.",
            hint=f"{what_helps(error)}, then try again.",
        ) from error


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All of what is written inside, or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        # A full disk may have ended it already, and a COMMIT that fails may not have.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _prepare(
    database: sqlite3.Connection, path: Path, schema: str, version: int, synchronous: str
) -> None:
    # The version first: a file that is not ours to read is not ours to change.
    if _version(database) > version:
        raise JournalUnusable(f"{path} was written by a newer version of difd.")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(f"PRAGMA synchronous = {synchronous}")
    database.execute("PRAGMA foreign_keys = ON")
    if _version(database) < version:
        with transaction(database):
            # Another process may have been first.
            if _version(database) < version:
                for statement in schema.split(";\n"):
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {version}")


def _version(database: sqlite3.Connection) -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)
