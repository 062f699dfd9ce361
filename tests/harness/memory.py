"""How much memory a process takes."""

from __future__ import annotations

import os
from pathlib import Path

MIB = 1 << 20


def resident(pid: int) -> int:
    """Resident bytes of a process."""
    statm = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")


def resident_of(folder: Path) -> int:
    """Bytes of the files of a folder that are in this process's memory; Linux tells them."""
    total, counts = 0, False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        if "-" in line.split()[0]:
            counts = str(folder) in line
        elif counts and line.startswith("Rss:"):
            total += int(line.split()[1]) * 1024
    return total
