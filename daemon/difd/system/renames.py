"""Renames that overwrite nothing: to a name that is free, and of two files for each other."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.renames import exchange, rename_if_free
else:
    from difd.system.posix.renames import exchange, rename_if_free

__all__ = ["exchange", "rename_if_free"]
