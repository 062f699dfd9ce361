"""Whole searches of photo folders: difd cold and warm, beside its peers in the same run.

python -m bench.searches [COUNT]          (from the folder `tests`; 5746 by default)
"""

from __future__ import annotations

import sys

from bench.corpus import photo_folder
from bench.peers import (
    Run,
    own_difd,
    require_peers,
    run_difd,
    run_difpy,
    run_findimagedupes,
    run_jdupes,
)
from bench.table import Row, show

PHOTOS = 5746


def measure(count: int = PHOTOS, *, difpy: bool = True) -> list[Row]:
    """Search `count` photos of 800×600, half of them copies, with every tool."""
    require_peers()
    folder = photo_folder(count)
    runs: dict[str, Run] = {}
    for similarity in ("duplicates", "similar"):
        with own_difd() as environment:
            # Nothing is warm: no daemon, no cache.
            runs[f"difd {similarity}, cold"] = run_difd(environment, folder, "-s", similarity)
            runs[f"difd {similarity}, again"] = run_difd(environment, folder, "-s", similarity)
    runs["findimagedupes"] = run_findimagedupes(folder)
    runs["jdupes (equal bytes only)"] = run_jdupes(folder)
    for similarity in ("duplicates", "similar") if difpy else ():
        runs[f"difPy {similarity}"] = run_difpy(folder, similarity)
    return [_row(name, run, runs) for name, run in runs.items()]


def _row(name: str, run: Run, runs: dict[str, Run]) -> Row:
    similarity = "similar" if "similar" in name else "duplicates"
    ours = runs[f"difd {similarity}, cold"]
    row: Row = {"tool": name, "seconds": run.seconds, "found": run.found}
    if run.search is not None:
        row |= {"build": run.build, "search": run.search}
    row["times difd cold"] = run.seconds / ours.seconds
    if run.search is not None and ours.search:
        row["search part"] = run.search / ours.search
    return row


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS
    show(f"{number} photos of 800×600, half of them copies", measure(number))
