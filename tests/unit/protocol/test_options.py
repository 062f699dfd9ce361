"""Options have ranges, and say so."""

from __future__ import annotations

import msgspec
import pytest

from difd.protocol.errors import InvalidOption, PathNotFound
from difd.protocol.keep_rules import keep_rules
from difd.protocol.options import SearchOptions, check_options, similarity_threshold

GOOD = SearchOptions(paths=(b"/a",))


@pytest.mark.parametrize(
    ("value", "threshold"),
    [("duplicates", 0), ("similar", 5), ("SIMILAR", 5), (0, 0), ("7.5", 7.5), (65025, 65025)],
)
def test_similarity_is_a_word_or_a_number(value, threshold):
    assert similarity_threshold(value) == threshold


@pytest.mark.parametrize(
    "value", ["low", "", "nan", float("nan"), -1, "-0.1", 65026, "inf", True, None]
)
def test_any_other_similarity_is_refused_with_the_choices(value):
    with pytest.raises(
        InvalidOption, match="'duplicates', 'similar', 'edited' or a number from 0 to 65025"
    ):
        similarity_threshold(value)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"px_size": 9}, "px_size"),
        ({"px_size": 5001}, "px_size"),
        ({"processes": 0}, "processes"),
        ({"chunksize": -3}, "chunksize"),
        ({"min_bytes": -1}, "min_bytes"),
        ({"similarity": float("nan")}, "similarity"),
        ({"paths": ()}, "No file or folder"),
        ({"decode": "quick"}, "decode"),
        ({"keep": ("oldest", "prettiest")}, "'prettiest' is not a keep rule"),
    ],
)
def test_an_option_out_of_range_is_refused_by_name(change, named):
    with pytest.raises(InvalidOption, match=named):
        check_options(msgspec.structs.replace(GOOD, **change))


@pytest.mark.parametrize("change", [{}, {"px_size": 10}, {"px_size": 5000}, {"processes": 1}])
def test_the_ends_of_the_ranges_are_allowed(change):
    check_options(msgspec.structs.replace(GOOD, **change))


def test_keep_rules_are_taken_with_commas_or_one_by_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a,b").mkdir()
    assert keep_rules(" oldest, ,bytes ") == keep_rules(["oldest", "bytes"]) == ("oldest", "bytes")
    assert keep_rules(["in:a,b", "Not-In:a,b/"]) == (
        f"in:{tmp_path}/a,b",
        f"Not-In:{tmp_path}/a,b",
    )
    assert keep_rules("in:,in") == ("in:", "in"), "refused where rules are read"


def test_a_keep_rule_s_folder_must_be_there(tmp_path):
    with pytest.raises(PathNotFound) as refused:
        keep_rules(f"oldest,in:{tmp_path}/typo")
    assert refused.value.path == bytes(tmp_path / "typo")
