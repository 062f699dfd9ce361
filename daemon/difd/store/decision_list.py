"""What was decided about the groups of searches, in one SQLite file.

The daemon is its only user. Free of numpy: the daemon's own process imports it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from difd.protocol.deciding import Decision
from difd.store.database import open_database, transaction

JOBS_KEPT: Final = 200
"""Searches whose decisions are kept: as many as there are searches in the journal."""

PAGE_BYTES: Final = 1024 * 1024
"""A page of decisions ends after this many bytes."""

_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """CREATE TABLE decisions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL,
    result REAL NOT NULL,
    of_group INTEGER NOT NULL,
    going BLOB,
    UNIQUE (job, result, of_group)
);
CREATE INDEX in_order ON decisions (job, number)"""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, ...]).decode


class DecisionList:
    """The decisions of all searches; those of the oldest ones are forgotten when it is opened.

    Args:
        path: the SQLite file; created owner-only when missing.

    Raises:
        JournalUnusable: it was written by a newer version.
        sqlite3.DatabaseError: it is damaged, or not SQLite.
    """

    def __init__(self, path: Path) -> None:
        self._db = open_database(path, _SCHEMA, _SCHEMA_VERSION)
        self._db.execute(
            "DELETE FROM decisions WHERE job NOT IN "
            "(SELECT job FROM decisions GROUP BY job ORDER BY max(number) DESC LIMIT ?)",
            (JOBS_KEPT,),
        )

    def close(self) -> None:
        """Close the file. Whatever was written is safe without it, too."""
        self._db.close()

    def add(self, job: str, result: float, decisions: Iterable[Decision]) -> None:
        """Write decisions, all or none; the last one about a group replaces those before.

        Args:
            job: the search.
            result: when it ended: its result may be another one later.
            decisions: about its groups.
        """
        rows = [
            (job, result, one.group, None if one.going is None else _encode(one.going))
            for one in decisions
        ]
        with transaction(self._db):
            # A row that is replaced gets a new number, so that it is new to who knew the old one.
            self._db.executemany(
                "INSERT OR REPLACE INTO decisions (job, result, of_group, going) "
                "VALUES (?, ?, ?, ?)",
                rows,
            )

    def since(self, job: str, result: float, after: int) -> tuple[list[Decision], int, bool]:
        """What was decided about a search after a decision, in order.

        Returns:
            The decisions, the number of the last one, and whether there are more.
        """
        found: sqlite3.Cursor = self._db.execute(
            "SELECT number, of_group, going FROM decisions "
            "WHERE job = ? AND number > ? AND result = ? ORDER BY number",
            (job, after, result),
        )
        decisions: list[Decision] = []
        size = 0
        for number, group, going in found:
            size += 16 + len(going or b"")
            if decisions and size > PAGE_BYTES:
                return decisions, after, True
            decisions.append(Decision(group, None if going is None else _decode(going)))
            after = number
        return decisions, after, False
