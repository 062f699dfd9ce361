"""Matches across folders, given folders or the reference only; also against brute force."""

from __future__ import annotations

import os
from collections import defaultdict
from itertools import combinations

import pytest
from harness.records import (
    groups_of,
    make_library,
    make_options,
    make_record,
    members_of,
    pairs_of,
    run,
    search_records,
    shade,
    with_little_memory,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from difd.engine.group.keep import parse_rules
from difd.protocol.errors import InvalidOption
from difd.protocol.options import SearchOptions, check_options

LIMIT = 100.0
"""Shades that are ten apart match; twenty apart, they do not."""

_files = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "b/deep", "c"]),
        st.sampled_from([0, 0, 10, 20, 30]),
        st.booleans(),  # in a reference folder
        st.booleans(),  # given by name
        st.booleans(),  # its pixels are those of all others of its shade
    ),
    min_size=2,
    max_size=9,
)


def build(files):
    records = []
    for number, (folder, value, reference, named, equal) in enumerate(files):
        records.append(
            make_record(
                f"/p/{folder}/{number}",
                shade(value),
                reference=reference,
                named=named,
                given={"a": 0, "b": 1, "b/deep": 1, "c": 2}[folder],
                pixels=b"%d" % value if equal else None,
                length=1000 - number,
            )
        )
    return sorted(records, key=lambda record: record.file.path)


def may_pair(one, other, across, query):
    if one.file.reference and other.file.reference:
        return False
    if query and not (one.file.named or other.file.named):
        return False
    match across:
        case "folders":
            return os.path.dirname(one.file.path) != os.path.dirname(other.file.path)
        case "given":
            return one.file.named or other.file.named or one.file.given != other.file.given
        case "reference":
            return one.file.reference or other.file.reference
    return True


def are_near(one, other):
    return abs(int(one.tensor[0, 0, 0]) - int(other.tensor[0, 0, 0])) <= 10


def expected(records, across, query):
    """The pairs, the sets of images that hang together, and who stays without a second look."""
    matches = defaultdict(set)
    for one, other in combinations(range(len(records)), 2):
        if are_near(records[one], records[other]) and may_pair(
            records[one], records[other], across, query
        ):
            matches[one].add(other)
            matches[other].add(one)
    sets, seen = [], set()
    for start in sorted(matches):
        if start in seen:
            continue
        pending, together = [start], set()
        while pending:
            image = pending.pop()
            if image not in together:
                together.add(image)
                pending += matches[image]
        seen |= together
        sets.append(together)
    return matches, sets


@pytest.mark.parametrize("across", ["off", "folders", "given", "reference"])
@pytest.mark.parametrize("little", [False, True])
@settings(max_examples=60, deadline=None)
@given(files=_files, query=st.booleans())
def test_groups_and_result_are_those_of_brute_force(across, little, files, query):
    records = build(files)
    named = tuple(record.file.path for record in records if record.file.named)
    options = make_options(
        similarity=LIMIT, across=across, query=query, keep=("bytes",), reference=(b"/r",)
    )
    library = make_library(records, options, folders=(b"/p/a", b"/p/b", b"/p/c"), named=named)
    with pytest.MonkeyPatch.context() as patch:
        if little:
            with_little_memory(patch)
        rows = list(run(library, options).rows())
    query = query and bool(named)
    matches, sets = expected(records, across, query)
    paths = [record.file.path for record in records]
    found = [{member.path for member in group} for group in groups_of(rows)]
    assert found == [{paths[image] for image in together} for together in sets]
    listed = {paths.index(other): paths.index(file) for file, other, _ in pairs_of(rows)}
    earliest = {image: min(partners) for image, partners in matches.items()}
    assert listed == {image: first for image, first in earliest.items() if first < image}
    check_keepers(records, members_of(rows), matches, paths)


def check_keepers(records, members, matches, paths):
    """Nobody goes in favour of one that is no match, and those who stay need to."""
    order = parse_rules(("bytes",))
    for path, member in members.items():
        image = paths.index(path)
        if member.keeper is not None:
            assert paths.index(member.keeper) in matches[image]
            assert not member.reference
            continue
        better = [
            other
            for other in matches[image]
            if members[paths[other]].keeper is None
            and order.key(records[other]) < order.key(records[image])
        ]
        assert member.reference or not better, "it matches a better one that stays"


def test_copies_in_one_folder_stay_although_another_folder_has_one():
    records = [
        make_record("/p/a/1", shade(1), digest=b"same", pixels=b"same"),
        make_record("/p/a/2", shade(1), digest=b"same", pixels=b"same"),
        make_record("/p/b/3", shade(1), digest=b"same", pixels=b"same"),
    ]
    rows = list(search_records(records, across="folders", keep=("shortest-path",)).rows())
    members = members_of(rows)
    assert {path: member.action for path, member in members.items()} == {
        b"/p/a/1": "keep",
        b"/p/a/2": "keep",
        b"/p/b/3": "remove",
    }
    assert pairs_of(rows) == [(b"/p/a/1", b"/p/b/3", 0.0)]
    alone = search_records(records[:2], across="folders")
    assert alone.summary.groups == 0


def test_turned_copies_count_across_folders_only_too():
    def turned(path, pixels):
        return make_record(path, shade(7), pixels=pixels, digest=path.encode(), sums=b"sums")

    records = [turned("/p/a/1", b"same"), turned("/p/a/2", b"same"), turned("/p/b/3", b"same")]
    members = members_of(search_records(records, across="folders", keep=("shortest-path",)).rows())
    assert {path for path, member in members.items() if member.action == "remove"} == {b"/p/b/3"}


def test_thousands_of_folders_cost_no_table_of_all_with_all():
    records = [make_record(f"/p/{n // 2}/{n}", shade(n % 200)) for n in range(4000)]
    summary = search_records(records, across="folders", same_dim=True).summary
    assert summary.groups == 200
    assert summary.extra_files == 4000 - 200


@pytest.mark.parametrize("options", [
    {"across": "reference"},
    {"across": "folders", "in_folder": "each"},
    {"across": "given", "in_folder": "given"},
    {"across": "everywhere"},
])  # fmt: skip
def test_what_could_match_nothing_is_refused(options):
    with pytest.raises(InvalidOption, match="across"):
        check_options(SearchOptions(paths=(b"/p",), **options))
