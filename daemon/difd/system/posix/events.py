"""Trees of folders are not watched as wholes here: Linux tells of each folder."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import Final

HAS_EVENTS: Final = sys.platform == "linux"
"""Whether folders can be watched here."""


class Tree:
    """A folder that is listened to, with all that is in it.

    Args:
        top: its path.
        on_change: told of what came, went or was written.
        on_loss: told that something was missed.
        recursive: what is in its folders counts.

    Raises:
        OSError: always.
    """

    def __init__(
        self,
        top: bytes,
        on_change: Callable[[bytes], None],
        on_loss: Callable[[OSError | None], None],
        *,
        recursive: bool = True,
    ) -> None:
        del top, on_change, on_loss, recursive
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    def close(self) -> None:
        """Listen no more."""
