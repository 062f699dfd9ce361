"""Extended attributes that would go with a file: tags, comments and ratings of desktops."""

from __future__ import annotations

import errno
import os
from typing import Final

from difd.system import facts

_OF_PEOPLE: Final = ("user.", "com.apple.")
"""Other names hold rights and labels of the system, which are not the file's."""

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

_NONE_HERE: Final = {errno.ENOTSUP, errno.ENODATA, errno.ENOENT, errno.EPERM, errno.EACCES}


def lost_attributes(path: bytes, keeper: bytes) -> list[str]:
    """The names of attributes that a file has, and the file that stays has not with that value.

    Args:
        path: of the file that goes.
        keeper: of the file that stays.
    """
    own = _attributes(path)
    if not own:
        return []
    other = _attributes(keeper)
    return sorted(name for name, value in own.items() if other.get(name) != value)


def _attributes(path: bytes) -> dict[str, bytes]:
    if not facts.LINUX:
        return {}
    found: dict[str, bytes] = {}
    try:
        for name in os.listxattr(path, follow_symlinks=False):
            if name.startswith(_OF_PEOPLE) and _plain(name) not in _WORTHLESS:
                found[name] = os.getxattr(path, name, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NONE_HERE:
            raise
    return found


def _plain(name: str) -> str:
    """A name without `user.`, which Linux puts before names that are a Mac's or Samba's."""
    return name.removeprefix("user.")
