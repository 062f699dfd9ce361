"""A search of a million pictures that are in the cache already: its time, and its memory.

    python -m bench.million [COUNT [THRESHOLD]]          (from the folder `tests`)

The files are there, empty but for their size; their records are in a tensor cache, with crops of
photos as tensors. So a search walks the folders, recalls the records, and compares, as the engine
host does: what it takes is read from a process of its own that does only this. Both are kept in
the bench's cache directory (8 GB and a million inodes) for the next time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from bench.corpus import cache
from bench.crops import tensors
from bench.table import Row, show
from difd.digests import digest_of
from difd.engine import pipeline
from difd.engine.find.discover import discover
from difd.engine.record import Found, ReadRequest, Record
from difd.pools.local import LocalPool
from difd.protocol.options import SearchOptions
from difd.protocol.results import Progress
from difd.store.cache.tensor_cache import TensorCache

PX = 50
FOLDER_FILES = 1000
RECALLED = 512


def place_of(count: int) -> Path:
    """Where the files and the cache of so many pictures are."""
    return cache() / f"million-{count}"


def tensor_cache(count: int) -> TensorCache:
    """The cache that holds them."""
    return TensorCache(place_of(count) / "cache" / "tensors", limit=1 << 40)


def options_of(count: int, threshold: float) -> SearchOptions:
    """A search with everything but the threshold as it is by default."""
    return SearchOptions(paths=(os.fsencode(place_of(count) / "files"),), similarity=threshold)


def prepare(count: int) -> None:
    """Make the files, and remember their records, unless both are there."""
    for number in range(0, count, FOLDER_FILES):
        folder = place_of(count) / "files" / f"{number // FOLDER_FILES:04}"
        if folder.exists():
            continue
        folder.mkdir(parents=True)
        for own in range(number, min(number + FOLDER_FILES, count)):
            with (folder / f"{own:07}.jpg").open("wb") as file:
                file.truncate(1000 + own)
    files = discover(options_of(count, 5.0), lambda: False, lambda _found: None).files
    crops = tensors(count)
    time.sleep(2.1)  # a younger stat is not trusted
    with closing(tensor_cache(count)) as memory:
        memory.begin()
        for start in range(0, count, RECALLED):
            requests = [
                ReadRequest(file, PX, asked_ns=time.time_ns())
                for file in files[start : start + RECALLED]
            ]
            recalled = memory.recall(requests)
            for own, (request, record) in enumerate(zip(requests, recalled, strict=True), start):
                if record is None:
                    memory.keep(request, _record(request.file, own, crops[own]))
        memory.flush()


def _record(file: Found, number: int, tensor: np.ndarray[Any, np.dtype[np.uint8]]) -> Record:
    """A photo that no other equals in its bytes."""
    kinds = ("file", "pixels", "sums")
    digests = [digest_of(f"{kind} {number}".encode()) for kind in kinds]
    return Record(
        file=file,
        width=1000,
        height=1000,
        format="JPEG",
        orientation=1,
        frames=1,
        digest=digests[0],
        pixel_digest=digests[1],
        sums_digest=digests[2],
        value_range=None,
        metadata=(),
        planes=np.ascontiguousarray(tensor[None]),
    )


def search_once(count: int, threshold: float) -> Row:
    """A build from the cache and a search, with all rows of the result read once."""
    options = options_of(count, threshold)
    matches = 0

    def on_progress(progress: Progress) -> None:
        nonlocal matches
        matches = max(matches, progress.matches)

    begun = time.perf_counter()
    with closing(tensor_cache(count)) as memory, LocalPool() as pool:
        library = pipeline.build(options, pool, on_progress, lambda: False, memory)
        built, after_build = time.perf_counter(), _peak()
        outcome = pipeline.search(library, options, pool, on_progress, lambda: False, memory=memory)
        searched = time.perf_counter()
        rows = sum(1 for _ in outcome.rows())
    if len(library.records) != count:
        raise SystemExit(f"only {len(library.records)} records were in the cache")
    return {
        "images": count,
        "threshold": threshold,
        "build, s": built - begun,
        "search, s": searched - built,
        "rows, s": time.perf_counter() - searched,
        "matches": matches,
        "groups": outcome.summary.groups,
        "rows": rows,
        "MB resident after build": after_build,
        "MB resident at most": _peak(),
    }


def _peak() -> int:
    """Most resident memory of this process so far, in MB; mapped files count."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("\nVmHWM:")[1].split()[0]) * 1024 // 1_000_000


def measure(count: int = 1_000_000, threshold: float = 5.0) -> list[Row]:
    """One search, in a process of its own."""
    prepare(count)
    command = [sys.executable, "-m", "bench.million", str(count), str(threshold), "--search"]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(answer.stdout)]


def main() -> None:
    """Measure what the command line asks for."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    threshold = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    if "--search" in sys.argv:
        print(json.dumps(search_once(count, threshold)))
    else:
        show("Pictures that are in the cache", measure(count, threshold))


if __name__ == "__main__":
    main()
