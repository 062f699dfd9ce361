"""Of what could not be read nobody says that it has no copy."""

from __future__ import annotations

import msgspec
import pytest

from difclient.cli.totals import Tally, summary
from difclient.follower import outcome
from difclient.tray.model import TrayModel
from difclient.tray.news import words
from difclient.verdict import not_compared
from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import Summary

NOTHING = Summary(0, 0, 0, 0, 0, 1)


def found(files: int, unread: int | None, groups: int = 0) -> Summary:
    return msgspec.structs.replace(
        NOTHING, files=files, invalid=unread or 0, groups=groups, unread_files=unread
    )


def job(summary: Summary) -> JobInfo:
    return JobInfo("a", "done", SearchOptions(paths=(b"/p/x",)), 1.0, summary=summary)


@pytest.mark.parametrize(
    ("summary", "sentence"),
    [
        (found(0, 1), "Nothing could be compared: the picture could not be read."),
        (found(0, 1234), "Nothing could be compared: the 1,234 pictures could not be read."),
        (found(1, 3), "Nothing could be compared: 3 of 4 pictures could not be read."),
        (found(2, 3), ""),
        (found(0, 0), ""),
        (found(0, None), ""),
        (found(0, 3, groups=1), ""),
    ],
)
def test_it_is_said_where_nothing_could_be_compared(summary, sentence):
    assert not_compared(summary) == sentence


def test_all_who_tell_of_a_search_say_it():
    unread = job(found(0, 3))
    says = "Nothing could be compared: the 3 pictures could not be read"
    assert outcome(unread) == (says, "/p/x")
    assert words([unread]) == (says, "/p/x")
    assert words([unread, job(found(5, 0))])[0] == (
        "No matching images among those that could be read"
    )
    assert summary(unread, found(0, 3), Tally()) == [(f"{says}.", "bold")]
    model = TrayModel()
    model.reset([unread], [], paused=False)
    assert model.recent[0].text == "x: nothing could be compared"
