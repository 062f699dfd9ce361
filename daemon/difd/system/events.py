"""What happens in folders, as the system itself tells it: Linux by inotify, others not yet."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING or sys.platform == "linux":
    from inotify_simple import Event, INotify, flags

__all__ = ["Event", "INotify", "flags"]
