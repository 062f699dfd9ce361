"""What every keep rule decides: counted group by group, as the rules choose."""

from __future__ import annotations

import pytest
from harness.found_groups import found_groups, group
from harness.libraries import EXAMPLES, RULE_LISTS, libraries
from harness.records import search_records
from hypothesis import given

from difclient.review.keeping import picture
from difclient.review.rule_counts import EXAMPLES_MAX, rule_counts
from difd.protocol.errors import InvalidOption
from difd.protocol.keep_rules import buckets, read_rules, refined


def counted(rules: list[str], *groups) -> dict[str, tuple[int, int, int]]:
    """What each rule that was given does: decides, narrows, is silent."""
    counts = rule_counts(read_rules(rules), groups)
    return {
        one.rule.name: (one.decides, one.narrows, one.silent)
        for one in counts.rules
        if not one.is_implied
    }


def test_the_first_rule_decides_as_far_as_it_can_and_the_next_what_is_left():
    groups = [
        group(1, {"width": 200}, {}),
        group(2, {}, {"modified": 5}),
        group(3, {"width": 200}, {"width": 200, "modified": 5}, {}),
        group(4, {}, {}),
    ]
    assert counted(["resolution", "oldest"], *groups) == {
        "resolution": (1, 1, 2),
        "oldest": (2, 0, 1),
    }
    assert counted(["oldest", "resolution"], *groups) == {
        "oldest": (2, 0, 2),
        "resolution": (1, 0, 1),
    }
    counts = rule_counts(read_rules(["resolution", "oldest"]), groups)
    assert (counts.before, counts.open) == (0, 1)
    assert [one.rule.name for one in counts.rules if one.is_implied] == ["intact"]


def test_what_nothing_tells_is_silence():
    groups = [
        group(1, {"taken": "2001-02-03 04:05:06"}, {}),
        group(2, {}, {}),
        group(3, {"taken": "2001-02-03 04:05:06"}, {"taken": "2001-02-03 04:05:06"}),
    ]
    counts = rule_counts(read_rules(["taken"]), groups)
    (taken,) = [one for one in counts.rules if not one.is_implied]
    assert (taken.decides, taken.silent) == (1, 2)
    assert taken.examples == groups[1:]
    many = [group(number, {}, {}) for number in range(1, 20)]
    (taken,) = [one for one in rule_counts(read_rules(["taken"]), many).rules if not one.is_implied]
    assert (taken.silent, taken.examples) == (19, many[:EXAMPLES_MAX])


def test_reference_folders_decide_before_all_rules_and_what_is_gone_does_not_count():
    gone = group(2, {}, {"width": 50}, {})
    gone.files[2].gone = True
    alone = group(3, {}, {})
    alone.files[0].gone = True
    counts = rule_counts(
        read_rules(["resolution"]), [group(1, {"reference": True}, {}), gone, alone]
    )
    assert counts.before == 1
    assert [one.decides for one in counts.rules] == [0, 1]


def test_a_result_of_an_older_version_is_refused_where_it_does_not_tell():
    with pytest.raises(InvalidOption, match="older difd"):
        rule_counts(read_rules(["metadata"]), [group(1, {"metadata": None}, {})])


@EXAMPLES
@given(libraries(), RULE_LISTS)
def test_every_group_is_counted_once_and_as_the_rules_choose(records, rules):
    groups = found_groups(search_records(records, similarity=5.0).rows())
    read = read_rules(rules)
    counts = rule_counts(read, groups)
    assert counts.before + sum(one.decides for one in counts.rules) + counts.open == len(groups)
    full = refined(read)
    assert [one.rule for one in counts.rules] == list(full)
    first = [buckets(full, [picture(file.member, full) for file in one.files])[0] for one in groups]
    assert counts.open == sum(len(bucket) > 1 for bucket in first)
    reached = len(groups) - counts.before
    for one in counts.rules:
        assert one.decides + one.narrows + one.silent == reached
        reached -= one.decides
