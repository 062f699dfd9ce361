"""Copies that share their bytes with a file until one of the two is written to."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.links import HAS_CLONES, clone
else:
    from difd.system.posix.links import HAS_CLONES, clone

__all__ = ["HAS_CLONES", "clone"]
