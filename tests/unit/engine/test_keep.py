"""Keep rules: the first difference decides, and the reason is told."""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path

import numpy as np
import pytest
from harness.records import make_record, members_of, search_records

from difd.engine.keep import parse_rules
from difd.protocol.errors import InvalidOption
from difd.protocol.keep_rules import RULES_SENTENCE
from difd.protocol.options import KEEP_RULES

TENSOR = np.zeros((10, 10, 3), np.uint8)
DAY = 86_400 * 10**9


def record(path="/p/a", **more):
    return make_record(path, TENSOR, **more)


BETTER = {
    "resolution": ({"size": (4000, 3000)}, {"size": (1024, 768)}),
    "bytes": ({"length": 2000}, {"length": 1000}),
    "format:png>jpeg": ({"image_format": "PNG"}, {"image_format": "JPEG"}),
    "format:jpg": ({"image_format": "JPEG"}, {"image_format": "PNG"}),
    "metadata": ({"metadata": ("date", "place")}, {"metadata": ("camera",)}),
    "oldest": ({"mtime_ns": 10 * DAY}, {"mtime_ns": 11 * DAY}),
    "newest": ({"mtime_ns": 11 * DAY}, {"mtime_ns": 10 * DAY}),
    "shortest-path": ({"path": "/p/b"}, {"path": "/p/a/b"}),
    "in:/p/best": ({"path": "/p/best/b"}, {"path": "/p/bestial/a"}),
    "not-in:/p/inbox": ({"path": "/p/z"}, {"path": "/p/inbox/a"}),
}


def test_every_rule_is_tried_here_and_named_in_the_manual():
    names = {rule.partition(":")[0] for rule in BETTER}
    written = re.findall(r"([\w-]+)(?::[^ ,.]+)?[,.]", RULES_SENTENCE)
    assert sorted(names) == sorted(written)
    manual = (Path(__file__).parents[3] / "README.md").read_text()
    assert all(f"`{name}" in manual for name in names)


def both(rule):
    better, worse = BETTER[rule]
    return record(**({"path": "/p/z"} | better)), record(**({"path": "/p/0"} | worse))


@pytest.mark.parametrize("rule", BETTER)
def test_each_rule_prefers_what_it_names(rule):
    better, worse = both(rule)
    order = parse_rules([rule])
    assert order.key(better) < order.key(worse)


@pytest.mark.parametrize(
    ("rule", "reason"),
    {
        "resolution": "larger, 4000\N{MULTIPLICATION SIGN}3000 against "
        "1024\N{MULTIPLICATION SIGN}768",
        "bytes": "the larger file, 2,000 bytes against 1,000",
        "format:png>jpeg": "PNG, which is preferred over JPEG",
        "metadata": "better described, date and place against camera",
        "oldest": "older, 1970-01-11 00:00:00 against 1970-01-12 00:00:00",
        "newest": "newer, 1970-01-12 00:00:00 against 1970-01-11 00:00:00",
        "shortest-path": "at the shorter path",
        "in:/p/best": "inside /p/best",
        "not-in:/p/inbox": "not inside /p/inbox",
    }.items(),
)
def test_the_reason_says_what_made_the_difference(rule, reason):
    assert parse_rules([rule]).reason(*both(rule)) == reason


def test_the_first_difference_decides():
    small_old = record("/p/a", size=(10, 10), mtime_ns=1)
    large_new = record("/p/b", size=(20, 20), mtime_ns=2)
    assert min(small_old, large_new, key=parse_rules(["resolution", "oldest"]).key) is large_new
    assert min(small_old, large_new, key=parse_rules(["oldest", "resolution"]).key) is small_old


def test_the_path_decides_ties_and_the_reason_says_so():
    one, other = record("/p/b"), record("/p/a")
    order = parse_rules(KEEP_RULES)
    assert min(one, other, key=order.key) is other
    assert order.reason(other, one) == "equal by every rule, and first by path"


def test_no_rules_leave_the_path():
    assert parse_rules([]).key(record("/p/a")) < parse_rules([]).key(record("/p/b"))


def test_references_come_before_all_rules():
    reference = record("/r/z", size=(1, 1), reference=True)
    other = record("/p/a", size=(4000, 3000))
    order = parse_rules(["resolution"])
    assert min(reference, other, key=order.key) is reference
    assert order.reason(reference, other) == "in a reference folder"


def test_the_order_is_total_and_does_not_depend_on_where_it_starts():
    records = [
        record(f"/p/{n}", size=(10 * (n % 3 + 1), 10), mtime_ns=n % 2, metadata=("date",) * (n % 2))
        for n in range(12)
    ]
    for rules in itertools.permutations(KEEP_RULES, 3):
        key = parse_rules(rules).key
        expected = [one.file.path for one in sorted(records, key=key)]
        shuffled = random.Random(1).sample(records, len(records))
        assert [one.file.path for one in sorted(shuffled, key=key)] == expected
        assert len({key(one) for one in records}) == len(records)


@pytest.mark.parametrize(
    "rule",
    [
        "", "biggest", "format", "format:", "format:png>>jpeg", "in", "in:", "not-in:",
        "resolution:4000", "bytes:", "RESOLUTION=1", "oldest,newest",
    ],
)  # fmt: skip
def test_a_bad_rule_is_refused_with_the_list_of_valid_ones(rule):
    with pytest.raises(InvalidOption) as refused:
        parse_rules(["resolution", rule])
    text = refused.value.message + (refused.value.hint or "")
    for valid in ("resolution", "bytes", "format:", "metadata", "oldest", "newest", "in:DIR"):
        assert valid in text
    assert repr(rule) in text


def test_a_relative_folder_is_refused():
    with pytest.raises(InvalidOption, match="must be absolute"):
        parse_rules(["in:Pictures"])


def test_a_rule_given_twice_is_refused():
    with pytest.raises(InvalidOption, match="twice"):
        parse_rules(["bytes", "oldest", "bytes"])
    assert parse_rules(["in:/a", "in:/b"]).rules[1].folder == b"/b"


def test_rules_are_read_as_people_write_them():
    assert parse_rules([" Resolution "]) == parse_rules(["resolution"])
    assert parse_rules(["format: jpg > .tif"]) == parse_rules(["format:JPEG>TIFF"])
    assert parse_rules(["in:/p/best/"]) == parse_rules(["in:/p/best"])


def test_a_folder_that_is_not_utf_8_can_be_named_in_a_reason():
    rule = "in:" + b"/p/\xff".decode(errors="surrogateescape")
    order = parse_rules([rule])
    kept = make_record(b"/p/\xff/a", TENSOR)
    assert order.reason(kept, record()).encode() == "inside /p/\N{REPLACEMENT CHARACTER}".encode()


def test_a_time_no_calendar_knows_does_not_stop_a_search():
    order = parse_rules(["oldest"])
    reason = order.reason(record(mtime_ns=-(2**62)), record(mtime_ns=2**62))
    assert reason.startswith("older, ")


def test_a_tie_is_remarked_on_both_files():
    members = members_of(search_records([record("/p/a"), record("/p/b")]).rows())
    assert members[b"/p/a"].reason == "kept: equal by every rule, and first by path"
    assert "that one is equal by every rule, and first by path" in members[b"/p/b"].reason
    assert members[b"/p/b"].warnings == ("only the names decide which of the two stays",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"digest": b"d"}, {"digest": b"d"}),
        ({"mtime_ns": 1}, {"mtime_ns": 2}),
        ({"reference": True}, {}),
    ],
)
def test_where_something_else_decides_or_nothing_differs_no_tie_is_warned_of(one, other):
    members = members_of(search_records([record("/p/a", **one), record("/p/b", **other)]).rows())
    assert members[b"/p/b"].keeper == b"/p/a"
    assert members[b"/p/b"].warnings == ()
