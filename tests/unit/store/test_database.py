"""A database stays locked, and keeps its log, whoever opens and closes it beside us."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from harness.disks import small_disk

from difd.protocol.errors import JobFailed, OwnFilesUnsafe
from difd.store import database as databases
from difd.store.cache.index import CacheIndex
from difd.store.database import failures_told, open_database, transaction

SCHEMA = "CREATE TABLE things (name TEXT)"

VISIT = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=0)
print(database.execute(sys.argv[2]).fetchall())
database.close()
"""


def visit(path, statement: str) -> subprocess.CompletedProcess[str]:
    """Another process opens the file, does something, and closes it."""
    return subprocess.run(
        [sys.executable, "-c", VISIT, path, statement], capture_output=True, text=True, check=False
    )


def test_the_log_stays_when_another_process_closes_the_file(tmp_path):
    path, log = tmp_path / "things.sqlite", tmp_path / "things.sqlite-wal"
    with closing(open_database(path, SCHEMA, 1)) as database:
        database.execute("INSERT INTO things VALUES ('one')")
        before = log.stat().st_ino
        open_database(path, SCHEMA, 1).close()  # as a desk does in a thread
        seen = visit(path, "SELECT name FROM things")
        assert seen.stdout == "[('one',)]\n", seen.stderr
        assert log.stat().st_ino == before
        database.execute("INSERT INTO things VALUES ('two')")
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("SELECT count(*) FROM things").fetchone() == (2,)


def test_what_helps_is_not_room_where_another_program_has_it(tmp_path, monkeypatch):
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.1)
    path = tmp_path / "things.sqlite"
    with closing(open_database(path, SCHEMA, 1)) as things, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JobFailed) as told, failures_told("The list"):
            things.execute("INSERT INTO things VALUES ('one')")
        other.execute("ROLLBACK")
        things.execute("INSERT INTO things VALUES ('one')")
    assert str(told.value) == "The list cannot be used: database is locked."
    assert told.value.hint == "End the program that has difd's files open, then try again."
    with pytest.raises(JobFailed) as told, failures_told("The list"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert told.value.hint == "Make room on the disk that holds difd's state, then try again."


def test_a_transaction_of_the_index_stays_alone_when_it_is_opened_again(tmp_path):
    path = tmp_path / "index.sqlite"
    index = CacheIndex(path)
    index._db.execute("BEGIN IMMEDIATE")
    CacheIndex(path).close()
    assert "locked" in visit(path, "BEGIN IMMEDIATE").stderr
    index._db.execute("ROLLBACK")
    assert visit(path, "BEGIN IMMEDIATE").returncode == 0
    index.close()


def test_a_link_in_the_place_of_the_index_is_not_followed(tmp_path):
    path = tmp_path / "index.sqlite"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OwnFilesUnsafe, match="is a link"):
        CacheIndex(path)
    assert os.listdir(tmp_path) == ["index.sqlite"]


def test_a_full_disk_is_named_and_the_next_transaction_begins(tmp_path):
    with (
        small_disk(tmp_path / "disk", "1m") as disk,
        closing(open_database(disk / "things.sqlite", SCHEMA, 1)) as database,
    ):
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError, match="full"), transaction(database):
                database.execute("INSERT INTO things VALUES (?)", ("x" * (4 << 20),))
        with transaction(database):
            database.execute("INSERT INTO things VALUES ('small')")
