"""How much memory a process takes."""

from __future__ import annotations

import os
from pathlib import Path

MIB = 1 << 20


def resident(pid: int) -> int:
    """Resident bytes of a process."""
    statm = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")
