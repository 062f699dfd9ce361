"""Copies of this process, where the system makes them."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.forking import Copy, can_fork
else:
    from difd.system.posix.forking import Copy, can_fork

__all__ = ["Copy", "can_fork"]
