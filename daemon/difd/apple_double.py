"""What macOS keeps of a file beside it, on drives that have no room for that in the file itself.

`._IMG_1.JPG` holds tags, comments and colours of IMG_1.JPG, and is no picture; servers (netatalk)
keep it as `.AppleDouble/IMG_1.JPG`. Many are equal byte for byte, and each belongs to its own file.
"""

from __future__ import annotations

import os
from typing import Final

from difd.system import files

PREFIX: Final = b"._"
"""It stands before the whole name of the file."""

_FOLDER: Final = b".AppleDouble"

_FIRST: Final = b"\0\5\x16\7"
"""The first bytes (RFC 1740); a picture may have such a name, too."""


def has_name(name: bytes) -> bool:
    """Whether a file is called like one."""
    return len(name) > len(PREFIX) and name.startswith(PREFIX)


def is_apple_double(path: bytes) -> bool:
    """Whether a file is one, by its place and its first bytes; links are not followed."""
    folder, name = os.path.split(path)
    if not (has_name(name) or os.path.basename(folder) == _FOLDER):
        return False
    try:
        with open(files.open_plain(path), "rb") as stream:
            return stream.read(len(_FIRST)) == _FIRST
    except OSError:
        return False
