"""Jobs and results stay when the daemon does not."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing

import msgspec
import pytest

from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import LowerQuality
from difd.store import job_journal as journal_module
from difd.store.database import JournalUnusable
from difd.store.job_journal import JobJournal


def new(name: str, state: str = "queued") -> JobInfo:
    return JobInfo(id=name, state=state, options=SearchOptions(paths=(b"/\xff",)), created=1.0)


def page(first: int, count: int) -> bytes:
    return msgspec.msgpack.encode([LowerQuality(b"/%d" % n) for n in range(first, first + count)])


@pytest.fixture
def journal(tmp_path):
    made = JobJournal(tmp_path / "jobs.sqlite")
    yield made
    made.close()


def paths(rows) -> list[bytes]:
    return [msgspec.msgpack.decode(row, type=LowerQuality).path for row in rows]


def test_jobs_and_rows_are_there_when_the_file_is_opened_again(tmp_path, journal):
    journal.add(new("a"), "request")
    journal.add_rows("a", 0, page(0, 3))
    journal.save(new("a", "done"))
    journal.close()
    again = JobJournal(tmp_path / "jobs.sqlite")
    assert again.find("last") == [new("a", "done")]
    rows, after = again.rows("a", 0, 10)
    assert (paths(rows), after) == ([b"/0", b"/1", b"/2"], None)
    again.close()


def test_thousands_of_rows_are_all_read_in_order(journal):
    journal.add(new("a"), "request")
    for first in range(0, 12_000, 500):
        journal.add_rows("a", first, page(first, 500))
    journal.save(new("a", "done"))
    found = [row.path for row in journal.all_rows("a")]
    assert found == [b"/%d" % number for number in range(12_000)]


def test_options_of_a_newer_version_are_kept_and_named(tmp_path, journal):
    journal.add(new("a"), "request")
    journal.add(new("b"), "another")
    newer = msgspec.to_builtins(new("a", "running"), builtin_types=(bytes,))
    newer["options"] |= {"colours": [1], "blur": 2.5}
    with closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as database, database:
        blob = msgspec.msgpack.encode(newer)
        database.execute("UPDATE jobs SET info = ?, state = 'running' WHERE id = 'a'", (blob,))
    journal.save(new("a", "interrupted"))
    assert journal.find("a") == [new("a", "interrupted")]
    assert journal.unknown_options("a") == ["blur", "colours"]
    assert journal.unknown_options("b") == []
    (stored,) = journal._db.execute("SELECT info FROM jobs WHERE id = 'a'").fetchone()
    expected = msgspec.msgpack.decode(blob) | {"state": "interrupted"}
    assert msgspec.msgpack.decode(stored) == expected


def test_the_rows_of_a_forgotten_job_go_page_by_page_and_no_others(journal):
    for name in ("a", "b", "c"):
        journal.add(new(name), name)
        for first in range(0, 9, 3):
            journal.add_rows(name, first, page(first, 3))
    journal.forget("b")
    assert journal.find("b") == []
    left = []
    while journal.sweep():
        left.append(journal._db.execute("SELECT count(*) FROM pages").fetchone()[0])
    assert left == [8, 7, 6]
    assert len(journal.rows("a", 0, 99)[0]) == len(journal.rows("c", 0, 99)[0]) == 9


def test_last_is_what_a_client_searched_last(journal):
    journal.add(new("asked"), "1")
    journal.add(msgspec.structs.replace(new("found", "done"), origin="watch"), "2")
    assert journal.find("last") == [new("asked")]
    assert [job.id for job in journal.of_watches()] == ["found"]
    journal.add_rows("found", 0, page(0, 3))
    journal.forget("found")
    assert journal.find("found") == []
    assert journal.sweep()
    assert journal.rows("found", 0, 10) == ([], None)


def test_only_the_owner_can_read_the_file(tmp_path):
    JobJournal(tmp_path / "jobs.sqlite").close()
    assert stat.S_IMODE((tmp_path / "jobs.sqlite").stat().st_mode) == 0o600


def test_what_was_written_is_there_without_a_close(tmp_path, journal):
    journal.add(new("a"), "request")
    other = JobJournal(tmp_path / "jobs.sqlite")
    assert other.find("a") == [new("a")]
    other.close()


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_of_any_size_give_every_row_once_and_in_order(journal, limit):
    journal.add(new("a"), "request")
    for first, count in [(0, 3), (3, 4), (7, 0), (7, 5)]:
        journal.add_rows("a", first, page(first, count))
    collected, cursor = [], 0
    while cursor is not None:
        rows, cursor = journal.rows("a", cursor, limit)
        assert len(rows) <= limit
        collected += paths(rows)
    assert collected == [b"/%d" % n for n in range(12)]


def test_a_page_given_out_is_bounded_in_bytes(journal, monkeypatch):
    monkeypatch.setattr(journal_module, "REPLY_BYTES", 50)
    journal.add(new("a"), "request")
    journal.add_rows("a", 0, page(0, 500))
    rows, after = journal.rows("a", 0, 500)
    assert 0 < len(rows) < 10
    assert after == len(rows)


def test_rows_of_a_job_without_any_are_none(journal):
    journal.add(new("a"), "request")
    assert journal.rows("a", 0, 10) == ([], None)
    assert journal.rows("a", 5, 10) == ([], None)


def test_a_job_is_found_by_its_beginning(journal):
    for name in ("abc1", "abd2", "x%_y"):
        journal.add(new(name), name)
    assert [job.id for job in journal.find("abc")] == ["abc1"]
    assert len(journal.find("ab")) == 2
    assert journal.find("%") == []
    assert [job.id for job in journal.find("x%")] == ["x%_y"]
    assert [job.id for job in journal.find("last")] == ["x%_y"]


def test_a_whole_id_wins_over_longer_ones(journal):
    for name in ("ab", "abc"):
        journal.add(new(name), name)
    assert [job.id for job in journal.find("ab")] == ["ab"]


def test_a_request_that_made_a_job_is_remembered(journal):
    journal.add(new("a"), "request 1")
    assert journal.made_by("request 1") == new("a")
    assert journal.made_by("request 2") is None


def test_jobs_left_unfinished_are_told(journal):
    for name, state in [("a", "done"), ("b", "running"), ("c", "queued"), ("d", "failed")]:
        journal.add(new(name, state), name)
    assert [job.id for job in journal.unfinished()] == ["b", "c"]


def test_a_job_queued_again_forgets_its_rows(journal):
    journal.add(new("a"), "request")
    journal.add_rows("a", 0, page(0, 3))
    journal.save(new("a"))
    assert journal.rows("a", 0, 10) == ([], None)


def test_the_oldest_jobs_are_forgotten_with_their_rows_and_unfinished_ones_are_not(
    journal, monkeypatch
):
    monkeypatch.setattr(journal_module, "JOBS_KEPT", 3)
    journal.add(new("waiting"), "w")
    for number in range(6):
        journal.add(new(f"{number}", "done"), f"{number}")
        journal.add_rows(f"{number}", 0, page(0, 1))
    assert [job.id for job in journal.newest(100)] == ["5", "4", "3", "waiting"]
    while journal.sweep():
        assert len(journal.rows("5", 0, 10)[0]) == 1
    assert journal.rows("0", 0, 10) == ([], None)


def test_a_list_of_jobs_is_bounded_in_bytes(journal, monkeypatch):
    monkeypatch.setattr(journal_module, "LIST_BYTES", 300)
    for number in range(20):
        journal.add(new(f"{number}"), f"{number}")
    assert 1 <= len(journal.newest(20)) < 5


def test_a_file_of_a_newer_version_is_left_alone(tmp_path):
    path = tmp_path / "jobs.sqlite"
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(JournalUnusable, match="newer version"):
        JobJournal(path)
    assert path.read_bytes() == before


def test_a_damaged_file_is_an_error_of_the_database(tmp_path):
    path = tmp_path / "jobs.sqlite"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        JobJournal(path)
