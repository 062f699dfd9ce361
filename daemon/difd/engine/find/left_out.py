"""Counts pictures in places where files do not stay, which are not searched unless asked for.

They are counted so that nobody wonders where they are; nothing is opened but folders.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import Final

ENTRIES: Final = 10_000
"""Entries of such places that are looked at; a bin of a million files must cost nothing."""


class LeftOut:
    """The pictures that were left out.

    Args:
        is_wanted: whether a file would be read, by its name.
        searched: folders that are searched although they lie in such a place: they were given.

    Attributes:
        files: how many were counted.
        complete: there were no more.
    """

    def __init__(self, is_wanted: Callable[[bytes], bool], searched: Collection[bytes]) -> None:
        self._is_wanted, self._searched = is_wanted, searched
        self._left = ENTRIES
        self.files = 0
        self.complete = True

    def add(self, folder: bytes) -> None:
        """Count what is in a folder, as far as the limit goes."""
        pending = [] if folder in self._searched else [folder]
        while pending:
            try:
                with os.scandir(pending.pop()) as entries:
                    for entry in entries:
                        if not self._left:
                            self.complete = False
                            return
                        self._left -= 1
                        if entry.is_dir(follow_symlinks=False):
                            if entry.path not in self._searched:
                                pending.append(entry.path)
                        else:
                            regular = entry.is_file(follow_symlinks=False)
                            self.files += regular and self._is_wanted(entry.name)
            except OSError:
                # Bins of other users are closed to us, and so they would be to the search.
                continue
