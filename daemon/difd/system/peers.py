"""What the system knows of the other end of a connection."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.peers import address, is_stranger, process, unread
else:
    from difd.system.posix.peers import address, is_stranger, process, unread

__all__ = ["address", "is_stranger", "process", "unread"]
