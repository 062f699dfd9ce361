"""What very many scans of one form cost, no two of them filled in alike.

    python -m bench.edited_forms [COUNT …]          (from the folder `tests`)

Each has the features of one of a few that were drawn and read: those that most of these share, of
whose codes some bits are turned over as another scan does, and its own, of which a fifth are. One
in twenty is an edited copy of the one before it. Features are known; instead of comparing pixels,
those pairs are counted of which they would be.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from harness.forms import filled_form
from harness.records import make_record

from bench.edited_growth import COPIED, COPIES, OTHER, flipped
from bench.table import Row, show
from difd.engine.edited.related import related
from difd.engine.features.codes import ALIKE
from difd.engine.features.features import Features
from difd.engine.processors import usable_processors
from difd.engine.read.grey import features_in, working_grey

COUNTS = (1_000, 10_000, 100_000)
DRAWN = 40
SCANNED = 0.04
"""Share of a code's bits in which two scans of one place differ."""


class Forms:
    """As many scans of one form as somebody wants.

    Attributes:
        drawn: the features of real ones.
        common: of each, the features that most others have, too.
    """

    def __init__(self) -> None:
        packed = [features_in(working_grey(filled_form(number))) for number in range(DRAWN)]
        self.drawn = [Features.unpacked(one) for one in packed]
        self.common = [self._common(one) for one in self.drawn]

    def _common(self, one: Features) -> np.ndarray:
        """(n,) bool, of each feature: whether at least half of the forms have it."""
        held = np.zeros(len(one.codes), int)
        for other in self.drawn:
            apart = np.bitwise_count(one.codes[:, np.newaxis] ^ other.codes)
            held += (apart <= ALIKE).any(axis=1)
        return held >= DRAWN / 2

    def packed(self, count: int) -> Iterator[bytes]:
        """The features of so many."""
        chance = np.random.default_rng(1)
        last = self.drawn[0]
        for number in range(count):
            if number % COPIES == COPIES - 1:
                kept = np.flatnonzero(chance.random(len(last.codes)) < 2 / 3)
                last = flipped(last, kept, COPIED, chance)
            else:
                one, common = self.drawn[number % DRAWN], self.common[number % DRAWN]
                share = np.where(common, SCANNED, OTHER)[:, np.newaxis]
                last = flipped(one, np.arange(len(one.codes)), share, chance)
            yield last.packed()


class Counting:
    """A pool that compares nothing: all pictures are different, and it notes which were asked for.

    Attributes:
        asked: their numbers.
        began: when it was asked first.
    """

    processes = 1

    def __init__(self) -> None:
        self.asked: set[tuple[bytes, bytes]] = set()
        self.began = 0.0

    def map(self, _: Callable[..., Any], items: Iterable[Any]) -> Iterator[tuple[Any, None]]:
        """Yield each pair with the answer that they are different."""
        self.began = self.began or time.perf_counter()
        for item in items:
            self.asked.add((item.one, item.other))
            yield item, None


def measured(count: int) -> Row:
    """What it takes for so many forms."""
    plane = np.zeros((10, 10, 3), np.uint8)
    records = [
        make_record(b"/forms/%d" % number, plane, size=(1240, 1754), features=features)
        for number, features in enumerate(Forms().packed(count))
    ]
    pool = Counting()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began, used = time.perf_counter(), time.process_time()
    found = related(
        records,
        lambda one, _: np.ones(len(one), bool),
        pool,
        lambda: None,
        lambda _: False,
        lambda _: None,
        threads=usable_processors(),
    )
    ended, total = time.perf_counter(), time.process_time() - used
    copies = {
        (records[number - 1].file.path, records[number].file.path)
        for number in range(COPIES - 1, count, COPIES)
    }
    return {
        "forms": count,
        "features": sum(len(record.features or b"") for record in records) // 12,
        "joined, s": pool.began - began,
        "the rest, s": ended - pool.began,
        "processor s": total,
        "compared": len(pool.asked),
        "copies among them": f"{len(copies & pool.asked):,} of {len(copies):,}",
        "left out": found.left_out,
        "before, MB": round(before),
        "peak, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Measure, each number in a process of its own."""
    counts = [int(text.replace(",", "")) for text in sys.argv[1:]]
    if len(counts) == 1:
        show("Scans of one form", [measured(counts[0])])
        return
    for count in counts or COUNTS:
        subprocess.run([sys.executable, "-m", "bench.edited_forms", str(count)], check=True)


if __name__ == "__main__":
    main()
