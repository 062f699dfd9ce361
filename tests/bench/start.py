"""Starting and waiting: difctl's commands, a search that is known already, and an idle daemon.

python -m bench.start          (from the folder `tests`)
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from pathlib import Path

from bench.corpus import photo_folder
from bench.peers import difctl, own_difd, run_difd
from bench.table import Row, show

RUNS = 9
FILES = 10_000

AGAIN = f"second search of {FILES:,} unchanged files"
RESIDENT = "idle daemon, MB resident"
WAKE_UPS = "idle daemon, wake-ups in 10 s"


def measure() -> list[Row]:
    """The rows of the table, medians of several runs."""
    folder = photo_folder(FILES, size=(320, 240), copies=False)
    with own_difd() as environment:
        subprocess.run(
            [difctl(), "daemon", "start"], env=environment, capture_output=True, check=True
        )
        rows = [
            {"what": f"difctl {arguments}", "seconds": _median(environment, arguments.split())}
            for arguments in ("--version", "daemon status")
        ]
        rows += _idle(environment)
        run_difd(environment, folder)
        again = statistics.median(run_difd(environment, folder).seconds for _ in range(RUNS))
        rows.append({"what": AGAIN, "seconds": again})
    return rows


def _median(environment: dict[str, str], arguments: list[str]) -> float:
    seconds = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        subprocess.run([difctl(), *arguments], env=environment, capture_output=True, check=True)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def _idle(environment: dict[str, str], seconds: float = 10) -> list[Row]:
    status = subprocess.run(
        [difctl(), "daemon", "status", "--json"], env=environment, capture_output=True, check=True
    )
    pid = json.loads(status.stdout)["pid"]
    before = _switches(pid)
    time.sleep(seconds)
    text = Path(f"/proc/{pid}/status").read_text()
    resident = int(text.split("\nVmRSS:")[1].split()[0]) / 1000
    return [
        {"what": RESIDENT, "figure": resident},
        {"what": WAKE_UPS, "figure": _switches(pid) - before},
    ]


def _switches(pid: int) -> int:
    """How often any thread of a process was woken."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        text = (task / "status").read_text()
        total += int(text.split("\nvoluntary_ctxt_switches:")[1].split()[0])
    return total


if __name__ == "__main__":
    show("Starting and waiting", measure())
