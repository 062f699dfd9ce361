"""The trash: filled by ourselves where it is made of folders, else by the system alone."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.trash import (
        IS_OURS,
        TELLS,
        listed,
        mark,
        note_of,
        objection,
        origin,
        put,
    )
else:
    from difd.system.posix.trash import (
        IS_OURS,
        TELLS,
        listed,
        mark,
        note_of,
        objection,
        origin,
        put,
    )

__all__ = ["IS_OURS", "TELLS", "listed", "mark", "note_of", "objection", "origin", "put"]
