"""What happens in folders, as the system itself tells it: Linux of each folder, Windows of a tree.

`INotify` is there on Linux, `Tree` on Windows.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if sys.platform == "win32":
    from difd.system.windows.events import HAS_EVENTS, Tree
else:
    from difd.system.posix.events import HAS_EVENTS, Tree

if TYPE_CHECKING or sys.platform == "linux":
    from inotify_simple import Event, INotify, flags

__all__ = ["HAS_EVENTS", "Event", "INotify", "Tree", "flags"]
