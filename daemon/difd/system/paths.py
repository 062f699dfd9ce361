"""Paths as bytes: what is absolute, what lies in what, and the names on the way.

Where a module needs more, `os.path` has it for every system.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.paths import (
        SLASH,
        below,
        folder_of,
        holds,
        inside,
        is_absolute,
        labels,
        lies_below,
        name,
        parts,
        reachable,
        slashed,
        steps,
    )
else:
    from difd.system.posix.paths import (
        SLASH,
        below,
        folder_of,
        holds,
        inside,
        is_absolute,
        labels,
        lies_below,
        name,
        parts,
        reachable,
        slashed,
        steps,
    )

__all__ = [
    "SLASH",
    "below",
    "folder_of",
    "holds",
    "inside",
    "is_absolute",
    "labels",
    "lies_below",
    "name",
    "parts",
    "reachable",
    "slashed",
    "steps",
]
