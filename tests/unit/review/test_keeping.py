"""The review page keeps what a search by the same rules keeps, and the order is one."""

from __future__ import annotations

import numpy as np
import pytest
from harness.records import PX, make_record, search_records
from harness.values import packed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from difclient.review.result import File, FoundGroup
from difclient.review.rules import changes
from difd.engine.group.keep import parse_rules
from difd.protocol.options import KEEP_RULES
from difd.protocol.results import Group, Member

EXAMPLES = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CONTENTS = ("a", "b", "c")
THINGS = ("a caption", "a movie", "keywords")
FOLDERS = ("Albums", "Phone backup/DCIM", "Old", "Albums/Downloads")
NAMES = ("IMG.jpg", "IMG 2.jpg", "IMG copy.jpg", "x.jpg")
RULES = (
    *KEEP_RULES, "smallest", "format:png>jpeg", "taken", "newest", "shortest-path", "longest-path",
    "name:img*", "not-name:*2*", "in:/p/Old", "not-in:/p/Albums", "folder:/p/Old>/p/Albums",
)  # fmt: skip


@st.composite
def libraries(draw):
    """Files of few contents; everything that rules look at differs here and there."""
    some = st.integers(0, 2)
    paths = draw(
        st.lists(
            st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES), some),
            min_size=2,
            max_size=10,
            unique=True,
        )
    )
    records = []
    for folder, name, deeper in paths:
        content = draw(st.sampled_from(CONTENTS))
        things = draw(some)
        tensor = np.full((PX, PX, 3), 50 * CONTENTS.index(content), np.uint8)
        records.append(
            make_record(
                f"/p/{folder}/{'x/' * deeper}{name}",
                tensor,
                pixels=content.encode(),
                image_format=draw(st.sampled_from(["JPEG", "PNG", "WEBP"])),
                length=1000 + draw(some),
                mtime_ns=draw(some),
                metadata=("date", "place")[: draw(some)],
                value=packed(*THINGS[:things]),
                damage=draw(st.sampled_from(["", "", "its end is missing"])),
                taken=draw(st.sampled_from(["", "2001-02-03 04:05:06", "2002-02-03 04:05:06"])),
                reference=draw(st.booleans()) and draw(st.booleans()),
                passing=draw(st.sampled_from(["", "", "a recycle bin"])),
                fixed=draw(st.sampled_from(["", "", "It is write-protected, and stays."])),
            )
        )
    return records


RULE_LISTS = st.one_of(
    st.just(list(KEEP_RULES)), st.lists(st.sampled_from(RULES), unique=True, max_size=6)
)


def found_groups(rows):
    groups = []
    for number, row in enumerate(rows):
        if isinstance(row, Group):
            groups.append(FoundGroup(row))
        elif isinstance(row, Member):
            groups[-1].files.append(File(number, row, goes=row.action == "remove"))
    return groups


@EXAMPLES
@given(libraries(), RULE_LISTS, st.sampled_from([0.0, 5.0]))
def test_the_page_keeps_what_a_search_by_the_same_rules_keeps(records, rules, similarity):
    rows = list(search_records(records, keep=tuple(rules), similarity=similarity).rows())
    for group in found_groups(rows):
        for file in group.files:
            file.goes = True
    groups = found_groups(rows)
    for group in groups:
        group.files[0].goes = True
    stay = [group.files[0].member.path for group in groups]
    changed = changes(groups, "one", keep=",".join(rules), alike=True)
    back = {change.file.member.path for change in changed if not change.goes}
    assert back == set(stay), "the first of each group, which was chosen to go, stays"


@EXAMPLES
@given(libraries(), RULE_LISTS, st.randoms(use_true_random=False))
def test_the_order_is_total_and_does_not_depend_on_where_it_starts(records, rules, random):
    order = parse_rules(rules)
    expected = [records[place].file.path for place in order.ordered(records)]
    assert sorted(expected) == sorted(record.file.path for record in records)
    random.shuffle(records)
    assert [records[place].file.path for place in order.ordered(records)] == expected


@EXAMPLES
@given(libraries(), RULE_LISTS, st.randoms(use_true_random=False))
def test_what_is_proposed_does_not_depend_on_the_order_of_files(records, rules, random):
    rows = list(search_records(records, keep=tuple(rules)).rows())[:-1]
    random.shuffle(records)
    assert list(search_records(records, keep=tuple(rules)).rows())[:-1] == rows


@EXAMPLES
@given(libraries())
def test_by_default_nothing_that_stays_is_worse_than_what_goes(records):
    by_path = {record.file.path: record for record in records}
    for row in search_records(records).rows():
        if isinstance(row, Member) and row.action == "remove":
            kept, gone = by_path[row.keeper], by_path[row.path]
            assert not kept.damage or gone.damage
            assert not kept.file.passing or gone.file.passing
            assert gone.file.writable
            assert not gone.file.reference


def test_a_bulk_rule_takes_nothing_of_which_something_would_be_lost():
    records = [
        make_record("/p/a", np.zeros((PX, PX, 3), np.uint8), pixels=b"p"),
        make_record("/p/b", np.zeros((PX, PX, 3), np.uint8), pixels=b"p"),
    ]
    (group,) = found_groups(search_records(records).rows())
    for file in group.files:
        file.goes = False
    assert [change.file.member.path for change in changes([group], "one")] == [b"/p/b"]
    group.files[1].member = replace(group.files[1].member, loses="a movie")
    assert changes([group], "one") == []


@pytest.mark.parametrize("rule", ["smaller", "one"])
def test_a_group_of_which_all_files_are_gone_is_left_alone(rule):
    records = [make_record(f"/p/{n}", np.zeros((PX, PX, 3), np.uint8), pixels=b"p") for n in "ab"]
    (group,) = found_groups(search_records(records).rows())
    for file in group.files:
        file.gone = True
    assert changes([group], rule) == []
