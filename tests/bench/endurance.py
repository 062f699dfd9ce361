"""Memory of daemon, engine host and workers over a long time of mixed use.

python -m bench.endurance [MINUTES]          (from the folder `tests`; 60 by default)

Each round adds pictures to a watched folder, searches with options drawn by chance, looks at
thumbnails, trashes and undoes, ignores and takes back, cancels a search, changes a setting, and
takes the pictures away again. Memory is what a process has for itself (USS), and open files are
counted,
because both only grow where something is forgotten.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import psutil

from bench.corpus import cache, photo_folder
from bench.peers import difctl, own_difd
from bench.table import Row, show
from difclient.client import Client
from difd.pools.worker import NAME
from difd.protocol.errors import UsageError

PICTURES = 1000
NEW = 30
KINDS = {
    NAME: "worker",
    "difd.service.engine_host": "engine host",
    "-m difd ": "daemon",
}
"""By the name of a process or what stands in its command line, the first that fits."""


def measure(minutes: float) -> list[Row]:
    """A row for each twelfth of the time."""
    chance = random.Random(1)
    pool = sorted(photo_folder(PICTURES + NEW * 4, size=(640, 480), copies=False).iterdir())
    rows: list[Row] = []
    with ExitStack() as stack:
        environment = stack.enter_context(own_difd())
        environment["XDG_DATA_HOME"] = environment["XDG_STATE_HOME"] + "/data"
        stack.enter_context(mock.patch.dict(os.environ, environment))
        folder = Path(stack.enter_context(TemporaryDirectory(dir=cache())))
        for path in pool[:PICTURES]:
            shutil.copyfile(path, folder / path.name)
        _difctl("watch", "add", folder)
        begun, rounds = time.monotonic(), 0
        while (passed := time.monotonic() - begun) < minutes * 60:
            _round(folder, pool, chance, rounds)
            rounds += 1
            if passed >= minutes * 60 / 12 * len(rows):
                rows.append({"minute": f"{passed / 60:.0f}", "rounds": rounds, **_figures()})
        rows.append({"minute": f"{minutes:.0f}", "rounds": rounds, **_figures()})
    return rows


def _round(folder: Path, pool: list[Path], chance: random.Random, number: int) -> None:
    new = [folder / f"new {number} {place}.jpg" for place in range(NEW)]
    for path in new:
        shutil.copyfile(chance.choice(pool), path)
    options = ["-s", chance.choice(["0", "similar", "25"])]
    options += chance.sample(["--no-same-dim", "--mirror", "--no-rotate", "--decode=exact"], 2)
    found = json.loads(_difctl("search", folder, "--json", *options))
    with Client() as client:
        for row in range(20):
            with suppress(UsageError):  # some rows are heads of groups
                client.thumbnail(found["job"], row)
    _difctl("trash", "last", "--yes", "--json")
    _difctl("undo", "--json")
    if found["groups"]:
        ignored = json.loads(_difctl("ignore", "add", "last", "1", "--json"))
        _difctl("ignore", "remove", *(group["id"] for group in ignored))
    job = json.loads(_difctl("search", folder, "--no-wait", "--json", "--px-size", "60"))["job"]
    _difctl("cancel", job)
    _difctl("config", "set", "daemon.idle_minutes", str(chance.randint(15, 90)))
    for path in new:
        path.unlink(missing_ok=True)


def _figures() -> Row:
    """MiB and open files of each kind of process; of several, the largest."""
    found: dict[str, list[tuple[float, int]]] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            own = process.environ().get("XDG_RUNTIME_DIR") == os.environ["XDG_RUNTIME_DIR"]
            command = f"{process.name()} {' '.join(process.cmdline())} "
            kind = next((name for mark, name in KINDS.items() if mark in command), None)
            if own and kind:
                size = process.memory_full_info().uss / (1 << 20)
                found.setdefault(kind, []).append((size, process.num_fds()))
    row: Row = {}
    for kind in KINDS.values():
        for what, place in (("MiB", 0), ("files", 1)):
            row[f"{kind}, {what}"] = max((one[place] for one in found.get(kind, [])), default=None)
    return row


def _difctl(*words: str | Path) -> str:
    return subprocess.run([difctl(), *words], check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    show(f"{minutes:g} minutes of mixed use, {PICTURES:,} pictures", measure(minutes))
