"""What kind of file system something lies on, and where file systems begin.

Three questions hang on it: whose clock sets a file's times, whether inode numbers tell files apart,
and whether a folder is still the same one.
"""

from __future__ import annotations

import os
import sys

from difd.system import facts, files
from difd.system.disks import BORROWING, DISKS, RENUMBERING

if sys.platform == "win32":
    from difd.system.windows.mounts import (
        News,
        kind_of,
        kind_of_device,
        memory_behind,
        mounts_around,
        snapshot_behind,
    )
else:
    from difd.system.posix.mounts import (
        News,
        kind_of,
        kind_of_device,
        memory_behind,
        mounts_around,
        snapshot_behind,
    )

__all__ = [
    "BORROWING",
    "DISKS",
    "News",
    "keeps_number",
    "kind_at",
    "kind_of",
    "kind_of_device",
    "memory_behind",
    "mounts_around",
    "snapshot_behind",
    "tells_files_apart",
]


def kind_at(path: bytes) -> str:
    """The type of the file system of what lies at a path, not followed where it is a link."""
    try:
        descriptor = files.open_named(path)
    except OSError:
        return ""
    try:
        return kind_of(descriptor)
    finally:
        os.close(descriptor)


def tells_files_apart(kind: str) -> bool:
    """Whether two inode numbers on a file system of this type are two files."""
    # Elsewhere nobody tells; there the numbers have to do.
    return kind in DISKS or not (facts.LINUX or facts.WINDOWS)


def keeps_number(kind: str) -> bool:
    """Whether a file on such a file system has the same number with another name."""
    return tells_files_apart(kind) and kind not in RENUMBERING
