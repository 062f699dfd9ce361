"""Items of little work travel to a worker together, and each of them fails alone."""

from __future__ import annotations

from difd.engine.work import WorkerLoss
from difd.pools.local import LocalPool


def numbers_of(pool, function, items) -> dict[int, object]:
    return {item.number: result for item, result in pool.map(function, items)}


def test_small_items_travel_together_and_come_back_one_by_one(pool, work):
    items = [work.Small(number) for number in range(400)]
    assert numbers_of(pool, work.number_of, items) == {n: n for n in range(400)}


def test_a_crash_among_small_items_costs_one_of_them(pool, work):
    found = numbers_of(pool, work.die_on_399, [work.Small(number) for number in range(420)])
    assert found.pop(399) == WorkerLoss("the decoder crashed")
    assert found == {n: n for n in range(420) if n != 399}


def test_one_that_hangs_among_small_items_is_lost_alone(work):
    with LocalPool(2, item_seconds=4.0) as pool:
        found = numbers_of(pool, work.hang_on_399, [work.Small(number) for number in range(420)])
    assert found.pop(399) == WorkerLoss("took longer than 4 seconds")
    assert found == {n: n for n in range(420) if n != 399}


def test_what_fails_among_small_items_fails_alone(pool, work):
    found = numbers_of(pool, work.fail_on_399, [work.Small(number) for number in range(420)])
    assert "no 399" in found.pop(399).reason
    assert found == {n: n for n in range(420) if n != 399}
