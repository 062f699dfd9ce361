"""How old a plan is, by two clocks: one that people set, and one that they cannot.

The second counts from the start of the machine, also while it sleeps, and is the same for all
processes. After another start it says nothing; then the first one alone decides.
"""

from __future__ import annotations

import time
from typing import Final

from difd.protocol.actions import ActionInfo

PLAN_SECONDS: Final = 3600.0
"""How long a plan may wait until it is carried out, or gone on with."""


def unset_clock() -> float:
    """Seconds since the machine was started."""
    # Elsewhere there is no such clock under this name, and the monotonic one is as good.
    boot, read = getattr(time, "CLOCK_BOOTTIME", None), getattr(time, "clock_gettime", None)
    return time.monotonic() if boot is None or read is None else float(read(boot))


def has_expired(plan: ActionInfo) -> bool:
    """Whether a plan is too old; one from the future, by a clock that was set back, is, too."""
    too_late = not plan.created <= time.time() < plan.expires
    return too_late or unset_clock() - plan.made >= PLAN_SECONDS


def has_rested_too_long(plan: ActionInfo) -> bool:
    """Whether a plan that was interrupted may not be gone on with: as long as one may wait."""
    return not 0 <= time.time() - (plan.finished or 0) < PLAN_SECONDS
