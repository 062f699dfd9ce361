"""Locks on open files: held until they are released, or whoever holds them ends, however that is.

They count between processes, and between two descriptors of one process. The file can be read
while it is locked.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.locks import release, take, wait
else:
    from difd.system.posix.locks import release, take, wait

__all__ = ["release", "take", "wait"]
