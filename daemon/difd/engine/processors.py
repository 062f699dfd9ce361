"""How many processors there are for this process: the one place that asks.

Apart from what computes, so that whoever only counts does not import numpy.
"""

from __future__ import annotations

import os


def usable_processors() -> int:
    """How many processors this process may use: affinity and cpusets count, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
