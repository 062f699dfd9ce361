"""Whether a folder lies in a snapshot by what its file system says, whatever its name.

Programs that keep so many snapshots remove the oldest: what only such a one holds is gone then.
"""

from __future__ import annotations

import os
import sys
from typing import Final

if sys.platform == "linux":
    import fcntl

_SUBVOLUME_INFO: Final = 0x81F8943C
"""BTRFS_IOC_GET_SUBVOL_INFO (linux/btrfs.h), which asks for no rights."""

_INFO_BYTES: Final = 504
_FLAGS: Final = slice(288, 296)
_READ_ONLY: Final = 1
_PARENT: Final = slice(312, 328)
_RECEIVED: Final = slice(328, 344)


def is_in_snapshot(folder: bytes) -> bool:
    """Whether a folder lies in a snapshot of Btrfs.

    It is one that cannot be written to, and was made of another part of a disk, or came from
    another disk. What people work in can be written to.

    Args:
        folder: on Btrfs.
    """
    if sys.platform != "linux":
        return False
    info = bytearray(_INFO_BYTES)
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.ioctl(descriptor, _SUBVOLUME_INFO, info)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    flags = int.from_bytes(info[_FLAGS], sys.byteorder)
    return bool(flags & _READ_ONLY) and any((*info[_PARENT], *info[_RECEIVED]))
