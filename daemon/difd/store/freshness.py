"""Whether an unchanged stat proves an unchanged file: only if it was old when the file was read.

A file that changes twice within one tick of its file system's clock has the same times after both
changes. A ctime cannot be set by anyone, so a file whose ctime lay well behind the clock when it
was read gets another one by any later change.
"""

from __future__ import annotations

from typing import Final

from difd.system.mounts import DISKS, kind_of_device

SETTLED_NS: Final = 2_000_000_000
"""How far behind a time must lie; the coarsest file systems (FAT) count in two seconds."""


def is_settled(mtime_ns: int, ctime_ns: int, asked_ns: int, *, local: bool, seen_ns: int) -> bool:
    """Whether these times are sure to change with the file from now on.

    Args:
        mtime_ns: of the file.
        ctime_ns: of the file.
        asked_ns: our clock, before the file was opened.
        local: the file system's times are set by our clock.
        seen_ns: our clock when the file was first read with these times. Two readings of our own
            clock say how much older they are now, whatever clock set them.
    """
    if asked_ns - seen_ns >= SETTLED_NS:
        return True
    return local and asked_ns - max(mtime_ns, ctime_ns) >= SETTLED_NS


def is_local(device: int) -> bool:
    """Whether our clock sets the times of files on a device; when in doubt it does not."""
    kind = kind_of_device(device)
    # Devices that are not listed are parts of btrfs and overlays: local.
    return kind is None or kind in DISKS
