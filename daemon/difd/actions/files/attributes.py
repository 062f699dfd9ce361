"""Extended attributes that would go with a file: tags, comments and ratings of desktops."""

from __future__ import annotations

import errno
from typing import Final

from difd.system import attributes

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
    found: dict[str, bytes] = {}
    try:
        for name in attributes.names(path):
            if attributes.is_of_people(name):
                found[name] = attributes.value(path, name)
    except OSError as error:
        if error.errno not in _NONE_HERE:
            raise
    return found
