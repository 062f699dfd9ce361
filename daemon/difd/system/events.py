"""What happens in folders, as the system itself tells it: Linux of each folder, Windows of a tree.

`INotify` is there on Linux, `Tree` on Windows.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if sys.platform == "win32":
    from difd.system.windows.events import Tree
else:
    from difd.system.posix.events import Tree

if TYPE_CHECKING or sys.platform == "linux":
    from inotify_simple import Event, INotify, flags

HAS_EVENTS: Final = sys.platform in {"linux", "win32"}
"""Whether folders can be watched here."""

__all__ = ["HAS_EVENTS", "Event", "INotify", "Tree", "flags"]
