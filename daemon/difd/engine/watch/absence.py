"""Which comparisons are owed because a picture's drive was away when something new came.

New pictures are numbered by the look that compared them, and one that was out of reach then is
marked with the number of the first such look. When it is found again, it is compared with what has
that number or a later one, and with nothing else: the rest it was compared with before.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Container
from contextlib import suppress

from msgspec.structs import replace

from difd.protocol.watching import KnownImage


class Absence:
    """What is owed among known pictures.

    Args:
        known: what is known, by path; marks are put on it.
    """

    def __init__(self, known: dict[bytes, KnownImage]) -> None:
        self._known = known
        self.look = 1 + max(
            (max(image.compared, image.missed) for image in known.values()), default=0
        )
        """The number of this look, higher than that of any before."""

    def mark(self) -> list[KnownImage]:
        """Mark what is out of reach now, because new pictures cannot be compared with it.

        Returns:
            What was not marked yet, as it is known from now on.
        """
        places: dict[tuple[bytes, int], bool] = {}
        marked = []
        for path, image in self._known.items():
            if image.missed or not image.digest:
                continue
            place = os.path.dirname(path), image.volume
            if place not in places:
                places[place] = _is_in_reach(*place)
            # The volume may be back under another number, which the look at it will learn.
            if not places[place] and not os.path.lexists(path):
                marked.append(replace(image, missed=self.look))
        self._known.update((image.path, image) for image in marked)
        return marked

    def owed(self, found: Container[bytes]) -> list[tuple[frozenset[bytes], frozenset[bytes]]]:
        """The comparisons that can be made up for now.

        Args:
            found: the paths that this look found.

        Returns:
            Paths that are back, each time with those of the pictures that came without them.
        """
        back: defaultdict[int, set[bytes]] = defaultdict(set)
        for path, image in self._known.items():
            if image.missed and path in found:
                back[image.missed].add(path)
        return [(frozenset(paths), self._came(since) - paths) for since, paths in back.items()]

    def settle(self, paths: Container[bytes]) -> list[KnownImage]:
        """Take the marks off what was compared; returns it as it is known from now on."""
        settled = [
            replace(image, missed=0)
            for path, image in self._known.items()
            if image.missed and path in paths
        ]
        self._known.update((image.path, image) for image in settled)
        return settled

    def _came(self, since: int) -> frozenset[bytes]:
        """What was compared as new by a look or a later one."""
        return frozenset(p for p, image in self._known.items() if image.compared >= since)


def _is_in_reach(folder: bytes, volume: int) -> bool:
    """Whether a folder is there, on the volume that it was on, and can be read."""
    with suppress(OSError):
        return os.lstat(folder).st_dev == volume and os.access(folder, os.R_OK | os.X_OK)
    return False
