"""Extended attributes of Linux; those of macOS Python does not read."""

from __future__ import annotations

import errno
import os
import sys
from typing import Final

_WORTHLESS: Final = frozenset(
    {
        "com.apple.lastuseddate#PS",
        "com.apple.macl",
        "com.apple.provenance",
        "com.apple.quarantine",
        "DOSATTRIB",
    }
)
"""What systems write into any file, and nobody would miss."""

NOT_KEPT: Final = {errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.EINVAL}
"""What setting an attribute fails with where the file system or the user has no such thing."""

_OF_PEOPLE: Final = ("user.", "com.apple.")
"""Other names hold rights and labels of the system, which are not the file's."""


def is_of_people(name: str) -> bool:
    """Whether an attribute is of value to whoever owns the file."""
    # Linux puts `user.` before names that are a Mac's or Samba's.
    return name.startswith(_OF_PEOPLE) and name.removeprefix("user.") not in _WORTHLESS


def names(file: int | bytes) -> list[str]:
    """The names of all attributes of a file.

    Args:
        file: an open descriptor, or a path, which is not followed where it is a link.

    Raises:
        OSError: they cannot be read.
    """
    if sys.platform != "linux":
        return []
    return os.listxattr(file, follow_symlinks=isinstance(file, int))


def value(file: int | bytes, name: str) -> bytes:
    """What an attribute of a file holds.

    Raises:
        OSError: it cannot be read, or went meanwhile.
    """
    if sys.platform != "linux":
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    return os.getxattr(file, name, follow_symlinks=isinstance(file, int))


def give(descriptor: int, name: bytes, holding: bytes) -> None:
    """Give an open file an attribute.

    Raises:
        OSError: it could not be done; with one of `NOT_KEPT`, as nothing of the kind is kept here.
    """
    if sys.platform == "linux":
        os.setxattr(descriptor, name, holding)
