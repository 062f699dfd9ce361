"""The trash of Linux is folders, which `difd.actions` fills; that of macOS only its system opens.

What macOS has here never was run.
"""

from __future__ import annotations

import os
import sys
from typing import Final

IS_OURS: Final = sys.platform == "linux"
"""Whether it is made of folders by the freedesktop specification, and filled by ourselves."""

TELLS: Final = False
"""Whether the system's own trash can be looked into, so that what it took can be brought back."""


def mark() -> bytes:
    """This user in the names of folders."""
    return b"%d" % os.getuid()


def put(path: bytes) -> None:
    """Have the system put a file into its trash.

    Raises:
        OSError: it could not be done.
    """
    # Installed on other systems only.
    from send2trash import send2trash  # noqa: PLC0415

    send2trash(os.fsdecode(path))


def objection(_path: bytes) -> str | None:
    """Why the system's trash takes no file from a place, a sentence; None if it may."""
    return None


def listed(_path: bytes) -> frozenset[bytes]:
    """The paths of what is in the trash that a file would go to: nobody tells."""
    return frozenset()


def note_of(_place: bytes) -> bytes:
    """Where it is written down from where a file in the trash came; nowhere."""
    return b""


def origin(_note: bytes) -> bytes:
    """From where a file in the trash came: nobody tells."""
    return b""
