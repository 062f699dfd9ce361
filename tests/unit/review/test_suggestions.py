"""Folders that the start page suggests: those that are there and answer."""

from __future__ import annotations

import asyncio
import threading

import pytest

from difclient.review import suggestions
from difclient.review.suggestions import Suggestion


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("XDG_PICTURES_DIR", raising=False)
    return tmp_path


def suggested(*arguments) -> list[Suggestion]:
    return asyncio.run(suggestions.suggestions(*arguments))


def test_pictures_bookmarks_drives_and_earlier_folders_are_suggested_once(home):
    for name in ("Pictures", "gvfs/camera", "B\u00fccher \u2764", "Watched"):
        (home / name).mkdir(parents=True)
    (home / "gtk-3.0").mkdir()
    (home / "gtk-3.0/bookmarks").write_bytes(
        f"file://{home}/B%C3%BCcher%20%E2%9D%A4 Books\n".encode()
        + f"file://{home}/gone\nsftp://server/x\nfile:%00\n\xff\nfile://{home}/Pictures\n".encode(
            "latin-1"
        )
    )
    found = suggested([bytes(home / "Watched")], [bytes(home / "Pictures"), bytes(home / "away")])
    assert found == [
        Suggestion(bytes(home / "Pictures"), "pictures"),
        Suggestion(bytes(home / "gvfs/camera"), "drive"),
        Suggestion(bytes(home / "B\u00fccher \u2764"), "bookmark"),
        Suggestion(bytes(home / "Watched"), "watched"),
    ]


def test_nothing_is_suggested_where_nothing_is(home):
    assert suggested() == []
    assert home.exists()


def test_no_more_are_suggested_than_one_can_choose_from(home):
    folders = []
    for number in range(30):
        (home / str(number)).mkdir()
        folders.append(bytes(home / str(number)))
    assert len(suggested(folders)) == suggestions.SUGGESTED_MAX


def test_a_folder_that_does_not_answer_keeps_nobody_waiting_and_is_asked_once(home, monkeypatch):
    answers, asked = threading.Event(), []

    def isdir(path):
        asked.append(path)
        if path == b"/gone":
            answers.wait(30)
        return True

    monkeypatch.setattr(suggestions.os.path, "isdir", isdir)
    monkeypatch.setattr(suggestions, "PATIENCE_SECONDS", 0.1)
    there = bytes(home / "there")
    for _ in range(3):
        assert Suggestion(b"/gone", "watched") not in suggested([b"/gone", there])
    assert asked.count(b"/gone") == 1
    answers.set()
    while b"/gone" in suggestions._waiting:
        answers.wait(0.01)
    assert Suggestion(b"/gone", "watched") in suggested([b"/gone", there])
