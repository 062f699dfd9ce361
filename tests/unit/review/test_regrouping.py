"""Less similarity than was searched with: what is left together belongs together."""

from __future__ import annotations

import pytest
from harness.found_groups import JOB, found_groups, group
from harness.libraries import EXAMPLES
from harness.records import make_record, search_records, shade
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from difclient.review.boxes import Counts
from difclient.review.regrouping import EQUAL, Regrouped
from difclient.review.result import Result
from difclient.review.shelf import Opened
from difclient.review.similarity import step_figures, step_words, steps
from difd.protocol.actions import PlanItem
from difd.protocol.deciding import Decision
from difd.protocol.errors import UsageError
from difd.protocol.results import PROOF, Lie, Member

THRESHOLD = 120.0
SHADES = (100, 101, 103, 108, 110, 119)
"""Their squared differences lie between 1 and 361: some match, some only by way of others."""


@st.composite
def libraries(draw):
    """Pictures of few shades; some have the same pixels, and some of these the same bytes."""
    records = []
    for number in range(draw(st.integers(2, 9))):
        grey = draw(st.sampled_from(SHADES))
        pixels = b"%d %d" % (grey, draw(st.integers(0, 1)))
        digest = pixels + b" %d" % draw(st.integers(0, 1))
        records.append(
            make_record(
                f"/p/{draw(st.sampled_from('ab'))}/{number}",
                shade(grey),
                pixels=pixels,
                digest=digest,
                mtime_ns=draw(st.integers(0, 2)),
                reference=draw(st.sampled_from([False, False, False, True])),
            )
        )
    return records


def paths(groups) -> set[frozenset[bytes]]:
    return {frozenset(file.member.path for file in one.files) for one in groups}


@EXAMPLES
@given(libraries(), st.sampled_from(steps(THRESHOLD)))
def test_what_is_together_is_together_in_a_new_search(records, limit):
    result = Result(JOB, found_groups(search_records(records, similarity=THRESHOLD).rows()))
    shown = Regrouped(result, limit, edited=True)
    rows = list(search_records(records, similarity=max(limit, 0.0)).rows())
    anew = paths(found_groups(rows))
    together = paths(shown.groups)
    assert sum(map(len, together)) == len(frozenset[bytes]().union(*together)), (
        "no file is shown twice"
    )
    for one in together:
        assert any(one <= other for other in anew)
    # Where one file stays for all others, and all are near enough, it is what a search would find.
    for one in result.groups:
        others = [file.member for file in one.files[1:]]
        if all(
            member.keeper is not None and (member.match in PROOF or member.mse <= limit)
            for member in others
        ):
            assert one in shown.groups
            assert limit == EQUAL or paths([one]) <= anew
    for row in rows:
        if isinstance(row, Member) and row.match in PROOF:
            assert any({row.path, row.keeper} <= one for one in together), "proven equal"
    for one in shown.groups:
        here = {file.member.path for file in one.files}
        assert one.files[0].member.keeper is None
        assert any(file.member.keeper in here for file in one.files)
        assert all(file.member.keeper in {None, *here} for file in one.files)
        assert one.number in shown._by_number


@EXAMPLES
@given(libraries())
def test_as_searched_nothing_is_left_out(records):
    result = Result(JOB, found_groups(search_records(records, similarity=THRESHOLD).rows()))
    assert Regrouped(result, None, edited=True).groups == result.groups


def alike(mse: float, **more: object) -> dict[str, object]:
    return {"match": "similar", "mse": mse, "action": "review", **more}


@pytest.fixture
def opened() -> Opened:
    """A group with a proven copy, two that are only alike, and a copy of the farther one."""
    far = b"/p/1/far.png"
    job = replace(JOB, options=replace(JOB.options, similarity=18.0))
    groups = [
        group(1, {}, {}, alike(2.0), alike(9.0, path=far), {"keeper": far, "match": "pixels"}),
        group(2, {}, alike(9.0)),
        group(3, {}, {"match": "tensor", "mse": 0.0, "action": "review"}),
    ]
    return Opened(Result(job, groups))


def shown(opened: Opened) -> list[list[int]]:
    return [[file.row for file in one.files] for one in opened.shown.groups]


def at(opened: Opened, limit: float | None) -> None:
    """Show files up to about this distance."""
    limits = steps(18.0)
    opened.show(
        len(limits) - 1
        if limit is None
        else max(n for n, one in enumerate(limits) if one <= limit),
        edited=True,
    )


def test_files_leave_one_by_one_and_proven_copies_stay_together(opened):
    every = [[100, 101, 102, 103, 104], [200, 201], [300, 301]]
    assert shown(opened) == every
    at(opened, 10.0)
    assert shown(opened) == every
    at(opened, 5.0)
    assert shown(opened) == [[100, 101, 102], [103, 104], [300, 301]]
    at(opened, 0.0)
    assert shown(opened) == [[100, 101], [103, 104], [300, 301]]
    at(opened, EQUAL)
    assert shown(opened) == [[100, 101], [103, 104]]
    at(opened, None)
    assert shown(opened) == every
    assert opened.shown is opened.result


def test_the_first_of_a_part_stays_and_its_number_is_its_own(opened):
    at(opened, EQUAL)
    first, second = opened.shown.groups
    assert (first.number, first.of, second.of) == (1, 1, 1)
    assert second.number not in {one.number for one in opened.result.groups}
    head, copy = second.files
    assert (head.member.action, head.member.match, head.member.keeper) == ("keep", None, None)
    assert (head.fixed, copy.member.keeper, copy.goes) == (None, head.member.path, True)
    assert opened.shown.group(second.number) is second
    assert opened.hidden(first) == 3
    with pytest.raises(UsageError, match="not shown at this similarity"):
        opened.shown.group(2)
    with pytest.raises(UsageError):
        opened.shown.file(201)
    with pytest.raises(UsageError):
        opened.show(len(steps(18.0)), edited=True)


def test_counts_follow_and_what_is_hidden_is_neither_counted_nor_changed(opened):
    opened.result.groups[1].take(Decision(2, (201,)))
    assert Counts(opened.shown.groups).whole.look_groups == 3
    assert {file.row for file in opened.shown.going()} == {101, 104, 201}
    at(opened, EQUAL)
    tally = opened.counts.whole
    assert (tally.groups, tally.look_groups, tally.safe_files) == (2, 0, 2)
    assert {file.row for file in opened.shown.going()} == {101, 104}
    assert opened.order == opened.shown.groups
    at(opened, None)
    assert {file.row for file in opened.shown.going()} == {101, 104, 201}


def test_what_was_decided_and_done_is_seen_in_every_part(opened):
    at(opened, EQUAL)
    first, second = opened.shown.groups
    opened.result.groups[0].take(Decision(1, (103,)))
    opened.result.on_change(opened.result.groups[:1])
    assert [file.goes for file in opened.shown.group(second.number).files] == [True, False]
    assert first.decided
    assert second.decided
    assert not first.going
    item = PlanItem(0, 1, b"/p/1/far.png", b"/p/1/0.png", "bytes", 0.0, "…", 1, 0, state="done")
    opened.result.groups[0].ignored = "entry"
    opened.result.mark([item])
    assert opened.shown.groups == [first, second]
    assert second.files[0].gone
    assert (first.ignored, second.ignored) == ("entry", "entry")


def test_edited_copies_are_shown_with_what_they_come_from_or_not_at_all(opened):
    lie = Lie(0, 0, 1, 0, False, ((0, 0), (1, 0), (1, 1), (0, 1)), 1, 1)  # noqa: FBT003
    for one in (opened.result.groups[0], opened.result.groups[1]):
        origin = one.files[0]
        crop = replace(
            origin.member, path=b"/q/%d.png" % one.number, keeper=origin.member.path,
            match="edited", action="review", lie=lie,
        )  # fmt: skip
        one.edited.append(type(origin)(100 * one.number + 50, crop, goes=False))
    opened = Opened(Result(opened.result.job, opened.result.groups))
    at(opened, EQUAL)
    assert [[file.row for file in one.every] for one in opened.shown.groups] == [
        [100, 101, 150],
        [103, 104],
        [200, 250],
    ]
    last = len(steps(18.0)) - 1
    opened.show(last, edited=False)
    assert [[file.row for file in one.every] for one in opened.shown.groups] == [
        [100, 101, 102, 103, 104],
        [200, 201],
        [300, 301],
    ]
    opened.show(0, edited=False)
    assert [[file.row for file in one.every] for one in opened.shown.groups] == [
        [100, 101],
        [103, 104],
    ]


@pytest.mark.parametrize("threshold", [0.0, 0.3, 5.0, 60.0, 65025.0])
def test_steps_go_from_equal_to_what_was_searched_in_words(threshold):
    limits = steps(threshold)
    assert limits == sorted(set(limits))
    assert limits[0] == EQUAL
    assert limits[-1] == threshold
    words = step_words(threshold)
    assert len(words) == len(step_figures(threshold)) == len(limits)
    assert (words[0], words[-1]) == ("equal", "as searched")
    assert words[1] in {"the same at small size", "as searched"}
    changes = [one for one, before in zip(words, [None, *words], strict=False) if one != before]
    assert len(changes) == len(set(changes)), "every word is said of one stretch"
