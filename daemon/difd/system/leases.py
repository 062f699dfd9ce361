"""Making sure that nobody writes to a file while it is taken from its place."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.leases import is_whole, release, take
else:
    from difd.system.posix.leases import is_whole, release, take

__all__ = ["is_whole", "release", "take"]
