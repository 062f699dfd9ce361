"""A result in sum: what is safe, what is to be looked at, and folders that share pictures."""

from __future__ import annotations

import pytest
from harness.found_groups import JOB, group
from msgspec.structs import replace

from difclient.review.boxes import Counts, is_done, is_fixed, is_open, is_to_look_at
from difclient.review.folder_pairs import FolderPair, folder_pairs, keep_in, pair_of
from difclient.review.pages.summary import sums
from difclient.review.result import FoundGroup, Result
from difclient.review.rules import decisions
from difclient.review.shelf import Opened
from difd.protocol.actions import PlanItem
from difd.protocol.deciding import Decision
from difd.protocol.errors import UsageError


def shared(number: int, *folders: str, **second: object) -> FoundGroup:
    """A picture in several folders; the one in the first of them stays."""
    files = [{"path": f"/p/{folder}/{number}.png".encode()} for folder in folders]
    files[0]["reason"] = "kept: it is older"
    files[1].update(second)
    return group(number, *files)


def paths(changes) -> dict[str, bool]:
    return {change.file.member.path.decode(): change.goes for change in changes}


def test_proven_copies_are_safe_and_the_rest_is_to_be_looked_at():
    mixed = group(1, {}, {}, {"match": "similar", "action": "review"})
    safe = group(2, {}, {})
    fixed = group(3, {}, {"action": "none"})
    gone = group(4, {}, {})
    gone.files[1].gone, gone.files[1].goes = True, False
    ignored = group(5, {}, {})
    ignored.ignored = "entry"
    groups = [mixed, safe, fixed, gone, ignored]
    counts = Counts(groups)
    tally = counts.whole
    assert (tally.groups, tally.safe_files, tally.safe_bytes) == (5, 2, 2000)
    assert (tally.look_groups, tally.looked_at) == (1, 0)
    assert (tally.gone_files, tally.ignored, tally.fixed_groups) == (1, 1, 1)
    assert [is_to_look_at(one) for one in groups] == [True, False, False, False, False]
    assert [is_open(one) for one in groups] == [True, True, False, False, False]
    assert [is_done(one) for one in groups] == [False, False, False, True, True]
    assert [is_fixed(one) for one in groups] == [False, False, True, False, False]
    mixed.take(Decision(1, (102,)))
    counts.change(mixed)
    tally = counts.whole
    assert (tally.looked_at, tally.safe_files) == (1, 1)
    assert not is_open(mixed)


def test_a_decision_is_taken_and_taken_back():
    one = group(1, {}, {}, {"action": "none"})
    assert one.decision == Decision(1, None)
    one.take(Decision(1, (100, 102)))
    # What cannot go does not, whatever somebody said.
    assert [file.goes for file in one.files] == [True, False, False]
    assert one.decision == Decision(1, (100, 102))
    one.take(Decision(1, None))
    assert (one.decided, [file.goes for file in one.files]) == (False, [False, True, False])


def test_what_was_decided_holds_for_a_file_that_comes_back():
    one = group(1, {}, {}, {"match": "similar", "action": "review"})
    result = Result(JOB, [one])
    item = PlanItem(0, 1, b"/p/1/1.png", b"/p/1/0.png", "bytes", 0.0, "…", 1000, 0, state="done")
    result.mark([item])
    one.take(Decision(1, ()))
    result.mark([replace(item, state="undone")])
    assert [file.goes for file in one.files] == [False] * 3, "somebody decided that all stay"
    one.take(Decision(1, (101, 102)))
    result.mark([item])
    assert [file.goes for file in one.files] == [False, False, True]
    assert one.decision == Decision(1, (101, 102)), "what is gone is decided all the same"
    result.mark([replace(item, state="undone")])
    assert [file.goes for file in one.files] == [False, True, True]


def test_what_is_no_duplicates_does_not_go_and_is_remembered():
    one = group(1, {}, {})
    one.ignored = "entry"
    assert one.going == []
    one.ignored = None
    assert [file.row for file in one.going] == [101]


def test_folders_that_share_two_pictures_are_a_pair():
    pairs = folder_pairs([shared(1, "a", "b"), shared(2, "a", "b"), shared(3, "a", "c")])
    assert [(pair.one, pair.other, len(pair.groups)) for pair in pairs] == [(b"/p/a", b"/p/b", 2)]
    (pair,) = pairs
    assert (pair.proposed, pair.reason) == (b"/p/a", "it is older")
    assert pair.rows == (100, 101)


def test_what_is_only_alike_makes_no_pair():
    alike = {"match": "similar", "action": "review"}
    assert folder_pairs([shared(number, "a", "b", **alike) for number in (1, 2, 3)]) == []


def test_nor_does_what_is_gone_or_no_duplicates():
    groups = [shared(number, "a", "b") for number in (1, 2, 3)]
    groups[0].ignored = "entry"
    groups[1].files[0].gone = True
    assert folder_pairs(groups) == []


def test_the_pictures_of_two_folders_stay_in_either():
    result = Result(JOB, [shared(1, "a", "b", "c"), shared(2, "a", "b")])
    (pair,) = folder_pairs(result.groups)
    assert keep_in(pair, b"/p/a") == []
    changes = keep_in(pair, b"/p/b")
    assert paths(changes) == {
        "/p/b/1.png": False, "/p/a/1.png": True, "/p/b/2.png": False, "/p/a/2.png": True,
    }  # fmt: skip
    assert decisions(result, changes, also=pair.groups) == [
        Decision(1, (100, 102)), Decision(2, (200,)),
    ]  # fmt: skip


def test_what_lacks_something_takes_no_place():
    lacks = shared(1, "a", "b", loses="its date")
    lacks.files[1].goes = False
    pair = FolderPair(b"/p/a", b"/p/b", [lacks, shared(2, "a", "b")], (2, 0), "")
    assert "/p/b/1.png" not in paths(keep_in(pair, b"/p/a"))


def test_of_equals_beside_what_is_only_alike_only_equals_go():
    """Two are equal to each other, and only like the third: that one plays no part."""
    one = group(
        1,
        {"path": b"/p/a/1.png"},
        {"path": b"/p/b/like.png", "match": "similar", "action": "review"},
        {"path": b"/p/a/like.png", "match": "bytes", "keeper": b"/p/b/like.png", "digest": b"x"},
    )
    pair = FolderPair(b"/p/a", b"/p/b", [one], (1, 0), "")
    assert paths(keep_in(pair, b"/p/b")) == {}
    assert one.files[2].goes
    assert paths(keep_in(pair, b"/p/a")) == {"/p/a/like.png": False, "/p/b/like.png": True}


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (("x/Phone backup/DCIM", "x/Camera/2021"), (b"Phone backup/DCIM", b"Camera/2021")),
        (("x", "x/copy"), (b"x", b"x/copy")),
        (("x/a\nb", "x/\N{GRINNING FACE}"), (b"a\nb", "\N{GRINNING FACE}".encode())),
    ],
)
def test_folders_are_named_by_what_tells_them_apart(folders, names):
    one, other = (f"/p/{folder}".encode() for folder in folders)
    assert FolderPair(one, other, [], (0, 0), "").names == names


@pytest.mark.parametrize("text", ["", "100", "100.", "x.y", "100.100", "100.301", "100.9999"])
def test_a_pair_that_is_none_is_said(text):
    result = Result(JOB, [shared(1, "a", "b"), shared(2, "a", "b"), shared(3, "a", "c")])
    with pytest.raises(UsageError):
        pair_of(result, text)
    assert pair_of(result, "101.200").one == b"/p/a"


def ignored(result: Result, number: int) -> None:
    """As the daemon tells it."""
    result._ignored = {**result._ignored, number: "entry"}
    one = result.group(number)
    one.ignored = "entry"
    result._regrouped([one])


@pytest.mark.parametrize("step", [None, 0])
def test_only_what_changes_is_counted_again_and_the_sum_is_the_same(step):
    look = {"match": "similar", "action": "review", "mse": 4.0}
    groups = [group(number, {}, {}, look) for number in range(1, 40)]
    job = replace(JOB, options=replace(JOB.options, similarity=50.0))
    result = Result(job, groups)
    opened = Opened(result)
    if step is not None:
        opened.show(step, edited=True)
    opened.order = opened.shown.groups[10:20]
    assert opened.counts.listed.groups == 10
    result._take([Decision(number, (100 * number + 1,)) for number in (5, 12, 13)])
    ignored(result, 15)
    result._set_gone([(groups[3].files[1], True)])
    fresh = Counts(opened.shown.groups)
    assert opened.counts.whole == fresh.whole
    fresh.list(opened.order)
    assert opened.counts.listed == fresh.listed
    assert (fresh.listed.ignored, fresh.whole.gone_files) == (1, 1)
    opened.order = opened.shown.groups
    assert opened.counts.listed == fresh.whole


def test_folders_are_paired_again_only_when_files_go_or_groups_are_ignored():
    groups = [shared(number, "a", "b") for number in (1, 2, 3)]
    result = Result(JOB, groups)
    opened = Opened(result)
    (before,) = sums(opened)["pairs"]
    result._take([Decision(1, (101,))])
    assert sums(opened)["pairs"][0] is before
    ignored(result, 1)
    assert [len(pair.groups) for pair in sums(opened)["pairs"]] == [2]
