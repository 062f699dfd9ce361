"""What is lost if the better file goes by hand, as the page says it before the plan is made."""

from __future__ import annotations

import pytest
from harness.found_groups import group

from difclient.language.catalogue import speaking
from difclient.review.stakes import Stakes

RICH = {"metadata": ("date", "camera"), "details": 7, "width": 200, "height": 200}
POOR = {"match": "similar", "action": "review", "details": 2}


def said(*members: dict, going: tuple[int, ...] = ()) -> list[list[str]]:
    """What is at stake with each file."""
    made = group(1, *members)
    for place, file in enumerate(made.files):
        file.goes = place in going
    stakes = Stakes(made)
    return [stakes.of(file) for file in made.files]


def test_what_the_search_would_keep_says_what_the_other_one_lacks():
    (held, told), poorer = said(RICH, POOR)
    assert held.startswith("This one would be held back: it holds more detail than the one that")
    assert held.endswith(": 200 × 200 pixels instead of 100 × 100.")
    assert told == "Only this one has the date taken, the camera."
    assert poorer == []
    nearly = said({"width": 102}, {"match": "similar", "action": "review"})
    assert nearly == [["This one is larger than what stays."], []]
    with speaking("de"):
        assert "das Aufnahmedatum" in said(RICH, POOR)[0][1]


def test_what_cannot_be_named_is_told_all_the_same():
    assert said({"details": 3}, {"details": 2}) == [
        ["What stays may lack something that this one holds."],
        [],
    ]
    # An equal number of things, and one of them is not the same.
    assert said({"details": 3}, {"details": 3, "loses": "a movie"}) == [
        ["What stays may lack something that this one holds."],
        ["Only this one has a movie."],
    ]


def test_nothing_is_told_where_another_one_that_stays_lacks_nothing():
    copy = {**RICH, "match": "bytes"}
    assert said(RICH, copy, POOR)[0] == []
    assert said(RICH, copy, POOR, going=(1,))[0] != []
    assert said(RICH, POOR, going=(1,))[0] == [], "nothing else stays, so it cannot go"


def test_a_copy_whose_keeper_goes_is_told_of_those_that_stay():
    copy = {**RICH, "match": "bytes", "loses": ""}
    assert said(RICH, copy, POOR)[1] == []
    assert "held back" in said(RICH, copy, POOR, going=(0,))[1][0]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"damage": "the end is missing"}, "undamaged"),
        ({"passing": "a recycle bin"}, "in a recycle bin, snapshot, cache"),
    ],
)
def test_what_the_plan_would_hold_back_is_told(facts, words):
    ((first, *_), _) = said({}, {"match": "similar", "action": "review", **facts})
    assert first.startswith("This one would be held back: ")
    assert words in first


@pytest.mark.parametrize(
    ("size", "rotation", "held"),
    [
        ((200, 150), None, False),
        ((150, 200), None, False),  # nobody knows how it is turned
        ((150, 200), 90, False),
        ((150, 200), 0, True),
        ((200, 160), None, True),
    ],
)
def test_other_proportions_are_told_before_anything_is_compared(size, rotation, held):
    width, height = size
    copy = {"match": "similar", "action": "review", "rotation": rotation}
    (_, told) = said({"width": 400, "height": 300}, {**copy, "width": width, "height": height})
    expected = f"it has other proportions: {width} × {height}, and the one that stays 400 × 300"
    assert told == ([f"This one would be held back: {expected}."] if held else [])
