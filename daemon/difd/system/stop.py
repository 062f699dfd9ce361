"""Telling a daemon to stop from outside, and hearing it; and the event loop that hears it."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.stop import NEW_LOOP, ask, hear, terminate, wait_for_end
else:
    from difd.system.posix.stop import NEW_LOOP, ask, hear, terminate, wait_for_end

__all__ = ["NEW_LOOP", "ask", "hear", "terminate", "wait_for_end"]
