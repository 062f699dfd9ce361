"""Groups and difPy's result: what is shown follows from the matches alone, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from harness.records import (
    PX,
    InPlacePool,
    groups_of,
    make_library,
    make_options,
    make_record,
    members_of,
    outcome_of,
    pairs_of,
    run,
    search_records,
    shade,
    with_little_memory,
)
from harness.reference import (
    all_matches,
    check_turn,
    expected_groups,
    expected_listing,
    may_be_a_pair,
    turned,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from difd.engine import pipeline
from difd.engine.group.components import Components
from difd.engine.match import join, tiles
from difd.engine.work import Cancelled


@st.composite
def collections(draw, most=16):
    """Images in a few neighbouring shades, so that classes, chains and cliques are frequent."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = int(rng.integers(2, most))
    roles, animated, shades = rng.integers(2), rng.integers(2), rng.integers(2, 12)
    corner = rng.integers(0, 5, (PX, PX, 3)).astype(np.uint8)
    records = []
    for number in range(count):
        tensor = shade(10 * rng.integers(0, shades))
        if rng.integers(2):
            tensor = np.ascontiguousarray(turned(tensor + corner, int(rng.integers(8))))
        frames = int(rng.integers(1, 4)) if animated else 1
        records.append(
            make_record(
                f"/p/{rng.integers(10**6):06}-{number}",
                np.stack([tensor] * (3 if frames > 1 else 1)),
                frames=frames,
                size=(100 * int(rng.integers(1, 3)), 100),
                reference=bool(roles and rng.integers(3) == 0),
                named=bool(roles and rng.integers(3) == 0),
            )
        )
    options = make_options(
        similarity=draw(st.sampled_from([0.0, 30.0, 100.0, 250.0, 450.0, 65025.0])),
        rotate=bool(rng.integers(3)),
        mirror=bool(rng.integers(2)),
        same_dim=bool(rng.integers(2)),
        query=bool(roles and rng.integers(2)),
    )
    records.sort(key=lambda record: record.file.path)
    return records, options


def check(records, options):
    if not any(record.file.named for record in records):
        options = make_options(
            **{name: getattr(options, name) for name in ("similarity", "rotate", "mirror")},
            same_dim=options.same_dim,
        )
    outcome = outcome_of(records, options)
    rows = list(outcome.rows())
    assert len(rows) == outcome.summary.rows
    matches = all_matches(records, options)
    check_listing(records, options, matches, rows)
    check_groups(records, options, matches, rows)
    check_invariants(records, options, matches, rows)


def check_listing(records, options, matches, rows):
    expected = [
        (records[i].file.path, records[j].file.path, ssd / (3 * PX * PX))
        for i, j, ssd in expected_listing(records, matches, options)
    ]
    assert sorted(pairs_of(rows)) == sorted(expected)
    assert pairs_of(rows) == sorted(pairs_of(rows), key=lambda pair: pair[:2])


def check_groups(records, options, matches, rows):
    expected = [
        {records[i].file.path: records[k].file.path for i, k in keeper.items()}
        for keeper in expected_groups(records, matches, options)
    ]
    found = [
        {member.path: member.keeper or member.path for member in group} for group in groups_of(rows)
    ]
    assert found == expected


def check_invariants(records, options, matches, rows):
    index = {record.file.path: number for number, record in enumerate(records)}
    seen = set()
    for group in groups_of(rows):
        assert len(group) > 1
        by_path = {member.path: member for member in group}
        assert len(by_path) == len(group)
        assert not seen & by_path.keys(), "groups overlap"
        seen |= by_path.keys()
        for member in group:
            record = records[index[member.path]]
            if member.keeper is None:
                assert member.action == "keep"
                continue
            keeper = by_path[member.keeper]
            assert keeper.action == "keep"
            pair = tuple(sorted((index[member.path], index[member.keeper])))
            assert member.mse == matches[pair] / (3 * PX * PX), "not a direct match"
            kept = records[index[member.keeper]]
            assert may_be_a_pair(record, kept, options)
            assert not record.file.reference
            if record.frames != kept.frames:
                assert member.action == "none"
            elif member.match in ("bytes", "pixels"):
                assert member.action == "remove"
            else:
                assert member.action == "review"
            assert member.match == ("tensor" if member.mse == 0 else "similar")
            check_turn(record, kept, member)


EXAMPLES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@EXAMPLES
@given(collections())
def test_result_and_groups_are_what_the_definition_says(collection):
    check(*collection)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(EXAMPLES, max_examples=5000)
@given(collections(most=30))
def test_result_and_groups_are_what_the_definition_says_at_length(collection):
    check(*collection)


@settings(
    EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(collections())
def test_nothing_changes_when_matches_do_not_fit_in_memory(monkeypatch, collection):
    with_little_memory(monkeypatch)
    check(*collection)


@settings(EXAMPLES, max_examples=60)
@given(collections(), st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(collection, random):
    records, options = collection
    rows = list(outcome_of(records, options).rows())[:-1]
    random.shuffle(records)
    assert list(outcome_of(records, options).rows())[:-1] == rows


def chain(*names, **more):
    """Images of which each resembles its neighbours only."""
    return [
        make_record(f"/p/{name}", shade(10 * number), **more) for number, name in enumerate(names)
    ]


def test_a_chain_keeps_every_second_image():
    rows = list(search_records(chain("a", "b", "c", "d"), similarity=100.0).rows())
    (group,) = groups_of(rows)
    assert {m.path: m.keeper for m in group} == {
        b"/p/a": None, b"/p/b": b"/p/a", b"/p/c": None, b"/p/d": b"/p/c",
    }  # fmt: skip
    assert pairs_of(rows) == [
        (b"/p/a", b"/p/b", 100.0), (b"/p/b", b"/p/c", 100.0), (b"/p/c", b"/p/d", 100.0),
    ]  # fmt: skip


def test_a_chain_through_many_blocks_is_one_group(monkeypatch):
    monkeypatch.setattr(join, "BLOCK", 1)
    records = [make_record(f"/p/{n:03}", shade(n)) for n in range(250)]
    for rotate in (False, True):
        outcome = search_records(records, similarity=1.0, rotate=rotate)
        assert outcome.summary.groups == 1
        assert outcome.summary.extra_files == 125
        assert len(pairs_of(outcome.rows())) == 249


def test_of_equally_good_turns_the_plainest_is_reported():
    rows = search_records(chain("a", "b"), similarity=100.0, mirror=True).rows()
    member = members_of(rows)[b"/p/b"]
    assert (member.rotation, member.mirrored) == (0, False)


def test_a_group_may_keep_an_image_that_matches_no_kept_one():
    records = chain("b", "a", "c")
    (group,) = groups_of(search_records(records, similarity=100.0, keep=()).rows())
    assert {m.path: m.keeper for m in group} == {b"/p/a": None, b"/p/b": b"/p/a", b"/p/c": b"/p/a"}
    records = chain("x", "a", "b", "y")
    (group,) = groups_of(search_records(records, similarity=100.0, keep=()).rows())
    members = {m.path: m for m in group}
    assert members[b"/p/y"].keeper is None
    assert (
        members[b"/p/y"].reason == "kept: it matches only files listed under another one that stays"
    )


def test_a_still_and_an_animation_are_shown_and_neither_is_proposed():
    records = [
        make_record("/p/animation", np.stack([shade(1), shade(2), shade(3)]), size=(100, 100)),
        make_record("/p/still", shade(1)),
    ]
    (group,) = groups_of(search_records(records).rows())
    assert [(m.action, m.match) for m in group] == [("keep", None), ("none", "tensor")]
    assert group[1].reason == (
        "not proposed: of animation and this one, one is a still and one moves"
    )


def test_copies_of_a_still_are_still_proposed_beside_an_animation():
    records = [
        make_record("/p/animation", np.stack([shade(1), shade(2), shade(3)]), size=(100, 100)),
        make_record("/p/still", shade(1), digest=b"s"),
        make_record("/p/still-again", shade(1), digest=b"s"),
    ]
    members = members_of(search_records(records).rows())
    assert members[b"/p/still-again"].action == "remove"
    assert members[b"/p/still-again"].keeper == b"/p/still"
    assert members[b"/p/still"].action == "keep"


def test_animations_of_different_length_do_not_match():
    records = [
        make_record("/p/a", np.stack([shade(1)] * 3), frames=4),
        make_record("/p/b", np.stack([shade(1)] * 3), frames=5),
    ]
    assert search_records(records, similarity=65025.0).summary.groups == 0


def test_modes_without_a_range_match_only_with_the_same_range():
    ranges = {"a": (0.0, 1.0), "b": (0.0, 2.0), "c": None, "d": (0.0, 2.0)}
    records = [make_record(f"/p/{n}", shade(1), value_range=r) for n, r in ranges.items()]
    for threshold in (0.0, 65025.0):
        rows = search_records(records, similarity=threshold).rows()
        assert pairs_of(rows) == [(b"/p/b", b"/p/d", 0.0)]


@pytest.mark.parametrize("in_folder", ["off", "given", "each"])
def test_folders_are_searched_by_themselves_if_asked(in_folder):
    options = make_options(in_folder=in_folder)
    records = [
        make_record("/p/one/a", shade(1), given=0),
        make_record("/p/one/b", shade(1), given=0),
        make_record("/p/one/sub/c", shade(1), given=0),
        make_record("/p/two/d", shade(1), given=1),
        make_record("/p/two/e", shade(1), given=1),
        make_record("/q/f", shade(1), given=-1, named=True),
    ]
    rows = list(run(make_library(records, options, folders=(b"/p/one", b"/p/two")), options).rows())
    found = [(row.folder, row.count) for row in rows if hasattr(row, "reclaimable_bytes")]
    assert (
        found
        == {
            "off": [(None, 6)],
            "given": [(b"/p/one", 3), (b"/p/two", 2)],
            "each": [(b"/p/one", 2), (b"/p/two", 2)],
        }[in_folder]
    )
    folders = {row.folder for row in rows if hasattr(row, "file")}
    assert folders == ({None} if in_folder == "off" else {b"/p/one", b"/p/two"})


@pytest.mark.parametrize("threshold", [0.0, 5.0])
def test_many_copies_cost_one_comparison_each_and_not_one_per_pair(monkeypatch, threshold):
    compared = []
    original = tiles.Field.decide

    def counting(self, candidates, stop=None):
        compared.append(len(candidates.a))
        return original(self, candidates, stop)

    monkeypatch.setattr(tiles.Field, "decide", counting)
    count = 2000
    records = [make_record(f"/p/{n:05}", shade(7), digest=b"s") for n in range(count)]
    records += [make_record(f"/q/{n:05}", shade(8), digest=b"t") for n in range(count)]
    outcome = search_records(records, similarity=threshold)
    assert sum(compared) <= 1
    assert outcome.summary.extra_files == (2 * count - 2 if threshold == 0 else 2 * count - 1)
    assert outcome.summary.rows == sum(1 for _ in outcome.rows())


def test_many_reference_copies_cost_no_comparison_per_pair_either():
    count = 5000
    records = [make_record(f"/p/{n:05}", shade(7), reference=n % 2 == 0) for n in range(count)]
    outcome = search_records(records, similarity=5.0)
    assert outcome.summary.extra_files == count // 2


@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29))))
def test_components_are_those_of_a_plain_walk(count, pairs):
    pairs = [(a % count, b % count) for a, b in pairs]
    sets = Components(count)
    for start in range(0, len(pairs), 3):
        part = np.array(pairs[start : start + 3]).reshape(-1, 2)
        sets.unite(part[:, 0], part[:, 1])
    label = list(range(count))
    for _ in range(count):
        for a, b in pairs:
            label[a] = label[b] = min(label[a], label[b])
    assert sets.roots(np.arange(count)).tolist() == label


@pytest.mark.parametrize("after", range(4))
def test_a_cancelled_search_ends_at_once(after):
    options = make_options(similarity=5.0)
    library = make_library([make_record(f"/p/{n}", shade(n)) for n in range(9)], options)
    answers = iter([False] * after)
    with pytest.raises(Cancelled):
        pipeline.search(
            library, options, InPlacePool(), lambda _: None, lambda: next(answers, True)
        )
