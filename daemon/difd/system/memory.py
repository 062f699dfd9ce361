"""How much memory there is and this process has, and what of it can be given back."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.memory import (
        forget_for_now,
        give_back,
        physical,
        resident,
        resident_files,
    )
else:
    from difd.system.posix.memory import (
        forget_for_now,
        give_back,
        physical,
        resident,
        resident_files,
    )

__all__ = [
    "forget_for_now",
    "give_back",
    "physical",
    "resident",
    "resident_files",
]
