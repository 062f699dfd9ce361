"""A stream socket to a process that this one starts, which nobody else can get hold of."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.channel import inherited, open_streams, start
else:
    from difd.system.posix.channel import inherited, open_streams, start

__all__ = ["inherited", "open_streams", "start"]
