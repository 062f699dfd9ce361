"""Of two folders that share pictures one keeps them all."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from difd.protocol.keep_rules import Directions


def order(directions, *folders):
    return sorted(folders, key=directions.position)


def learned(*sets, alone=()):
    directions = Directions()
    for best in sets:
        directions.add_copies(best)
    directions.add_folders(alone)
    return directions


def test_the_folder_whose_files_were_preferred_more_often_comes_first():
    tie = {b"/a": 0, b"/b": 0}
    assert order(learned(tie), b"/b", b"/a") == [b"/a", b"/b"]
    assert order(learned(tie, {b"/b": 0, b"/a": 1}), b"/b", b"/a") == [b"/b", b"/a"]
    even = learned(tie, {b"/b": 0, b"/a": 1}, {b"/a": 0, b"/b": 1})
    assert order(even, b"/b", b"/a") == [b"/a", b"/b"]


def test_a_third_folder_does_not_turn_two_others_round():
    directions = learned({b"/c": 0, b"/a": 1}, {b"/a": 0, b"/b": 0})
    assert order(directions, b"/a", b"/b", b"/c") == [b"/c", b"/a", b"/b"]


def test_where_folders_are_preferred_in_a_circle_there_is_an_order_nevertheless():
    circle = [{b"/a": 0, b"/b": 1}, {b"/b": 0, b"/c": 1}, {b"/c": 0, b"/a": 1}]
    directions = learned(*circle, {b"/c": 0, b"/d": 1}, {b"/0": 0, b"/d": 0})
    assert order(directions, *(b"/d", b"/c", b"/b", b"/a")) == [b"/a", b"/b", b"/c", b"/d"]


def test_paths_give_way_where_they_close_a_circle():
    directions = learned({b"/a": 0, b"/b": 0}, {b"/b": 0, b"/c": 0}, {b"/c": 0, b"/a": 1})
    assert order(directions, b"/a", b"/b", b"/c") == [b"/b", b"/c", b"/a"]


def test_copies_in_very_many_folders_say_nothing_and_cost_nothing():
    folders = [b"/%04d" % n for n in range(10_000)]
    directions = learned({folder: -n for n, folder in enumerate(folders)}, alone=folders)
    assert order(directions, *reversed(folders)) == folders


FOLDERS = [b"/%d" % n for n in range(6)]
SETS = st.lists(
    st.dictionaries(st.sampled_from(FOLDERS), st.integers(0, 2), min_size=2, max_size=4),
    max_size=12,
)


@given(SETS, st.randoms(use_true_random=False))
def test_the_order_is_total_and_does_not_depend_on_what_is_met_first(sets, random):
    expected = order(learned(*sets, alone=FOLDERS), *FOLDERS)
    assert sorted(expected) == FOLDERS
    random.shuffle(sets)
    turned = [dict(reversed(best.items())) for best in sets]
    assert order(learned(*turned, alone=FOLDERS), *reversed(FOLDERS)) == expected


@given(SETS)
def test_without_a_circle_every_pair_of_folders_has_the_direction_that_was_counted(sets):
    directions = learned(*sets, alone=FOLDERS)
    pairs = {pair for best in sets for pair in combinations(sorted(best), 2)}
    after = {one: set() for one in FOLDERS}
    for one, other in pairs:
        first, second = (other, one) if directions.has_won(other, one) else (one, other)
        after[first].add(second)
    if _has_circle(after):
        return
    for first, others in after.items():
        for second in others:
            assert directions.position(first) < directions.position(second)


def _has_circle(after):
    rest = dict(after)
    while ends := [one for one, others in rest.items() if not others & rest.keys()]:
        for one in ends:
            del rest[one]
    return bool(rest)
