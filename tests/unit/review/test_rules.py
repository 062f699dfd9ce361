"""Rules for many groups, and the order of the list, on groups made by hand."""

from __future__ import annotations

import msgspec
import pytest
from harness.found_groups import JOB, group

from difclient.review.ordering import listed
from difclient.review.result import File, FoundGroup, Result
from difclient.review.rules import changes
from difd.protocol.actions import PlanItem
from difd.protocol.errors import InvalidOption, UsageError
from difd.protocol.keep_rules import KeepRule, read_rules
from difd.protocol.results import Lie


def read(text: str) -> tuple[KeepRule, ...]:
    return read_rules([part for part in text.split(",") if part])


def outcome(one: FoundGroup, rule: str, **more: object) -> list[bool]:
    """Which files of a group go after a rule."""
    for change in changes([one], rule, **more):
        assert change.goes != change.file.goes, "no change is listed that is none"
        change.file.goes = change.goes
    return [file.goes for file in one.files]


def test_the_proposal_is_what_the_search_proposed():
    one = group(1, {}, {"action": "review", "match": "similar"}, {})
    one.files[1].goes = True
    one.files[2].goes = False
    assert outcome(one, "proposed") == [False, False, True]
    assert changes([one], "proposed") == []


def test_only_the_same_bytes():
    assert outcome(group(1, {}, {"match": "pixels"}, {}), "bytes") == [False, False, True]


def test_lower_resolutions_go_and_only_where_all_is_proven_unless_alike_is_said():
    one = group(1, {}, {"width": 50, "match": "similar", "action": "review"})
    assert outcome(one, "smaller") == [False, False]
    assert outcome(one, "smaller", alike=True) == [False, True]


def test_the_best_described_file_stays():
    one = group(1, {"metadata": ("date",)}, {"metadata": ("date", "place")}, {"metadata": ()})
    assert outcome(one, "one", keep=read("metadata")) == [True, False, True]
    tie = group(2, {"metadata": ("date",)}, {"metadata": ("place",), "size": 2000})
    assert outcome(tie, "one", keep=read("metadata, bytes")) == [True, False]


@pytest.mark.parametrize(
    ("keep", "stays"),
    [
        ("oldest", 1),
        ("newest", 2),
        ("bytes, newest", 2),
        ("smallest, oldest", 1),
        ("resolution, oldest", 1),
        ("format:png", 0),
        ("name:LONG*", 2),
        ("not-name:?.png", 2),
        ("longest-path", 2),
        ("folder:/p/none>/p/sub>/p", 2),
        ("in:/p/sub", 2),
        ("not-in:/p/1", 2),
        ("shortest-path", 0),
        ("", 0),
    ],
)
def test_one_file_stays_by_keep_rules(keep, stays):
    one = group(
        1,
        {"format": "PNG"},
        {"modified": 5},
        {"modified": 20, "size": 2000, "path": b"/p/sub/long name.png"},
    )
    assert outcome(one, "one", keep=read(keep)) == [place != stays for place in range(3)]


def test_paths_are_as_long_as_people_see_them():
    one = group(1, {"path": b"/p/abcdef.png"}, {"path": "/p/üüüü.png".encode()})
    assert outcome(one, "one", keep=read("shortest-path")) == [True, False]


def test_what_may_not_go_stays_and_the_rest_goes():
    one = group(1, {"reference": True}, {}, {"reference": True}, {"action": "none"})
    assert outcome(one, "one", keep=read("newest")) == [False, True, False, False]


def test_a_file_that_is_gone_is_no_reason_for_the_last_to_go():
    one = group(1, {}, {})
    one.files[0].gone = True
    assert outcome(one, "proposed") == [False, True], "as it was: the rule must not empty it"
    one.files[1].goes = False
    for rule in ("proposed", "bytes", "smaller", "one"):
        assert outcome(one, rule) == [False, False], rule


def test_nothing_goes_of_an_ignored_group():
    one = group(1, {}, {})
    one.files[1].goes = False
    one.ignored = "id"
    assert changes([one], "proposed") == []


def test_a_rule_that_cannot_be_read_is_refused():
    with pytest.raises(UsageError, match="no such rule"):
        changes([group(1, {}, {})], "everything")
    with pytest.raises(InvalidOption, match="older difd"):
        changes([group(1, {}, {"metadata": None})], "one", keep=read("metadata"))


@pytest.fixture
def result() -> Result:
    return Result(
        JOB,
        [
            group(1, {}, {"match": "similar", "mse": 3.0, "action": "review"}, gain=5),
            group(2, {"width": 10}, {"width": 10}, {"width": 10}, gain=50),
            group(3, {"path": "/p/Été/Ü.png".encode()}, {"match": "pixels"}, gain=5),
            group(4, {}, {"match": "similar", "mse": 1.0, "loses": "a movie"}, gain=0),
        ],
    )


@pytest.mark.parametrize(
    ("order", "numbers"),
    [
        ("gain", [2, 1, 3, 4]),
        ("sure", [2, 3, 4, 1]),
        ("unsure", [1, 4, 3, 2]),
        ("many", [2, 1, 3, 4]),
        ("few", [1, 3, 4, 2]),
        ("small", [2, 1, 3, 4]),
        ("found", [1, 2, 3, 4]),
    ],
)
def test_the_list_is_sorted(result, order, numbers):
    assert [one.number for one in listed(result, order, "all", "")] == numbers


@pytest.mark.parametrize(
    ("shown", "words", "numbers"),
    [
        ("proven", "", [2, 3]),
        ("alike", "", [1, 4]),
        ("going", "", [2, 3, 4]),
        ("staying", "", [1]),
        ("lost", "", [4]),
        ("all", "ü.PNG été", [3]),
        ("all", "/p/2 1.png", [2]),
        ("all", "nowhere", []),
    ],
)
def test_the_list_is_filtered(result, shown, words, numbers):
    assert [one.number for one in listed(result, "found", shown, words)] == numbers


def test_an_order_that_is_none_is_refused(result):
    with pytest.raises(UsageError):
        listed(result, "__class__", "all", "")


def with_edited(one: FoundGroup, **facts: object) -> File:
    """Add an edited copy of a group's first file to it."""
    lie = Lie(0, 0, 1, 0, False, ((0, 0), (1, 0), (1, 1), (0, 1)), 1, 1)  # noqa: FBT003
    origin = one.files[0].member
    facts = {"action": "review", "path": b"/q/crop.png", "match": "edited"} | facts
    member = msgspec.structs.replace(origin, keeper=origin.path, lie=lie, **facts)
    one.edited.append(File(100 * one.number + 50 + len(one.edited), member, goes=False))
    return one.edited[-1]


def test_edited_copies_go_by_hand_only_and_stay_again_by_rule():
    for rule in ("proposed", "bytes", "none"):
        one = group(1, {})
        copy = with_edited(one)
        copy.goes = True
        outcome(one, rule)
        assert not copy.goes, rule
    for rule in ("smaller", "one"):
        one = group(1, {}, {})
        copy = with_edited(one, width=10)
        outcome(one, rule, alike=True)
        assert not copy.goes, rule


def test_edited_copies_are_found_by_their_names_and_counted():
    one, other = group(1, {}), group(2, {}, {})
    with_edited(one, action="none", warnings=("it has a higher resolution",))
    with_edited(one)
    result = Result(JOB, [one, other])
    assert listed(result, "found", "all", "CROP") == [one]
    assert listed(result, "found", "edited", "") == [one]
    assert listed(result, "many", "all", "")[0] is one
    # What keeps it where it is warns of nothing.
    assert listed(result, "found", "lost", "") == []
    assert one.edited[0].fixed == "it has a higher resolution"
    assert one.edited[1].fixed is None


def test_a_file_is_gone_wherever_it_is_listed():
    one, other = group(1, {}), group(2, {}, {})
    with_edited(one, action="none", path=other.files[1].member.path)
    result = Result(JOB, [one, other])
    for state, gone in (("done", True), ("undone", False)):
        path, keeper = other.files[1].member.path, other.files[0].member.path
        item = PlanItem(0, 2, path, keeper, "bytes", 0.0, "…", 1000, 0, state=state)
        result.mark([item])
        assert (one.edited[0].gone, other.files[1].gone) == (gone, gone)
    assert (one.edited[0].goes, other.files[1].goes) == (False, True)
