"""Keep rules: the first difference decides, and the reason is told."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from harness.records import make_record, members_of, search_records
from harness.values import packed

from difd.engine.group.keep import parse_rules
from difd.protocol.errors import InvalidOption
from difd.protocol.keep_rules import RULES_SENTENCE, keep_rules
from difd.protocol.options import KEEP_RULES

TENSOR = np.zeros((10, 10, 3), np.uint8)
DAY = 86_400 * 10**9


def record(path="/p/a", **more):
    return make_record(path, TENSOR, **more)


BETTER = {
    "intact": ({}, {"damage": "its end is missing"}),
    "value": ({"value": packed("a caption", "a movie")}, {"value": packed("a caption")}),
    "metadata": ({"metadata": ("date", "place")}, {"metadata": ("camera",)}),
    "resolution": ({"size": (4000, 3000)}, {"size": (1024, 768)}),
    "bytes": (
        {"image_format": "JPEG", "length": 2000},
        {"image_format": "JPEG", "length": 1000},
    ),
    "smallest": ({"length": 1000}, {"length": 2000}),
    "format:png>jpeg": ({"image_format": "PNG"}, {"image_format": "JPEG"}),
    "format:jpg": ({"image_format": "JPEG"}, {"image_format": "PNG"}),
    "taken": ({"taken": "2001-02-03 04:05:06"}, {"taken": "2001-02-03 04:05:07"}),
    "oldest": ({"mtime_ns": 10 * DAY}, {"mtime_ns": 11 * DAY}),
    "newest": ({"mtime_ns": 11 * DAY}, {"mtime_ns": 10 * DAY}),
    "original-name": ({"path": "/p/IMG.jpg"}, {"path": "/p/Copy of IMG.jpg"}),
    "album": ({"path": "/p/Summer/a"}, {"path": "/p/Phone backup/DCIM/a"}),
    "folder:/p/best>/p/good": ({"path": "/p/good/b"}, {"path": "/p/bad/a"}),
    "shortest-path": ({"path": "/p/b"}, {"path": "/p/a/b"}),
    "longest-path": ({"path": "/p/b/c"}, {"path": "/p/a"}),
    "name:*_edited.*": ({"path": "/p/IMG_Edited.jpg"}, {"path": "/p/IMG.jpg"}),
    "not-name:*_small.*": ({"path": "/p/IMG_b.jpg"}, {"path": "/p/IMG_SMALL.jpg"}),
    "in:/p/best": ({"path": "/p/best/b"}, {"path": "/p/bestial/a"}),
    "not-in:/p/inbox": ({"path": "/p/z"}, {"path": "/p/inbox/a"}),
}

REASONS = {
    "intact": "it is undamaged, the other one is not: its end is missing",
    "value": "it holds a movie, which the other one lacks",
    "metadata": "it has date and place, which the other one lacks",
    "resolution": "it is larger, 4000\N{MULTIPLICATION SIGN}3000 against "
    "1024\N{MULTIPLICATION SIGN}768",
    "bytes": "it is the larger file, 2,000 bytes against 1,000",
    "smallest": "it is the smaller file, 1,000 bytes against 2,000",
    "format:png>jpeg": "it is PNG, which is preferred over JPEG",
    "taken": "it was taken earlier, 2001-02-03 04:05:06 against 2001-02-03 04:05:07",
    "oldest": "it is older, 1970-01-11 00:00:00 against 1970-01-12 00:00:00",
    "newest": "it is newer, 1970-01-12 00:00:00 against 1970-01-11 00:00:00",
    "original-name": "its name is not that of a copy, as the other one's is: Copy of IMG.jpg",
    "album": 'it lies in an album, the other one in a folder for backups ("Phone backup")',
    "folder:/p/best>/p/good": "it lies in /p/good",
    "shortest-path": "its path is shorter",
    "longest-path": "its path is longer",
    "name:*_edited.*": "its name matches *_edited.*",
    "not-name:*_small.*": "its name does not match *_small.*",
    "in:/p/best": "it lies in /p/best",
    "not-in:/p/inbox": "it does not lie in /p/inbox",
}


def first(order, *records):
    """The record that stays, whatever is asked first."""
    chosen = {records[order.ordered(records)[0]].file.path}
    chosen.add(records[::-1][order.ordered(records[::-1])[0]].file.path)
    (path,) = chosen
    return path


def test_every_rule_is_tried_here_and_named_in_the_manual():
    names = {rule.partition(":")[0] for rule in BETTER}
    written = re.findall(r"([\w-]+)(?::[^ ,.]+)?[,.]", RULES_SENTENCE)
    assert sorted(names) == sorted(written)
    manual = (Path(__file__).parents[3] / "docs" / "keep.md").read_text()
    assert all(f"`{name}" in manual for name in names)


def both(rule):
    better, worse = BETTER[rule]
    return record(**({"path": "/p/z"} | better)), record(**({"path": "/p/0"} | worse))


@pytest.mark.parametrize("rule", BETTER)
def test_each_rule_prefers_what_it_names(rule):
    better, worse = both(rule)
    assert first(parse_rules([rule]), better, worse) == better.file.path


@pytest.mark.parametrize(("rule", "reason"), REASONS.items())
def test_the_reason_says_what_made_the_difference(rule, reason):
    assert parse_rules([rule]).reason(*both(rule)) == reason


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"image_format": "JPEG", "length": 1000}, {"image_format": "PNG", "length": 4000}),
        ({"image_format": "JPEG", "length": 1000}, {"image_format": "WEBP", "length": 4000}),
        ({"image_format": "PNG", "length": 1000}, {"image_format": "PNG", "length": 4000}),
        ({"image_format": "TIFF", "length": 1000}, {"image_format": "TIFF", "length": 4000}),
    ],
)
def test_more_bytes_are_better_in_one_lossy_format_only(one, other):
    one, other = record("/p/a", **one), record("/p/b", **other)
    assert first(parse_rules(["bytes"]), one, other) == b"/p/a", "decided by the path"


def test_of_every_lossy_format_the_largest_file_competes_on_with_all_others():
    sizes = {"small.jpg": 1, "large.jpg": 3, "old.png": 2, "new.webp": 9, "other.webp": 8}
    kinds = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
    files = [
        record(
            f"/p/{name}",
            length=length,
            image_format=kinds[name.rpartition(".")[2]],
            # The smaller JPEG is the oldest of all; it lost to the larger one before that counts.
            mtime_ns=["small.jpg", "old.png", "large.jpg", "new.webp", "other.webp"].index(name),
        )
        for name, length in sizes.items()
    ]
    order = parse_rules(["bytes", "oldest"])
    names = [files[n].file.path[3:].decode() for n in order.ordered(files)]
    assert names == ["old.png", "large.jpg", "new.webp", "small.jpg", "other.webp"]
    by_name = {file.file.path[3:].decode(): file for file in files}
    assert "first by the keep rules" in order.reason(by_name["old.png"], by_name["small.jpg"])


def test_files_without_a_date_come_after_those_with_one():
    dated, undated = record("/p/z", taken="2020-01-01 00:00:00"), record("/p/a")
    order = parse_rules(["taken"])
    assert first(order, dated, undated) == b"/p/z"
    assert order.reason(dated, undated) == "it tells when it was taken, 2020-01-01 00:00:00"


def test_of_folders_that_lie_in_each_other_the_deeper_one_decides():
    inner, outer, beside = record("/p/a/b/z"), record("/p/a/y"), record("/p/x")
    order = parse_rules(["folder:/p/a>/p/a/b"])
    places = order.ordered([beside, inner, outer])
    assert places == [2, 1, 0]
    assert parse_rules(["folder:/p/a/b>/p/a"]).ordered([beside, inner, outer]) == [1, 2, 0]


@pytest.mark.parametrize("rule", ["in:{}", "folder:{}>/elsewhere"])
@pytest.mark.parametrize(("named", "searched"), [("link", "real"), ("real", "link"), ("link",) * 2])
def test_a_folder_is_known_by_whatever_link_leads_to_it(tmp_path, rule, named, searched):
    (tmp_path / "real" / "wanted").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    wanted = record(bytes(tmp_path / searched / "wanted" / "z.jpg"))
    other = record(bytes(tmp_path / searched / "a.jpg"))
    order = parse_rules([rule.format(tmp_path / named / "wanted")])
    assert first(order, other, wanted) == wanted.file.path


def test_two_dots_behind_a_link_lead_where_the_system_goes(tmp_path, monkeypatch):
    (tmp_path / "disk" / "album").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "album")
    monkeypatch.chdir(tmp_path)
    assert keep_rules("in:link/..") == (f"in:{tmp_path / 'disk'}",)


def test_the_first_difference_decides():
    small_old = record("/p/a", size=(10, 10), mtime_ns=1)
    large_new = record("/p/b", size=(20, 20), mtime_ns=2)
    assert first(parse_rules(["resolution", "oldest"]), small_old, large_new) == b"/p/b"
    assert first(parse_rules(["oldest", "resolution"]), small_old, large_new) == b"/p/a"


def test_the_path_decides_ties_and_the_reason_says_so():
    one, other = record("/p/b"), record("/p/a")
    order = parse_rules(KEEP_RULES)
    assert first(order, one, other) == b"/p/a"
    assert order.reason(other, one) == "it is equal by every rule, and its name comes first"


def test_no_rules_leave_the_path():
    assert first(parse_rules([]), record("/p/a"), record("/p/b")) == b"/p/a"


def test_references_come_before_all_rules():
    reference = record("/r/z", size=(1, 1), reference=True)
    other = record("/p/a", size=(4000, 3000))
    order = parse_rules(["resolution"])
    assert first(order, reference, other) == b"/r/z"
    assert order.reason(reference, other) == "it lies in a reference folder"


@pytest.mark.parametrize(
    "rule",
    [
        "", "biggest", "format", "format:", "format:png>>jpeg", "in", "in:", "not-in:",
        "resolution:4000", "bytes:", "RESOLUTION=1", "oldest,newest", "details", "name", "name:",
        "not-name: ", "folder", "folder:", "folder:/a>", "folder:>/a",
    ],
)  # fmt: skip
def test_a_bad_rule_is_refused_with_the_list_of_valid_ones(rule):
    with pytest.raises(InvalidOption) as refused:
        parse_rules(["resolution", rule])
    text = refused.value.message + (refused.value.hint or "")
    for valid in ("resolution", "bytes", "format:", "metadata", "oldest", "newest", "in:DIR"):
        assert valid in text
    assert repr(rule) in text


@pytest.mark.parametrize("rule", ["in:Pictures", "folder:/p>Pictures"])
def test_a_relative_folder_is_refused(rule):
    with pytest.raises(InvalidOption, match="must be absolute"):
        parse_rules([rule])


def test_a_rule_given_twice_is_refused():
    with pytest.raises(InvalidOption, match="twice"):
        parse_rules(["bytes", "oldest", "bytes"])
    assert parse_rules(["in:/a", "in:/b"]).rules[1].folders == (b"/b",)


def test_rules_are_read_as_people_write_them():
    assert parse_rules([" Resolution "]).rules == parse_rules(["resolution"]).rules
    assert parse_rules(["format: jpg > .tif"]).rules == parse_rules(["format:JPEG>TIFF"]).rules
    assert parse_rules(["in:/p/best/"]).rules == parse_rules(["in:/p/best"]).rules
    assert parse_rules(["Folder: /a > /b/"]).rules == parse_rules(["folder:/a>/b"]).rules
    assert parse_rules(["in:/a > b"]).rules[0].folders == (b"/a > b",)


def test_a_folder_that_is_not_utf_8_can_be_named_in_a_reason():
    rule = "in:" + b"/p/\xff".decode(errors="surrogateescape")
    order = parse_rules([rule])
    kept = make_record(b"/p/\xff/a", TENSOR)
    assert (
        order.reason(kept, record()).encode() == "it lies in /p/\N{REPLACEMENT CHARACTER}".encode()
    )


def test_a_time_no_calendar_knows_does_not_stop_a_search():
    order = parse_rules(["oldest"])
    reason = order.reason(record(mtime_ns=-(2**62)), record(mtime_ns=2**62))
    assert reason.startswith("it is older, ")


def test_a_smaller_file_that_stays_is_warned_of():
    records = [
        record("/p/a", size=(200, 100), metadata=("date",)),
        record("/p/b", size=(100, 100), metadata=("date", "place")),
    ]
    members = members_of(search_records(records, same_dim=False).rows())
    assert members[b"/p/b"].reason == "kept: it has place, which the other one lacks"
    assert members[b"/p/a"].warnings == (
        "the file that stays is smaller, 100\N{MULTIPLICATION SIGN}100",
    )
    members = members_of(search_records(records, same_dim=False, keep=("resolution",)).rows())
    assert members[b"/p/a"].reason.startswith("kept: it is larger, 200")
    assert members[b"/p/b"].warnings == ()


def test_a_tie_is_remarked_on_both_files():
    members = members_of(search_records([record("/p/a"), record("/p/b")]).rows())
    assert members[b"/p/a"].reason == "kept: it is equal by every rule, and its name comes first"
    assert (
        "that one stays: it is equal by every rule, and its name comes first"
        in members[b"/p/b"].reason
    )
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


@pytest.mark.parametrize("rules", [["smallest"], ["newest", "bytes"], ["shortest-path", "value"]])
def test_a_damaged_file_stays_for_no_rule_about_files(rules):
    damaged = record("/p/a", length=1, mtime_ns=9 * DAY, damage="its end is missing")
    intact = record("/p/long", length=2, mtime_ns=DAY)
    assert first(parse_rules(rules), damaged, intact) == b"/p/long"
    assert parse_rules(rules).reason(intact, damaged).startswith("it is undamaged")


def test_a_damaged_file_stays_where_somebody_wants_a_file():
    damaged = record("/album/a", damage="its end is missing")
    assert first(parse_rules(["in:/album", "smallest"]), damaged, record("/p/a")) == b"/album/a"


@pytest.mark.parametrize("given", ["", " ", " , "])
def test_rules_that_are_none_are_refused(given):
    with pytest.raises(InvalidOption, match="No keep rule is given"):
        keep_rules(given)
