"""Images as the engine sees them, made without files, and a pool that works in place."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from difd.engine import search as one_search
from difd.engine.group.outcome import Outcome
from difd.engine.library import Library
from difd.engine.match import comparison, lookup
from difd.engine.match.edges import Edges
from difd.engine.match.shards import Sharding, TileTask, compare_stretches
from difd.engine.match.signature import signatures
from difd.engine.pipeline import search
from difd.engine.record import Found, Record
from difd.engine.work import WorkerLoss, WorkPool
from difd.protocol.ignoring import NOTHING_IGNORED, Ignored
from difd.protocol.options import SearchOptions
from difd.protocol.results import Group, LowerQuality, Member, Pair, Row

PX = 10
"""Edge of the tensors that are made here."""

_INODES = count(1)


def shade(value: int) -> NDArray[np.uint8]:
    """A tensor of one grey."""
    return np.full((PX, PX, 3), value, np.uint8)


class InPlacePool:
    """A pool that does the work in the test's own process, and counts it."""

    processes = 1

    def __init__(self) -> None:
        self.calls = 0

    def map(
        self, function: Callable[[Any], Any], items: Iterable[Any]
    ) -> Iterator[tuple[Any, Any | WorkerLoss]]:
        for item in items:
            self.calls += 1
            yield item, function(item)


class TilesInPlacePool(InPlacePool):
    """The same, with tiles cut for a cluster; what would travel is packed and unpacked."""

    def __init__(self) -> None:
        super().__init__()
        self.tasks: list[TileTask] = []

    def compare(
        self, sharding: Sharding, check: Callable[[], None]
    ) -> Iterator[tuple[Edges, float]]:
        for task in sharding.tasks():
            check()
            self.tasks.append(task)
            shards = {number: sharding.shard(number) for number in task.shards}
            packed = pickle.dumps((sharding.terms, task.stretches, shards))
            yield compare_stretches(*pickle.loads(packed)), task.done  # noqa: S301  our own


def make_record(
    path: str | bytes,
    planes: NDArray[np.uint8],
    *,
    size: tuple[int, int] = (100, 100),
    frames: int | None = None,
    value_range: tuple[float, float] | None = None,
    digest: bytes | None = None,
    pixels: bytes | None = None,
    sums: bytes = b"",
    metadata: tuple[str, ...] = (),
    image_format: str = "PNG",
    length: int = 1000,
    value: bytes = b"",
    damage: str = "",
    taken: str = "",
    features: bytes | None = None,
    **file: Any,
) -> Record:
    """A record; without digests the file and its pixels are like no other."""
    inode = next(_INODES)
    name = path if isinstance(path, bytes) else path.encode()
    stat = {"device": 1, "inode": inode, "size": length, "mtime_ns": 10**18, "ctime_ns": 10**18}
    planes = planes if planes.ndim == 4 else planes[None]
    if frames is None:
        frames = 5 if len(planes) >= 3 else 1
    unlike_others = b"%d" % inode
    return Record(
        file=Found(path=name, **(stat | file)),
        width=size[0],
        height=size[1],
        format=image_format,
        orientation=1,
        frames=frames,
        digest=digest or b"d" + unlike_others,
        pixel_digest=pixels or b"p" + unlike_others,
        sums_digest=sums,
        value_range=value_range,
        metadata=metadata,
        planes=planes,
        value=value,
        damage=damage,
        taken=taken,
        features=features,
    )


def make_options(**options: Any) -> SearchOptions:
    """Options with everything but the paths left to the test."""
    return SearchOptions(**({"paths": (b"/p",), "px_size": 10} | options))


def make_library(
    records: Sequence[Record],
    options: SearchOptions,
    *,
    folders: tuple[bytes, ...] = (b"/p",),
    named: tuple[bytes, ...] = (),
) -> Library:
    """The library that a build would make of these records."""
    ordered = tuple(sorted(records, key=lambda record: record.file.path))
    coefficients, sums = signatures([record.tensor for record in ordered], options.px_size)
    return Library(
        options=options,
        folders=folders,
        named=named,
        records=ordered,
        unreadable=(),
        signatures=coefficients,
        sums=sums,
        start=0.0,
        end=1.0,
    )


def run(
    library: Library,
    options: SearchOptions,
    ignored: Ignored = NOTHING_IGNORED,
    pool: WorkPool | None = None,
) -> Outcome:
    """Search, in place if no pool is given."""
    pool = pool or InPlacePool()
    return search(library, options, pool, lambda _progress: None, lambda: False, ignored=ignored)


def search_records(records: Sequence[Record], **options: Any) -> Outcome:
    """Search these records with these options."""
    return outcome_of(records, make_options(**options))


def outcome_of(records: Sequence[Record], options: SearchOptions) -> Outcome:
    """Search these records, some of which may have been named."""
    named = tuple(record.file.path for record in records if record.file.named)
    return run(make_library(records, options, named=named), options)


def pairs_of(rows: Iterable[Row]) -> list[tuple[bytes, bytes, float]]:
    """difPy's result: (file, match, mse)."""
    return [(row.file, row.match, row.mse) for row in rows if isinstance(row, Pair)]


def lower_of(rows: Iterable[Row]) -> list[bytes]:
    """difPy's lower quality files."""
    return [row.path for row in rows if isinstance(row, LowerQuality)]


def groups_of(rows: Iterable[Row]) -> list[list[Member]]:
    """The members of every group."""
    groups: list[list[Member]] = []
    for row in rows:
        if isinstance(row, Group):
            groups.append([])
        elif isinstance(row, Member):
            groups[-1].append(row)
    return groups


def members_of(rows: Iterable[Row]) -> dict[bytes, Member]:
    """The members of all groups by path."""
    return {row.path: row for row in rows if isinstance(row, Member)}


def with_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have searches find after two matches that the others do not fit in memory."""

    class Small(lookup.Neighbours):
        def __init__(self, comparison: Any, count: int, **more: Any) -> None:
            super().__init__(comparison, count, 2, **more)

    # Blocks of two, so that most of the comparison comes after memory is full.
    monkeypatch.setattr(one_search, "Neighbours", Small)
    monkeypatch.setattr(one_search, "Comparison", partial(comparison.Comparison, block=2))
    monkeypatch.setattr(comparison, "_SMALL", 1)
