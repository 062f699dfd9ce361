"""What somebody said is no duplicate is none, and everything else is as before."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from harness.records import (
    PX,
    groups_of,
    lower_of,
    make_library,
    make_options,
    make_record,
    pairs_of,
    run,
    shade,
    with_little_memory,
)
from harness.reference import (
    all_matches,
    check_turn,
    distance,
    expected_groups,
    expected_listing,
    in_keep_order,
    may_be_a_pair,
    turned,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from difd.engine.orientation import allowed_turns
from difd.protocol.ignoring import Ignored, IgnoredContent, IgnoredGroup

EXAMPLES = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def ignored_list(*groups):
    """Each group is the digests of its files, as often as they occurred."""
    return Ignored(
        IgnoredGroup(
            id=str(number),
            created=0.0,
            contents=tuple(
                IgnoredContent(digest, b"/p", digests.count(digest)) for digest in set(digests)
            ),
        )
        for number, digests in enumerate(groups)
    )


@st.composite
def collections(draw, most=14):
    """Few pictures, each in a few contents, each in a few files; some of the contents ignored."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    roles, animated, stored_otherwise = rng.integers(2), rng.integers(2), rng.integers(2)
    corner = rng.integers(0, 5, (PX, PX, 3)).astype(np.uint8)
    contents = []
    for picture in range(int(rng.integers(1, 5))):
        tensor = shade(10 * rng.integers(0, 6))
        if rng.integers(2):
            tensor = np.ascontiguousarray(turned(tensor + corner, int(rng.integers(8))))
        frames = int(rng.integers(1, 3)) if animated else 1
        edge = 100 * int(rng.integers(1, 3))
        for variant in range(int(rng.integers(1, 4))):
            other_way = bool(stored_otherwise and rng.integers(3) == 0)
            shown = tensor + (rng.integers(0, 3, tensor.shape) if other_way else 0)
            contents.append(
                {
                    "planes": np.stack([shown.astype(np.uint8)] * (3 if frames > 1 else 1)),
                    "frames": frames,
                    "size": (edge, edge),
                    "digest": b"d%d-%d" % (picture, variant),
                    "pixels": b"p%d" % picture,
                    "orientation": 6 if other_way else 1,
                }
            )
    records = []
    for number in range(int(rng.integers(2, most))):
        content = dict(contents[rng.integers(len(contents))])
        orientation = content.pop("orientation")
        record = make_record(
            f"/p/{rng.integers(10**6):06}-{number}",
            length=1000 + int(rng.integers(3)),
            reference=bool(roles and rng.integers(3) == 0),
            named=bool(roles and rng.integers(3) == 0),
            **content,
        )
        records.append(replace(record, orientation=orientation))
    records.sort(key=lambda record: record.file.path)
    digests = [content["digest"] for content in contents]
    groups = [
        [digests[n] for n in rng.integers(len(digests), size=rng.integers(2, 5))]
        for _ in range(int(rng.integers(4)))
    ]
    options = make_options(
        similarity=draw(st.sampled_from([0.0, 30.0, 100.0, 450.0, 65025.0])),
        rotate=bool(rng.integers(3)),
        mirror=bool(rng.integers(2)),
        same_dim=bool(rng.integers(2)),
        query=bool(roles and any(r.file.named for r in records) and rng.integers(2)),
        keep=("resolution",),
    )
    return records, options, groups


def is_ignored(one, other, groups):
    """The definition: both in one group; files with the same bytes if it had several of them."""
    if one.digest == other.digest:
        return any(group.count(one.digest) > 1 for group in groups)
    return any(one.digest in group and other.digest in group for group in groups)


def matches_left(records, options, groups):
    """All matches by definition, pictures that are stored in two orientations included."""
    matches = all_matches(records, options)
    ways = {
        picture: {r.orientation for r in records if r.pixel_digest == picture}
        for picture in {r.pixel_digest for r in records}
    }
    codes = allowed_turns(rotate=options.rotate, mirror=options.mirror)
    for (i, a), (j, b) in combinations(enumerate(records), 2):
        if a.pixel_digest == b.pixel_digest and len(ways[a.pixel_digest]) > 1:
            nearest = min(distance(a, b, code) for code in codes) if options.similarity else 0
            matches.setdefault((i, j), nearest)
    return {
        (i, j): ssd
        for (i, j), ssd in matches.items()
        if not is_ignored(records[i], records[j], groups)
    }


def under_equals(keeper, records, matches, options):
    """Proven copies under the first of them, as far as they match it."""
    firsts = []
    result = dict(keeper)
    for image in in_keep_order(keeper, records, options):
        equal = [
            one
            for one in firsts
            if records[one].pixel_digest == records[image].pixel_digest
            and tuple(sorted((one, image))) in matches
            and may_be_a_pair(records[one], records[image], options)
        ]
        above = keeper[image]
        proven = records[above].pixel_digest == records[image].pixel_digest
        if not equal and (above == image or not proven):
            firsts.append(image)
        if equal and not proven:
            result[image] = equal[0]
    return result


def check(records, options, groups):
    named = tuple(record.file.path for record in records if record.file.named)
    library = make_library(records, options, named=named)
    rows = list(run(library, options, ignored_list(*groups)).rows())
    matches = matches_left(records, options, groups)
    check_listing(records, options, matches, groups, rows)
    expected = [
        {
            records[i].file.path: records[k].file.path
            for i, k in under_equals(keeper, records, matches, options).items()
        }
        for keeper in expected_groups(records, matches, options)
    ]
    found = [
        {member.path: member.keeper or member.path for member in group} for group in groups_of(rows)
    ]
    assert found == expected
    by_path = {record.file.path: record for record in records}
    for group in groups_of(rows):
        for member in group:
            if member.keeper is not None:
                record, kept = by_path[member.path], by_path[member.keeper]
                assert not is_ignored(record, kept, groups)
                if member.match in ("tensor", "similar"):
                    check_turn(record, kept, member)


def check_listing(records, options, matches, groups, rows):
    entries = expected_listing(records, matches, options)
    assert pairs_of(rows) == [
        (records[i].file.path, records[j].file.path, ssd / (3 * PX * PX)) for i, j, ssd in entries
    ]
    lower = set()
    for key in {i for i, _, _ in entries}:
        shown = [key, *(j for i, j, _ in entries if i == key)]
        place = {n: place for place, n in enumerate(in_keep_order(shown, records, options))}
        quality = {n: (-records[n].width, -records[n].file.size, place[n]) for n in shown}
        for one in shown:
            better = [n for n in shown if quality[n] < quality[one]]
            if any(not is_ignored(records[one], records[n], groups) for n in better):
                lower.add(one)
    assert lower_of(rows) == [
        records[n].file.path for n in sorted(lower) if not records[n].file.reference
    ]


@EXAMPLES
@given(collections())
def test_a_search_finds_all_matches_but_the_ignored_ones(collection):
    check(*collection)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(EXAMPLES, max_examples=5000)
@given(collections(most=30))
def test_a_search_finds_all_matches_but_the_ignored_ones_at_length(collection):
    check(*collection)


@settings(
    EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(collections())
def test_nothing_changes_when_matches_do_not_fit_in_memory(monkeypatch, collection):
    with_little_memory(monkeypatch)
    check(*collection)
