"""The review page keeps what a search by the same rules keeps, and the order is one."""

from __future__ import annotations

import numpy as np
import pytest
from harness.found_groups import found_groups
from harness.libraries import EXAMPLES, RULE_LISTS, libraries
from harness.records import PX, make_record, search_records
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from difclient.review.rules import changes
from difd.engine.group.keep import parse_rules
from difd.protocol.keep_rules import read_rules
from difd.protocol.results import Member


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
    changed = changes(groups, "one", keep=read_rules(rules), alike=True)
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
