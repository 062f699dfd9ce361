"""What stands against taking a file from its place: rights, owners, programs that have it.

Searches and actions ask the same questions here, so that what a search proposes can be done. Who
may write to a file decides, even where the folder would let it be moved.
"""

from __future__ import annotations

import os
import stat
from typing import Final

from difd.protocol.patterns import pattern
from difd.system import owners, paths

_LIBRARY: Final = pattern(
    rb"/(?:[^/]+\.(?:photos?library|aplibrary|migrated(?:photo|aperture)library|lrlibrary|cocatalog)"
    rb"|iphoto library/(?:masters|originals|modified))/"
)
"""In lower case. These folders are one document each to their programs (Photos, iPhoto, Aperture,
Lightroom, Capture One), which know every file in them."""


class Rights:
    """Asks for files; a folder is asked once in the life of this, so one search has its own."""

    def __init__(self) -> None:
        self._folders: dict[bytes, tuple[str | None, os.stat_result | None]] = {}

    def obstacle(self, path: bytes, status: os.stat_result | None = None) -> str | None:
        """Why a file must not be taken from its place, a sentence; None if nothing is against it.

        Args:
            path: of the file.
            status: its `lstat`, if it is known.
        """
        folder = os.path.dirname(path)
        if folder not in self._folders:
            self._folders[folder] = _ask(folder)
        reason, around = self._folders[folder]
        if reason is not None or around is None:
            return reason
        try:
            file = os.lstat(path) if status is None else status
        except OSError as error:
            return f"It cannot be reached: {error.strerror}."
        return _obstacle_of_file(path, file, around)


def obstacle(path: bytes) -> str | None:
    """Why a file must not be taken from its place now, a sentence; None if nothing is against it.

    Args:
        path: of the file.
    """
    return Rights().obstacle(path)


def _ask(folder: bytes) -> tuple[str | None, os.stat_result | None]:
    try:
        around = os.stat(folder)
        if owners.is_read_only(folder):
            return "It lies on a read-only file system.", None
        if _LIBRARY.search(paths.slashed(os.path.realpath(folder)).lower() + b"/"):
            return "It lies in the library of a program, which would miss it.", None
    except OSError as error:
        return f"It cannot be reached: {error.strerror}.", None
    if not os.access(folder, os.W_OK | os.X_OK):
        return "Its folder is read-only for you.", None
    return None, around


def _obstacle_of_file(path: bytes, file: os.stat_result, around: os.stat_result) -> str | None:
    linked = stat.S_ISLNK(file.st_mode)
    if not linked and not os.access(path, os.W_OK):
        mine = owners.is_mine(file, path)
        whose = "It is write-protected" if mine else "It belongs to another user"
        return f"{whose}, and stays."
    if owners.only_owner_takes_away(file, around):
        return "It belongs to another user, and its folder lets only the owner take it away."
    return None
