"""What is ignored stays so until it is taken back, and a broken list breaks nothing else."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing

import pytest

from difd.protocol.errors import UsageError
from difd.protocol.ignoring import NOTHING_IGNORED, IgnoredContent
from difd.store import ignore_list as ignore_list_module
from difd.store.database import JournalUnusable
from difd.store.ignore_list import IgnoreList, read_ignored


@pytest.fixture
def groups(tmp_path):
    made = IgnoreList(tmp_path / "ignored.sqlite")
    yield made
    made.close()


def contents(*digests):
    return [IgnoredContent(digest, b"/" + digest + b"\xff", 1) for digest in digests]


def listed(groups):
    cursor, found = 0, []
    while cursor is not None:
        page, cursor = groups.page(cursor)
        found += page
    return found


def test_groups_are_there_when_the_file_is_opened_again(tmp_path, groups):
    added = groups.add([contents(b"a", b"b"), contents(b"c", b"d")], 7.0)
    groups.close()
    with closing(IgnoreList(tmp_path / "ignored.sqlite")) as again:
        assert listed(again) == added
        assert [group.created for group in added] == [7.0, 7.0]
        assert list(added[0].contents) == contents(b"a", b"b")


@pytest.mark.usefixtures("groups")
def test_only_the_owner_can_read_the_file(tmp_path):
    assert stat.S_IMODE(os.stat(tmp_path / "ignored.sqlite").st_mode) == 0o600


def test_the_same_contents_are_one_group(groups):
    (first,) = groups.add([contents(b"a", b"b")], 1.0)
    assert groups.add([contents(b"b", b"a")], 2.0) == [first]
    (other,) = groups.add([[IgnoredContent(b"a", b"/a", 2), *contents(b"b")]], 3.0)
    assert other.id != first.id
    assert listed(groups) == [first, other]


def test_a_list_is_given_out_in_pages(monkeypatch, groups):
    monkeypatch.setattr(ignore_list_module, "PAGE_BYTES", 200)
    added = [groups.add([contents(b"%d" % n)], n)[0] for n in range(20)]
    assert len(groups.page(0)[0]) < 20
    assert listed(groups) == added


def test_a_group_is_found_by_the_beginning_of_its_id(groups):
    added = groups.add([contents(b"%d" % n) for n in range(40)], 1.0)
    assert groups.find(added[3].id) == added[3]
    assert groups.find(added[3].id[:12]) == added[3]
    with pytest.raises(UsageError, match="Several ignored groups begin with"):
        groups.find("")
    with pytest.raises(UsageError, match="no ignored group 'x'"):
        groups.find("x")


def test_all_are_removed_or_none(groups):
    first, second = groups.add([contents(b"a"), contents(b"b")], 1.0)
    with pytest.raises(UsageError):
        groups.remove([first.id, "x"])
    assert listed(groups) == [first, second]
    assert groups.remove([second.id, second.id[:12]]) == [second]
    assert listed(groups) == [first]


def test_more_than_a_message_holds_is_refused(monkeypatch, groups):
    monkeypatch.setattr(ignore_list_module, "ADDED_BYTES", 100)
    with pytest.raises(UsageError, match="cannot be ignored at once"):
        groups.add([contents(*(b"%d" % n for n in range(50)))], 1.0)
    assert listed(groups) == []


def test_what_is_ignored_goes_by_group_and_by_copies(tmp_path, groups):
    groups.add([contents(b"a", b"b"), [IgnoredContent(b"c", b"/c", 2), *contents(b"a")]], 1.0)
    ignored = read_ignored(tmp_path / "ignored.sqlite")
    expected = {(b"a", b"b"), (b"a", b"c"), (b"c", b"c")}
    for one in (b"a", b"b", b"c", b"x"):
        for other in (b"a", b"b", b"c", b"x"):
            assert ignored.between(one, other) == bool({(one, other), (other, one)} & expected)


def test_without_a_list_nothing_is_ignored_and_none_is_made(tmp_path):
    assert read_ignored(tmp_path / "none") is NOTHING_IGNORED
    assert list(tmp_path.iterdir()) == []


def test_a_list_that_cannot_be_read_ignores_nothing(tmp_path, groups, caplog):
    groups.add([contents(b"a", b"b")], 1.0)
    groups.close()
    path = tmp_path / "ignored.sqlite"
    path.write_bytes(path.read_bytes()[:100] + b"x" * 5000)
    assert not read_ignored(path)
    assert "cannot be read" in caplog.text


def test_a_list_of_a_newer_version_is_not_touched(tmp_path):
    path = tmp_path / "ignored.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(JournalUnusable):
        IgnoreList(path)
    assert not read_ignored(path)
    assert path.read_bytes() == before
