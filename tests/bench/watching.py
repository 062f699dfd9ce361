"""Watched folders: what 100 new files cost where few and where many are known, and a whole search.

python -m bench.watching [KNOWN]          (from the folder `tests`; 10,000 by default)

Seconds are from the last byte written to the find, less the silence that a look waits for; CPU
seconds are those of all processes of difd, which a busy machine does not change.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench.corpus import cache, photo_folder
from bench.peers import difctl, own_difd, run_difd
from bench.table import Row, show
from difd.jobs.pending import QUIET_SECONDS

KNOWN = 10_000
NEW = 100
FEW = 100
ROUNDS = 3


def measure(known: int = KNOWN) -> list[Row]:
    """The rows of the table; half of the new files are copies of known ones."""
    source = sorted(photo_folder(known, size=(320, 240), copies=False).iterdir())
    rows = []
    for count in (FEW, known - ROUNDS * NEW):
        with own_difd() as environment, TemporaryDirectory(dir=cache()) as place:
            folder = Path(place)
            for path in source[:count]:
                shutil.copyfile(path, folder / path.name)
            _run(environment, "watch", "add", folder)
            _wait(environment, lambda watch: watch["state"] == "watching")
            for number in range(ROUNDS):
                first = count + number * NEW // 2
                new = source[first : first + NEW // 2] + source[number * 50 : number * 50 + 50]
                what = f"{NEW} new files, {count:,} known"
                rows.append({"what": what, **_look(environment, folder, new, number)})
            _run(environment, "daemon", "restart")
            _wait(environment, lambda watch: watch["state"] == "watching")
            new = source[-NEW // 2 :] + source[:50]
            what = f"the same, engine just started, {count:,} known"
            rows.append({"what": what, **_look(environment, folder, new, ROUNDS)})
            begun = _cpu(environment)
            run = run_difd(environment, folder)
            what = f"a whole search of {count + (ROUNDS + 1) * NEW:,} files, all read before"
            cpu = _cpu(environment) - begun
            rows.append({"what": what, "seconds": run.seconds, "CPU s": cpu, "found": run.found})
    return rows


def _look(environment: dict[str, str], folder: Path, new: list[Path], number: int) -> Row:
    before = _watch(environment)["last"]
    cpu = _cpu(environment)
    for place, path in enumerate(new):
        shutil.copyfile(path, folder / f"new {number} {place}.jpg")
    written = time.time()
    watch = _wait(environment, lambda watch: watch["last"] != before)
    seconds = watch["last"]["time"] - written - QUIET_SECONDS
    cpu = _cpu(environment) - cpu
    return {"seconds": seconds, "CPU s": cpu, "found": watch["last"]["duplicates"]}


def _cpu(environment: dict[str, str]) -> float:
    """Seconds of all processes of this difd that live, commands excepted."""
    total = 0.0
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            own = process.environ().get("XDG_RUNTIME_DIR") == environment["XDG_RUNTIME_DIR"]
            if own and "difctl" not in " ".join(process.cmdline()):
                total += sum(process.cpu_times()[:2])
    return total


def _wait(environment: dict[str, str], condition) -> dict:
    while not condition(watch := _watch(environment)):
        time.sleep(0.5)
    return watch


def _watch(environment: dict[str, str]) -> dict:
    (watch,) = json.loads(_run(environment, "watch", "list", "--json"))
    return watch


def _run(environment: dict[str, str], *words: str | Path) -> str:
    command = [difctl(), *words]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else KNOWN
    show("New files in watched folders, photos of 320×240", measure(number))
