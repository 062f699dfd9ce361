"""Which files of a group go, and which one answers for each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from difd.actions.plan.choice import (
    IGNORED,
    LOOK_FIRST,
    NOTHING_STAYS,
    REFERENCE,
    STAYS,
    Choice,
    Selection,
    choose,
    groups_of,
)
from difd.protocol.actions import ActionOptions, HeldBack
from difd.protocol.ignoring import NOTHING_IGNORED, Ignored, IgnoredContent, IgnoredGroup
from difd.protocol.results import PROOF, Group, LowerQuality, Member

TRASH = ActionOptions(verb="trash")
STRENGTHS = ["bytes", "pixels", "tensor", "similar"]


def member(path, keeper=None, match=None, *, action=None, reference=False):
    if action is None:
        action = "keep" if keeper is None else "remove" if match in PROOF else "review"
    return Member(
        group=1,
        path=path,
        action=action,
        reason="…",
        width=1,
        height=1,
        size=1,
        modified=0,
        format="PNG",
        keeper=keeper,
        match=match,
        digest=path,
        reference=reference,
    )


def chosen(members, options, ignored=NOTHING_IGNORED):
    return choose(members, Selection(options), ignored)


def ignored(*groups):
    """Each group names the files that are no duplicates; their digests are their paths, here."""
    return Ignored(
        IgnoredGroup(str(number), 0.0, tuple(IgnoredContent(path, path) for path in paths))
        for number, paths in enumerate(groups)
    )


def going(decided):
    return {c.member.path: (c.keeper.path, c.match) for c in decided if isinstance(c, Choice)}


def held(decided):
    return {h.path: h.reason for h in decided if isinstance(h, HeldBack)}


GROUP = [
    member(b"/a"),
    member(b"/b", b"/a", "bytes"),
    member(b"/c", b"/a", "tensor"),
    member(b"/d", b"/a", "similar"),
    member(b"/e", b"/d", "pixels"),
]


def test_only_proven_copies_go_unless_more_is_accepted():
    decided = chosen(GROUP, TRASH)
    assert going(decided) == {b"/b": (b"/a", "bytes"), b"/e": (b"/d", "pixels")}
    assert held(decided) == {b"/c": LOOK_FIRST["tensor"], b"/d": LOOK_FIRST["similar"]}


def test_a_copy_whose_keeper_goes_too_is_checked_against_the_one_that_stays():
    decided = chosen(GROUP, ActionOptions(verb="trash", accept=("similar",)))
    assert going(decided)[b"/d"] == (b"/a", "similar")
    # Its own keeper goes; what stays is only similar to it, and so it is compared in detail.
    assert going(decided)[b"/e"] == (b"/a", "similar")
    assert held(decided) == {}


def test_who_takes_what_is_similar_takes_what_is_the_same_at_small_size():
    assert b"/c" in going(chosen(GROUP, ActionOptions(verb="trash", accept=("similar",))))
    decided = chosen(GROUP, ActionOptions(verb="trash", accept=("tensor",)))
    assert b"/c" in going(decided)
    assert held(decided) == {b"/d": LOOK_FIRST["similar"]}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"only": ("bytes",)}, {b"/b"}),
        ({"only": ("pixels",)}, {b"/e"}),
        ({"files": (b"/b",)}, {b"/b"}),
        ({"groups": (2,)}, set()),
        ({"groups": (1,)}, {b"/b", b"/e"}),
        ({"only": ("similar",), "accept": ("similar",)}, {b"/d"}),
    ],
)
def test_what_is_asked_for_can_be_narrowed(options, expected):
    assert set(going(chosen(GROUP, ActionOptions(verb="trash", **options)))) == expected


def test_a_named_file_that_stays_is_held_back_with_the_reason():
    decided = chosen(GROUP, ActionOptions(verb="trash", files=(b"/a",)))
    assert held(decided) == {b"/a": STAYS}


def test_a_chosen_keeper_may_go_when_a_proven_copy_stays():
    decided = chosen(GROUP, ActionOptions(verb="trash", removals=(b"/a",)))
    assert going(decided) == {b"/a": (b"/b", "bytes")}


def test_of_all_files_chosen_none_goes():
    everything = tuple(one.path for one in GROUP)
    decided = chosen(GROUP, ActionOptions(verb="trash", removals=everything))
    assert going(decided) == {}
    assert set(held(decided).values()) == {NOTHING_STAYS}


def test_references_and_stills_of_animations_never_go_and_do_not_connect():
    group = [
        member(b"/ref", reference=True),
        member(b"/still", b"/ref", "tensor", action="none"),
        member(b"/copy", b"/still", "bytes"),
    ]
    options = ActionOptions(verb="trash", removals=(b"/ref", b"/still", b"/copy"))
    decided = chosen(group, options)
    assert going(decided) == {b"/copy": (b"/still", "bytes")}
    assert held(decided)[b"/ref"] == REFERENCE
    assert b"/still" in held(decided)


def test_ignored_files_do_not_answer_for_each_other_across_a_third():
    group = [member(b"/k"), member(b"/a", b"/k", "pixels"), member(b"/b", b"/k", "pixels")]
    both = ActionOptions(verb="trash", removals=(b"/k", b"/a"))
    assert going(chosen(group, both)) == {b"/k": (b"/b", "pixels"), b"/a": (b"/b", "pixels")}
    decided = chosen(group, both, ignored([b"/a", b"/b"]))
    assert going(decided) == {b"/k": (b"/b", "pixels")}
    assert held(decided) == {b"/a": IGNORED}


def test_another_file_that_stays_answers_before_an_ignored_one():
    group = [
        member(b"/k"),
        member(b"/a", b"/k", "similar"),
        member(b"/b", b"/k", "similar"),
        member(b"/c", b"/k", "similar"),
    ]
    removals = ActionOptions(verb="trash", removals=(b"/k", b"/b"))
    decided = chosen(group, removals, ignored([b"/a", b"/b"]))
    assert going(decided)[b"/b"] == (b"/c", "similar")


def test_what_was_ignored_since_the_search_is_held_back():
    decided = chosen(GROUP, TRASH, ignored([b"/a", b"/b"], [b"/a", b"/e"]))
    assert going(decided) == {b"/e": (b"/d", "pixels")}
    assert held(decided)[b"/b"] == IGNORED


def test_groups_are_read_one_by_one():
    rows = [Group(1, None, 2, 0), *GROUP[:2], Group(2, None, 1, 0), GROUP[2], LowerQuality(b"/b")]
    assert [[one.path for one in members] for members in groups_of(rows)] == [
        [b"/a", b"/b"],
        [b"/c"],
    ]


@st.composite
def families(draw):
    """A group as the report makes it: keepers, files under them, proven copies under those."""
    members = [member(b"/0")]
    for number in range(1, draw(st.integers(2, 12))):
        above = members[draw(st.integers(0, number - 1))]
        path = b"/%d" % number
        if above.keeper is not None and above.match in PROOF:
            above = members[0]
        kinds = ["bytes", "pixels"] if above.keeper is not None else STRENGTHS
        members.append(member(path, above.path, draw(st.sampled_from(kinds))))
    return members


@given(families(), st.data())
def test_whatever_is_chosen_every_file_that_goes_has_one_that_stays(members, data):
    paths = [one.path for one in members]
    removals = tuple(data.draw(st.lists(st.sampled_from(paths), unique=True)))
    decided = chosen(members, ActionOptions(verb="trash", removals=removals))
    gone = set(going(decided))
    assert gone | set(held(decided)) == set(removals)
    for keeper, _ in going(decided).values():
        assert keeper not in gone
    if len(removals) < len(members):
        assert gone == set(removals), "all of them hang together, and one stays"


@given(families(), st.data())
def test_whatever_is_chosen_no_file_goes_for_one_that_is_ignored_with_it(members, data):
    paths = [one.path for one in members]
    removals = tuple(data.draw(st.lists(st.sampled_from(paths), unique=True)))
    groups = data.draw(st.lists(st.lists(st.sampled_from(paths), unique=True), max_size=3))
    decided = chosen(members, ActionOptions(verb="trash", removals=removals), ignored(*groups))
    gone = going(decided)
    assert gone.keys() | held(decided).keys() == set(removals)
    for path, (keeper, _) in gone.items():
        assert keeper not in gone
        assert not any(path in group and keeper in group for group in groups)
    stay = set(paths) - set(removals)
    for path in held(decided):
        assert not stay or any(path in group and stay & set(group) for group in groups)


@given(families(), st.data())
def test_a_match_is_never_called_surer_than_its_weakest_link(members, data):
    paths = [one.path for one in members]
    removals = tuple(data.draw(st.lists(st.sampled_from(paths), unique=True)))
    decided = chosen(members, ActionOptions(verb="trash", removals=removals))
    of = {one.path: one for one in members}

    def joined(path, other, allowed):
        """Whether the two hang together by matches of these kinds."""
        reached, before = {path}, None
        while reached != before:
            before = set(reached)
            for one in of.values():
                if one.match in allowed and {one.path, one.keeper} & reached:
                    reached |= {one.path, one.keeper}
        return other in reached

    for path, (keeper, match) in going(decided).items():
        assert joined(path, keeper, STRENGTHS[: STRENGTHS.index(match) + 1])
        stronger = STRENGTHS[: STRENGTHS.index(match)]
        proofs = [kind for kind in stronger if kind in PROOF]
        stay = set(of) - set(going(decided))
        assert not any(joined(path, other, proofs) for other in stay) or match in PROOF


def test_what_is_only_shown_is_held_back_with_what_stands_against_it():
    members = [
        member(b"/keep"),
        replace(
            member(b"/copy", b"/keep", "bytes", action="none"),
            warnings=("its folder does not let us remove it",),
        ),
    ]
    (held,) = chosen(members, TRASH)
    assert isinstance(held, HeldBack)
    assert held.reason == "It is not proposed for removal: its folder does not let us remove it."
