"""Why a file stays and what is lost with it, as the page says it."""

from __future__ import annotations

import pytest
from harness.found_groups import group

from difclient.language.catalogue import speaking
from difclient.review.reasons import held_because, losses, lost_with, notes, reason, why_fixed
from difd.actions.plan.choice import LOOK_FIRST, LOSES, STAYS
from difd.actions.plan.choice import SMALLER as SMALLER_STAYS

OLDER = "the same bytes as a.jpg; that one stays: it is older, by less than a second"
SMALLER = "the file that stays is smaller, 5×5"
NAMES = "only the names decide which of the two stays"


@pytest.mark.parametrize(
    ("told", "facts", "english", "german"),
    [
        ("kept: its path is shorter", {}, "Its path is shorter", "Ihr Pfad ist kürzer"),
        (
            OLDER,
            {"keeper": b"/p/a.jpg"},
            "a.jpg stays: it is older, by less than a second",
            "a.jpg bleibt: sie ist um weniger als eine Sekunde älter",
        ),
        (
            "the same pixels as a.jpg, but only this one has a movie: look first",
            {"keeper": b"/p/a.jpg", "loses": "a movie"},
            "Look first: only this one has a movie",
            "Zuerst ansehen, denn nur in dieser ist: ein Film",
        ),
        (
            "not proposed: of a.jpg and this one, one is a still and one moves",
            {"keeper": b"/p/a.jpg"},
            "Of a.jpg and this one, one is a still and one moves",
            "Von a.jpg und dieser steht die eine, und die andere bewegt sich",
        ),
    ],
)
def test_reasons_are_said_as_sentences(told, facts, english, german):
    member = group(1, {}, {"reason": told, **facts}).files[1].member
    assert reason(member) == english
    with speaking("de"):
        assert reason(member) == german


def test_what_is_lost_is_told_from_what_else_to_know():
    file = group(1, {}, {"loses": "a movie", "warnings": (SMALLER, NAMES)}).files[1]
    assert losses(file) == ["Only this one has a movie.", "The file that stays is smaller, 5×5."]
    assert notes(file.warnings) == ["Only the names decide which of the two stays."]
    assert lost_with("", (NAMES,)) == []


def test_a_file_that_cannot_be_removed_says_so_once():
    told = "it cannot be removed: its folder is read-only for you"
    facts = {"action": "none", "writable": False, "warnings": (told,), "reason": OLDER}
    file = group(1, {}, facts).files[1]
    assert why_fixed(file) == told
    assert file.warnings == ()
    with speaking("de"):
        assert why_fixed(file).startswith("sie lässt sich nicht entfernen")


def test_why_a_plan_holds_a_file_back_names_no_option_of_the_command_line():
    for words in (LOSES, SMALLER_STAYS, LOOK_FIRST["tensor"], LOOK_FIRST["similar"]):
        assert held_because(words) == f"{words.partition(';')[0]}."
        with speaking("de"):
            assert "--accept" not in held_because(words)
            assert held_because(words) != held_because(STAYS)
    assert held_because(STAYS) == STAYS
