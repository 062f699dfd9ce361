"""Builds with a tensor cache in a folder of the test's own, and what they had to do for it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from difd.engine import pipeline
from difd.engine.read.decode import describe
from difd.engine.record import Digested, Record
from difd.store.cache.tensor_cache import TensorCache
from harness.pictures import photo
from harness.records import make_options


class CountingPool:
    """A pool that works in place and remembers what every file came to."""

    processes = 1

    def __init__(self):
        self.decoded: list[str] = []
        self.digested: list[str] = []
        self.refused: list[str] = []
        self.described: list[str] = []

    def map(self, function, items):
        for item in items:
            answer = function(item)
            if function is describe:
                self.described.append(name_of(item))
            elif isinstance(answer, Record):
                self.decoded.append(name_of(item))
            elif isinstance(answer, Digested):
                self.digested.append(name_of(item))
            else:
                self.refused.append(name_of(item))
            yield item, answer


def name_of(request) -> str:
    return os.fsdecode(os.path.basename(request.file.path))


@dataclass
class Built:
    """A build: its records by file name, what was done for them, and why others have none."""

    records: dict[str, Record]
    unreadable: list[str]
    decoded: list[str]
    digested: list[str]
    refused: list[str]
    reasons: dict[str, str]


def build(folder: Path, cache: TensorCache | None, pool=None, **options) -> Built:
    """Read a folder of pictures, in place."""
    pool = pool or CountingPool()
    made = make_options(paths=(os.fsencode(folder),), px_size=options.pop("px", 20), **options)
    library = pipeline.build(made, pool, lambda _: None, lambda: False, cache)
    records = {os.fsdecode(os.path.basename(r.file.path)): r for r in library.records}
    unreadable = [os.fsdecode(os.path.basename(entry.path)) for entry in library.unreadable]
    reasons = {os.fsdecode(entry.path): entry.reason for entry in library.unreadable}
    work = (sorted(names) for names in (pool.decoded, pool.digested, pool.refused))
    return Built(records, unreadable, *work, reasons)


def same(one: Record, other: Record) -> bool:
    """Whether two records say the same, but for the file."""
    names = [name for name in Record.__struct_fields__ if name not in {"file", "planes"}]
    return all(getattr(one, n) == getattr(other, n) for n in names) and np.array_equal(
        one.planes, other.planes
    )


def settle(*folders: Path) -> None:
    """Wait until files that were just made are old enough for their stat to be trusted.

    ctime cannot be set back, so this takes its two seconds.
    """
    newest = max(path.stat().st_ctime_ns for folder in folders for path in folder.rglob("*"))
    time.sleep(max(0.0, 2.05 - (time.time_ns() - newest) / 1e9))


def gallery(folder: Path, count: int = 6) -> Path:
    """Different small pictures: 0.png, 1.png, …"""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        photo(60 + number, 40).save(folder / f"{number}.png")
    return folder
