"""Notifications: what they say, and that they do not flood."""

from __future__ import annotations

from difclient.language.catalogue import speaking
from difclient.tray.news import words
from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import Summary
from difd.protocol.watching import WatchFind


def done(name: str, groups: int) -> JobInfo:
    summary = Summary(
        files=9, invalid=0, groups=groups, extra_files=groups, reclaimable_bytes=0, rows=9
    )
    options = SearchOptions(paths=(b"/home/me/Pictures",))
    return JobInfo(id=name, state="done", options=options, created=1.0, summary=summary)


def test_one_find_in_watched_folders_is_told_with_its_numbers_and_folders():
    folders = (b"/a", b"/new\nline", b"/c", b"/d", b"/e")
    assert words([WatchFind(1, 5.0, "j", 3, 2, folders)]) == (
        "3 new duplicates",
        "In 2 groups, in watched folders:\n/a\n/new\\nline\n/c\nand 2 more",
    )


def test_one_search_is_told_with_its_folder():
    title, body = words([done("a", 14)])
    assert title == "14 groups of matching images"
    assert body.startswith("/home/me/Pictures")


def test_what_comes_together_is_told_together():
    assert words([done("a", 14), done("b", 0), WatchFind(1, 5.0, "j", 3, 2, ())]) == (
        "16 groups of matching images",
        "In 3 searches",
    )
    assert words([done("a", 0), done("b", 0)]) == ("No matching images", "In 2 searches")


def test_notifications_speak_the_language_of_the_desktop():
    with speaking("de"):
        assert words([done("a", 14)])[0] == "14 Gruppen gleicher Bilder"
        assert words([WatchFind(1, 5.0, "j", 3, 2, (b"/a", b"/b", b"/c", b"/d"))]) == (
            "3 neue Duplikate",
            "In 2 Gruppen, in überwachten Ordnern:\n/a\n/b\n/c\nund 1 weitere",
        )
        assert words([done("a", 0), done("b", 0)]) == ("Keine gleichen Bilder", "In 2 Suchen")
