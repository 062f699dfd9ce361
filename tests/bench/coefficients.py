"""How many numbers a signature should have: the same search with other choices, in seconds.

    python -m bench.coefficients [COUNT]          (from the folder `tests`; 200000 by default)

Every choice is the engine's source with one constant changed, in a folder of its own, where its
loops are compiled.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import difd
from bench.crops import tensors
from bench.table import Row, show

COUNT = 200_000
THRESHOLD = 5.0
ROUNDS = 2

_ENGINE = Path(difd.__file__).resolve().parent
_BUILD = _ENGINE.parents[1] / "hatch_build.py"
_SIDE = ("engine/match/signature.py", "SIDE: Final = 10", "SIDE: Final = {}")
_COLOUR = ("engine/match/signature.py", "COLOUR_SIDE: Final = 2", "COLOUR_SIDE: Final = {}")
_FIRST = ("engine/native/loops.h", "FIRST = 16", "FIRST = {}")

Change = tuple[tuple[str, str, str], int]

CHOICES: dict[str, tuple[Change, ...]] = {
    "as it is: 64 numbers, 16 of them first": (),
    "brightness 6, 30 numbers": ((_SIDE, 6),),
    "brightness 8, 45 numbers": ((_SIDE, 8),),
    "brightness 12, 87 numbers": ((_SIDE, 12),),
    "brightness 14, 114 numbers": ((_SIDE, 14),),
    "colours 1, 58 numbers": ((_COLOUR, 1),),
    "colours 4, 88 numbers": ((_COLOUR, 4),),
    "8 first": ((_FIRST, 8),),
    "32 first": ((_FIRST, 32),),
}


def search(changes: tuple[Change, ...], place: Path, count: int) -> Row:
    """One search, by an engine with the changes; its loops are compiled before the clock runs."""
    package = place / "difd"
    if not package.exists():
        shutil.copytree(_ENGINE, package, ignore=shutil.ignore_patterns("__pycache__"))
        for (file, before, after), value in changes:
            source = (package / file).read_text()
            if source.count(before) != 1:
                raise SystemExit(f"{file} has no {before!r} any more.")
            (package / file).write_text(source.replace(before, after.format(value)))
        native = str(package / "engine" / "native")
        subprocess.run([sys.executable, _BUILD, native, native], check=True, capture_output=True)
    path = os.pathsep.join([str(place), os.environ.get("PYTHONPATH", "")])
    answer = subprocess.run(
        [sys.executable, "-m", "bench.matching", str(count), str(THRESHOLD)],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
        capture_output=True,
        text=True,
    )
    row: Row = json.loads(answer.stdout)
    return row


def measure(count: int = COUNT) -> list[Row]:
    """All choices, in turn, several times: the median of each."""
    tensors(count)
    runs: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            for number, (name, changes) in enumerate(CHOICES.items()):
                place = Path(folder, str(number))
                runs.setdefault(name, []).append(search(changes, place, count))
    listed = {row["listed pairs"] for same in runs.values() for row in same}
    if len(listed) != 1:
        raise SystemExit(f"The choices do not find the same pairs: {listed}")
    return [
        {
            "choice": name,
            **{
                figure: statistics.median(row[figure] for row in same)
                for figure in ("signatures, s", "search, s", "in all, s")
            },
        }
        for name, same in runs.items()
    ]


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    show(f"{number:,} real tensors, threshold {THRESHOLD:g}, rotations", measure(number))
