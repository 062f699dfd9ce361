"""What is decided again where a file turns out to stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from difd.actions.plan.choice import LOSES, NOTHING_STAYS, SMALLER
from difd.actions.plan.choosing import CHANGED, GONE, KEEPER_GONE, Choosing
from difd.protocol.actions import ActionOptions, HeldBack
from difd.protocol.holding import DAMAGED, PASSING
from difd.protocol.ignoring import NOTHING_IGNORED
from difd.protocol.results import PROOF, Group, Member

DIFFERS = "They differ."
SIMILAR = {"accept": ("similar",)}


def member(path, keeper=None, match=None, **more):
    action = "keep" if keeper is None else "remove" if match in PROOF else "review"
    facts = {"action": action, "keeper": keeper, "match": match, "digest": path}
    facts |= {"width": 1, "height": 1} | more
    return Member(
        group=1,
        path=path,
        reason="…",
        size=1,
        modified=0,
        format="PNG",
        **facts,
    )


def choosing(members, **options):
    rows = [Group(1, None, len(members), 0), *members]
    options = ActionOptions(**({"verb": "trash"} | options))
    return Choosing(rows, options, NOTHING_IGNORED, lambda: None)


def going(chosen):
    return {one.member.path: (one.keeper.path, one.match) for one in chosen.choices()}


def refuse(chosen, reason, *paths):
    keepers = {one.member.path: one.keeper.path for one in chosen.choices()}
    chosen.refuse([HeldBack(1, path, reason, keepers[path]) for path in paths])


def held(chosen):
    return {row.path: row.reason for row in chosen.held}


SHOTS = [
    member(b"/shot2"),
    member(b"/shot1", b"/shot2", "similar"),
    member(b"/shot3", b"/shot1", "bytes"),
]


@pytest.mark.parametrize("refused", [(b"/shot1", b"/shot3"), (b"/shot3", b"/shot1")])
def test_an_exact_copy_of_a_file_that_is_held_back_goes_in_its_favour(refused):
    chosen = choosing(SHOTS, **SIMILAR)
    assert going(chosen) == {b"/shot1": (b"/shot2", "similar"), b"/shot3": (b"/shot2", "similar")}
    refuse(chosen, DIFFERS, *refused)
    assert going(chosen) == {b"/shot3": (b"/shot1", "bytes")}
    assert held(chosen) == {b"/shot1": DIFFERS}


def test_an_exact_copy_goes_in_favour_of_its_equal_also_where_it_passed_before():
    chosen = choosing(SHOTS, **SIMILAR)
    refuse(chosen, "It is write-protected, and stays.", b"/shot1")
    assert going(chosen) == {b"/shot3": (b"/shot1", "bytes")}


@pytest.mark.parametrize("reason", [GONE, CHANGED])
def test_a_file_that_is_not_what_the_search_saw_answers_for_none(reason):
    chosen = choosing(SHOTS, **SIMILAR)
    refuse(chosen, reason, b"/shot1")
    assert going(chosen) == {b"/shot3": (b"/shot2", "similar")}


def test_where_the_keeper_is_gone_one_of_its_copies_stays_for_the_others():
    copies = [member(b"/%d" % n, b"/a", "bytes") for n in range(5)]
    chosen = choosing([member(b"/a"), *copies])
    refuse(chosen, KEEPER_GONE, *(one.path for one in copies))
    assert held(chosen) == {b"/0": KEEPER_GONE}
    assert going(chosen) == {b"/%d" % n: (b"/0", "bytes") for n in range(1, 5)}


def test_what_stands_against_every_copy_is_asked_twice_and_not_a_thousand_times():
    copies = [member(b"/%04d" % n, b"/a", "bytes") for n in range(1000)]
    chosen = choosing([member(b"/a"), *copies])
    rounds = 0
    while asked := list(going(chosen)):
        refuse(chosen, "It is write-protected, and stays.", *asked)
        rounds += 1
    assert rounds == 2
    assert len(held(chosen)) == len(chosen.held) == 1000


def test_what_was_not_accepted_does_not_go_because_its_keeper_is_gone():
    chosen = choosing(SHOTS)
    assert going(chosen) == {b"/shot3": (b"/shot1", "bytes")}
    refuse(chosen, KEEPER_GONE, b"/shot3")
    assert going(chosen) == {}
    assert held(chosen)[b"/shot3"] == KEEPER_GONE


def test_a_file_of_which_something_would_be_lost_stays_unless_that_is_accepted():
    members = [
        member(b"/a"),
        member(b"/b", b"/a", "pixels", action="review", loses="a movie"),
        member(b"/c", b"/a", "similar", loses="2 keywords"),
    ]
    chosen = choosing(members, **SIMILAR)
    assert going(chosen) == {}
    assert held(chosen) == {b"/b": LOSES, b"/c": LOSES}
    assert going(choosing(members, accept=("loss",))).keys() == {b"/b"}
    assert going(choosing(members, accept=("loss", "similar"))).keys() == {b"/b", b"/c"}
    decided = choosing(members, removals=(b"/b", b"/c"))
    assert going(decided).keys() == {b"/b", b"/c"}, "somebody looked at these very files"


def test_an_undamaged_file_does_not_go_in_favour_of_a_damaged_one_unless_somebody_decides():
    members = [
        member(b"/reference", reference=True, damage="its end is missing"),
        member(b"/b", b"/reference", "pixels", action="review"),
        member(b"/c", b"/reference", "bytes", damage="its end is missing"),
    ]
    chosen = choosing(members, accept=("loss", "similar"))
    assert going(chosen).keys() == {b"/c"}
    assert held(chosen) == {b"/b": DAMAGED}
    assert going(choosing(members, removals=(b"/b",))).keys() == {b"/b"}


def test_a_larger_picture_does_not_go_in_favour_of_a_smaller_one_unless_that_is_accepted():
    members = [member(b"/a"), member(b"/b", b"/a", "similar", width=2)]
    chosen = choosing(members, **SIMILAR)
    assert held(chosen) == {b"/b": SMALLER}
    assert going(choosing(members, accept=("loss", "similar"))).keys() == {b"/b"}
    assert going(choosing(members, removals=(b"/b",))).keys() == {b"/b"}


def test_nothing_is_lost_on_the_way_to_a_keeper_that_the_search_did_not_name():
    members = [
        member(b"/a"),
        member(b"/b", b"/a", "similar", loses="a movie"),
        member(b"/c", b"/b", "pixels"),
    ]
    # What /b would lose, its copy may lose as well.
    assert going(choosing(members, **SIMILAR)) == {b"/c": (b"/b", "pixels")}
    members[1] = member(b"/b", b"/a", "similar")
    assert going(choosing(members, **SIMILAR))[b"/c"] == (b"/a", "similar")


@pytest.mark.parametrize("details", [1, 2])
def test_of_copies_whose_keeper_is_gone_none_stays_for_one_that_may_hold_more(details):
    members = [
        member(b"/a", details=2),
        member(b"/b", b"/a", "pixels", details=details),
        member(b"/c", b"/a", "pixels", details=1),
    ]
    chosen = choosing(members)
    refuse(chosen, KEEPER_GONE, b"/b", b"/c")
    assert going(chosen) == ({b"/c": (b"/b", "pixels")} if details == 2 else {})
    assert held(chosen).keys() == {b"/b"} if details == 2 else {b"/b", b"/c"}


def test_a_file_where_files_do_not_stay_answers_for_none_outside_whoever_decides():
    members = [
        member(b"/a"),
        member(b"/bin/a", b"/a", "bytes", passing="a recycle bin"),
        member(b"/bin/b", b"/a", "bytes", passing="a recycle bin"),
    ]
    chosen = choosing(members, removals=(b"/a",))
    assert held(chosen) == {b"/a": PASSING}
    both = choosing(members, removals=(b"/a", b"/bin/a"))
    assert going(both) == {b"/bin/a": (b"/bin/b", "bytes")}
    assert held(both) == {b"/a": PASSING}


def test_a_proven_copy_that_cannot_go_itself_answers_for_others():
    members = [member(b"/a"), member(b"/b", b"/a", "bytes", action="none", writable=False)]
    assert going(choosing(members, removals=(b"/a",))) == {b"/a": (b"/b", "bytes")}
    alike = [member(b"/a"), member(b"/still", b"/a", "tensor", action="none")]
    assert held(choosing(alike, removals=(b"/a",))) == {b"/a": NOTHING_STAYS}


@st.composite
def families(draw):
    """A group as the report makes it."""
    members = [member(b"/0")]
    kinds = ["bytes", "pixels", "tensor", "similar"]
    for number in range(1, draw(st.integers(2, 10))):
        above = members[draw(st.integers(0, number - 1))]
        if above.keeper is not None and above.match in PROOF:
            above = members[0]
        allowed = kinds[:2] if above.keeper is not None else kinds
        members.append(member(b"/%d" % number, above.path, draw(st.sampled_from(allowed))))
    return members


@given(families(), st.data())
def test_whatever_is_refused_every_file_that_goes_has_one_that_stays_and_was_not_refused(
    members, data
):
    chosen = choosing(members, **SIMILAR)
    before = going(chosen).keys() | held(chosen).keys()
    differing, unfit, rounds = set(), set(), 0
    while pairs := going(chosen):
        asked = data.draw(st.lists(st.sampled_from(sorted(pairs)), unique=True))
        again = [path for path in pairs if (path, pairs[path][0]) in differing]
        assert not again, "a pair that was refused is not asked again"
        if not asked:
            break
        reason = data.draw(st.sampled_from([DIFFERS, GONE, KEEPER_GONE]))
        differing |= {(path, pairs[path][0]) for path in asked}
        unfit |= set(asked) if reason == GONE else set()
        unfit |= {pairs[path][0] for path in asked} if reason == KEEPER_GONE else set()
        refuse(chosen, reason, *asked)
        rounds += 1
        assert rounds <= 2 * len(members)
    pairs = going(chosen)
    assert pairs.keys() | held(chosen).keys() == before
    assert len(held(chosen)) == len(chosen.held)
    assert not pairs.keys() & held(chosen).keys()
    for keeper, _ in pairs.values():
        assert keeper not in pairs
        assert keeper not in unfit
