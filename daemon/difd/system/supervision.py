"""The line to who supervises a daemon, where the system has such a thing."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.supervision import taken_over, tell
else:
    from difd.system.posix.supervision import taken_over, tell

__all__ = ["taken_over", "tell"]
