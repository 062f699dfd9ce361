"""Reflinks of Linux."""

from __future__ import annotations

import fcntl
import sys
from typing import Final

HAS_CLONES: Final = sys.platform == "linux"
"""Whether they can be made here, if the file system has them."""

_FICLONE: Final = 0x40049409


def clone(source: int, target: int) -> None:
    """Have one open file share the bytes of another.

    Raises:
        OSError: it cannot; by its `errno`, because the file system has none.
    """
    fcntl.ioctl(target, _FICLONE, source)
