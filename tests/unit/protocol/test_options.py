"""Options have ranges, and say so."""

from __future__ import annotations

import msgspec
import pytest

from difd.protocol.errors import InvalidOption
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
    with pytest.raises(InvalidOption, match="'duplicates', 'similar' or a number from 0 to 65025"):
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
        ({"paths": ()}, "no file or folder"),
        ({"decode": "quick"}, "decode"),
    ],
)
def test_an_option_out_of_range_is_refused_by_name(change, named):
    with pytest.raises(InvalidOption, match=named):
        check_options(msgspec.structs.replace(GOOD, **change))


@pytest.mark.parametrize("change", [{}, {"px_size": 10}, {"px_size": 5000}, {"processes": 1}])
def test_the_ends_of_the_ranges_are_allowed(change):
    check_options(msgspec.structs.replace(GOOD, **change))
