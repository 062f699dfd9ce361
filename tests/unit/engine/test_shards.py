"""Tiles that travel find what tiles in one process find: the cut is one and the same."""

from __future__ import annotations

import numpy as np
import pytest
from harness.records import (
    TilesInPlacePool,
    make_library,
    make_options,
    make_record,
    run,
)
from harness.tensor_sets import collections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from difd.engine.match import comparison, shards
from difd.engine.match.comparison import Comparison
from difd.engine.match.edges import join_edges
from difd.engine.match.signature import signatures

EXAMPLES = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def found(records, options, block, pool=None):
    """Every match with its distance and turn."""
    coefficients, _ = signatures([record.tensor for record in records], options.px_size)
    comparison = Comparison(records, coefficients, options, pool=pool, block=block)
    edges = join_edges(list(comparison.edges()))
    # Which of two is named first is the tile's affair; the turn of the one onto the other is not.
    flipped = edges.a > edges.b
    other = edges.reversed()
    columns = [
        np.where(flipped, one, two)
        for one, two in zip(
            (other.a, other.b, other.ssd, other.turn, other.first_frame),
            (edges.a, edges.b, edges.ssd, edges.turn, edges.first_frame),
            strict=True,
        )
    ]
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


@EXAMPLES
@given(collections(most=30), st.sampled_from([1, 3, 40]), st.sampled_from([1, 700, 1 << 24]))
def test_the_same_matches_come_of_tiles_that_travel(collection, pairs, shard_bytes):
    """With blocks so small that there are many slabs, halos, tasks and shards."""
    records, options, block = collection
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "_SMALL", 1)
        patch.setattr(shards, "TASK_PAIRS", pairs)
        patch.setattr(shards, "SHARD_BYTES", shard_bytes)
        assert found(records, options, block, TilesInPlacePool()) == found(records, options, block)


def near_chain(count):
    """Images each of which is near the next ones only, so that slabs have halos."""
    rng = np.random.default_rng(2)
    base = rng.integers(60, 70, (10, 10, 3))
    tensors = [np.clip(base + number // 3, 0, 255).astype(np.uint8) for number in range(count)]
    return [make_record(f"/p/{n:04}", tensor) for n, tensor in enumerate(tensors)]


def test_many_slabs_with_halos_are_compared_in_full():
    records, options = near_chain(400), make_options(similarity=9.0)
    pool = TilesInPlacePool()
    matches = found(records, options, 8, pool)
    assert matches == found(records, options, 8)
    assert len(matches) > 3000
    stretches = [stretch for task in pool.tasks for stretch in task.stretches]
    assert any(np.isfinite(stretch.below) for stretch in stretches), "no halo was compared"


def test_a_shard_is_needed_no_more_once_a_later_task_says_so():
    pool = TilesInPlacePool()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "TASK_PAIRS", 200)
        found(near_chain(400), make_options(similarity=9.0), 8, pool)
    oldest = [task.oldest for task in pool.tasks]
    assert oldest == sorted(oldest)
    assert oldest[-1] > oldest[0]
    for number, task in enumerate(pool.tasks):
        assert all(min(later.shards) >= task.oldest for later in pool.tasks[number:])


def test_progress_only_ever_rises():
    records, options = near_chain(300), make_options(similarity=9.0)
    coefficients, _ = signatures([record.tensor for record in records], options.px_size)
    told = []
    for pool in (None, TilesInPlacePool()):
        comparison = Comparison(records, coefficients, options, pool=pool, block=8)
        list(comparison.edges(on_progress=told.append))
        assert told == sorted(told)
        assert told[-1] == 1.0
        told.clear()


@settings(EXAMPLES, max_examples=25)
@given(collections(most=24))
def test_whole_searches_say_the_same(collection):
    records, options, _ = collection
    library = make_library(records, options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "_SMALL", 1)
        rows = list(run(library, options, pool=TilesInPlacePool()).rows())
    times = {"search_start", "search_end"}
    assert without(rows, times) == without(list(run(library, options).rows()), times)


def without(rows, fields):
    return [
        {name: value for name, value in asdict(row).items() if name not in fields} for row in rows
    ]
