"""How the search for pictures that share features grows with their number; pixels are not compared.

    python -m bench.edited_growth [COUNT …]          (from the folder `tests`)

No machine has a hundred thousand pictures whose relations are known, so they are simulated: each
has the features of a real one of the set of `bench.edits`, of whose codes a fifth of the bits are
turned over, so that they are as unlike each other as those of different pictures. One in twenty is
an edited copy: two thirds of another one's features, with a twentieth of the bits turned over.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from bench import edit_set
from bench.table import Row, show
from difd.digests import digest_of
from difd.engine.edited.lie import lies
from difd.engine.edited.likely import gather, likely
from difd.engine.features.features import Features, features_of
from difd.engine.processors import usable_processors
from difd.engine.read.grey_file import grey_of_file

COUNTS = (1_000, 10_000, 100_000)
KINDS = ("orig", "photo", "clip", "scene", "texture")
EDGE = 640
OTHER, COPIED = 0.2, 0.05
COPIES = 20
VOTES = AGREEING = 4
LEAST = 300
NEW = 10


def real() -> list[Features]:
    """The features of the set's different pictures that have many."""
    files = [edit_set.folder() / entry.file for entry in edit_set.make() if entry.kind in KINDS]
    with Pool(usable_processors()) as pool:
        packed = pool.map(features_at, files, 16)
    found = [Features.unpacked(one) for one in packed]
    return [one for one in found if len(one.codes) >= LEAST]


def features_at(path: Path) -> bytes:
    """The features of a file, packed."""
    digest = digest_of(path.read_bytes())
    return features_of(grey_of_file(bytes(path), digest, EDGE)).packed()


def simulated(some: list[Features], count: int) -> Iterator[bytes]:
    """So many pictures, of which one in twenty is an edited copy of the one before it."""
    chance = np.random.default_rng(1)
    last = some[0]
    for number in range(count):
        if number % COPIES == COPIES - 1:
            kept = np.flatnonzero(chance.random(len(last.codes)) < 2 / 3)
            last = flipped(last, kept, COPIED, chance)
        else:
            origin = some[number % len(some)]
            last = flipped(origin, np.arange(len(origin.codes)), OTHER, chance)
        yield last.packed()


def flipped(
    one: Features, kept: np.ndarray, share: float | np.ndarray, chance: np.random.Generator
) -> Features:
    """Some of a picture's features, with this share of their bits turned over."""
    bits = chance.random((len(kept), 64), np.float32) < share
    flips = np.packbits(bits, axis=1).view(np.uint64).ravel()
    places = (one.x[kept], one.y[kept], one.scales[kept], one.turns[kept])
    return Features(one.codes[kept] ^ flips, *places)


def measured(some: list[Features], count: int) -> Row:
    """What it takes for so many pictures."""
    threads = usable_processors()
    pictures = list(simulated(some, count))
    began, used = time.perf_counter(), time.process_time()
    gathered = gather(pictures)
    found = likely(gathered, VOTES, lambda: None, threads)
    near = time.perf_counter()
    _, agree = lies(gathered, found, lambda: None, threads)
    ended, total = time.perf_counter(), time.process_time() - used
    pairs = found.pairs[agree >= AGREEING]
    true = (pairs[:, 1] - pairs[:, 0] == 1) & (pairs[:, 1] % COPIES == COPIES - 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    again = time.perf_counter()
    likely(gathered, VOTES, lambda: None, threads, new=count - NEW)
    return {
        "pictures": count,
        "features": len(gathered.codes),
        "alike, s": near - began,
        "laid roughly, s": ended - near,
        "both, processor s": total,
        f"{NEW} new ones among them, s": time.perf_counter() - again,
        "pairs": len(pairs),
        "copies found": f"{np.count_nonzero(true):,} of {count // COPIES:,}",
        "peak, MB": round(peak),
    }


def main() -> None:
    """Measure, each number in a process of its own."""
    counts = [int(text.replace(",", "")) for text in sys.argv[1:]]
    if len(counts) == 1:
        show("Pictures with features that are alike", [measured(real(), counts[0])])
        return
    for count in counts or COUNTS:
        subprocess.run([sys.executable, "-m", "bench.edited_growth", str(count)], check=True)


if __name__ == "__main__":
    main()
