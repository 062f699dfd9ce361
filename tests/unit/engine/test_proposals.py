"""What is proposed for removal, and under which file that stays."""

from __future__ import annotations

from unittest.mock import Mock

import numpy as np
import pytest
from harness.records import (
    groups_of,
    make_options,
    make_record,
    members_of,
    outcome_of,
    search_records,
    shade,
)
from harness.values import packed

from difd.engine.group import grouping
from difd.engine.read.value.holdings import Item
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.packed import holds_all, pack


def test_what_removal_frees_is_counted_without_files_that_have_other_names(tmp_path):
    first, second, linked = (tmp_path / name for name in ("a", "b", "c"))
    for path in (first, second, linked):
        path.write_bytes(b"x" * 1000)
    (tmp_path / "d").hardlink_to(linked)
    records = [make_record(bytes(path), shade(1), digest=b"s") for path in (first, second, linked)]
    outcome = search_records(records)
    assert outcome.summary.reclaimable_bytes == 1000
    members = members_of(outcome.rows())
    assert members[bytes(linked)].warnings == (
        "removing it frees nothing: the file has other names",
    )
    assert members[bytes(linked)].action == "remove"
    assert members[bytes(second)].warnings == ()


def test_only_proven_copies_count_as_reclaimable():
    records = [make_record("/p/a", shade(1)), make_record("/p/b", shade(1))]
    outcome = search_records(records)
    assert outcome.summary.groups == 1
    assert outcome.summary.reclaimable_bytes == 0


def test_each_match_says_how_sure_it_is():
    records = [
        make_record("/p/a", shade(1), digest=b"d", pixels=b"p"),
        make_record("/p/b", shade(1), digest=b"d", pixels=b"p"),
        make_record("/p/c", shade(1), pixels=b"p"),
        make_record("/p/d", shade(1)),
        make_record("/p/e", shade(2)),
    ]
    members = members_of(search_records(records, similarity=5.0).rows())
    assert [members[path].match for path in sorted(members)] == [
        None, "bytes", "pixels", "tensor", "similar",
    ]  # fmt: skip
    assert [members[path].action for path in sorted(members)] == [
        "keep", "remove", "remove", "review", "review",
    ]  # fmt: skip


def test_proven_copies_go_under_their_own_best_and_not_under_a_likeness():
    records = [
        make_record("/p/large", shade(2), size=(400, 400)),
        *(make_record(f"/p/{n}", shade(1), digest=b"d", pixels=b"p") for n in ("a", "b", "c")),
    ]
    outcome = search_records(records, similarity=5.0, same_dim=False)
    (group,) = groups_of(outcome.rows())
    assert [(m.path, m.action, m.keeper, m.match) for m in group] == [
        (b"/p/large", "keep", None, None),
        (b"/p/a", "review", b"/p/large", "similar"),
        (b"/p/b", "remove", b"/p/a", "bytes"),
        (b"/p/c", "remove", b"/p/a", "bytes"),
    ]
    assert [m.mse for m in group] == [None, group[1].mse, 0.0, 0.0]
    assert outcome.summary.reclaimable_bytes == 2000


def test_proven_copies_stay_under_a_reference_that_they_resemble_only_with_their_best():
    records = [
        make_record("/r/reference", shade(2), reference=True),
        make_record("/p/a", shade(1), digest=b"d", pixels=b"p"),
        make_record("/p/b", shade(1), digest=b"d", pixels=b"p"),
    ]
    members = members_of(search_records(records, similarity=5.0).rows())
    assert members[b"/p/a"].keeper == b"/r/reference"
    assert (members[b"/p/b"].keeper, members[b"/p/b"].action) == (b"/p/a", "remove")


@pytest.mark.parametrize(
    ("kept", "copies"),
    [
        ({"value": packed("a movie")}, {"value": packed("a caption")}),
        ({"reference": True}, {"value": packed("a caption")}),
        ({"reference": True, "damage": "it ends early"}, {}),
        ({"value": packed("a movie")}, {"value": packed("a caption"), "damage": "cut"}),
    ],
    ids=["lacks something", "reference lacks", "damaged", "copies are damaged"],
)
def test_copies_of_what_the_best_cannot_stand_for_go_in_favour_of_one_of_them(kept, copies):
    best = make_record("/a/best", shade(1), size=(100, 100), pixels=b"p", **kept)
    equals = [
        make_record(f"/p/{name}", shade(1), digest=b"d", pixels=b"p", **copies)
        for name in ("a", "b", "c")
    ]
    members = members_of(search_records([best, *equals]).rows())
    assert members[b"/a/best"].action == "keep"
    assert (members[b"/p/a"].action, members[b"/p/a"].keeper) == ("review", b"/a/best")
    for name in (b"/p/b", b"/p/c"):
        told = members[name]
        assert (told.action, told.keeper, told.match) == ("remove", b"/p/a", "bytes")


def test_what_holds_no_more_than_another_that_is_looked_at_goes_for_it():
    records = [
        make_record("/p/best", shade(1), pixels=b"p", value=packed("a movie", "keywords")),
        make_record("/p/more", shade(1), pixels=b"p", value=packed("a caption", "keywords")),
        make_record("/p/less", shade(1), pixels=b"p", value=packed("a caption")),
    ]
    members = members_of(search_records(records).rows())
    assert (members[b"/p/more"].action, members[b"/p/more"].keeper) == ("review", b"/p/best")
    assert (members[b"/p/less"].action, members[b"/p/less"].keeper) == ("remove", b"/p/more")


def test_of_many_that_hold_something_of_their_own_a_few_are_asked_for_each(monkeypatch):
    asked = Mock(side_effect=holds_all)
    monkeypatch.setattr(grouping, "holds_all", asked)
    own = [pack([Item(Kind.CAPTION, b"%06d" % number, "")]) for number in range(500)]
    records = [
        make_record(f"/{place}/{number:03}", shade(1), digest=own[number], pixels=b"p", value=value)
        for place in ("p", "q")
        for number, value in enumerate(own)
    ]
    members = members_of(search_records(records).rows())
    assert {members[b"/q/%03d" % number].action for number in range(500)} == {"remove"}
    assert asked.call_count < 20 * len(records)


def test_in_a_query_copies_that_are_no_pair_of_it_are_not_put_under_each_other():
    records = [
        make_record("/q/named", shade(2), named=True, size=(400, 400)),
        make_record("/p/a", shade(1), digest=b"d", pixels=b"p"),
        make_record("/p/b", shade(1), digest=b"d", pixels=b"p"),
    ]
    options = make_options(similarity=5.0, same_dim=False, query=True)
    members = members_of(outcome_of(sorted(records, key=lambda r: r.file.path), options).rows())
    assert members[b"/p/a"].keeper == members[b"/p/b"].keeper == b"/q/named"


def test_a_still_s_copies_are_proposed_though_an_animation_stands_above_all_of_them():
    records = [
        make_record(
            "/p/animation", np.stack([shade(1), shade(2), shade(3)]), size=(100, 100), length=9000
        ),
        *(make_record(f"/p/{n}", shade(1), digest=b"d", pixels=b"p") for n in ("a", "b")),
    ]
    members = members_of(search_records(records).rows())
    assert members[b"/p/b"].action == "remove"
    assert members[b"/p/b"].keeper == b"/p/a"
