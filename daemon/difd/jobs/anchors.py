"""Tells when a watched folder itself comes or goes: moved, deleted, mounted, made readable.

inotify in the folder says nothing of that: what is moved may be a folder far above, and a file
system that is mounted over a folder makes no sound in it. So every folder above is listened to for
its own moves, the nearest one for what appears in it where something is missing, and the kernel's
table of mounts for changes. Nothing is polled.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from difd.system import facts
from difd.system.mounts import News, mounts_around

if TYPE_CHECKING or facts.LINUX:
    from difd.system.events import INotify, flags

Presence = tuple[tuple[int, int] | None, tuple[bytes, ...]]
"""Device and inode of a folder, None if it cannot be listed; what is mounted above and below it."""

_Place = tuple[bytes, int, tuple[int, int] | None]
"""Where to listen, for what; device and inode of the place."""


class Anchors:
    """Listens for watched folders that come and go.

    Args:
        on_change: called when one may have; what changed is for `presence` to say.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._inotify: INotify | None = None
        self._held: list[_Place] = []
        self._mounts: News | None = None
        with suppress(OSError):
            self._mounts = News()
            self._loop.add_reader(self._mounts.fileno(), self._read_mounts)

    def close(self) -> None:
        """Listen no more."""
        self._drop()
        if self._mounts is not None:
            self._loop.remove_reader(self._mounts.fileno())
            self._mounts.close()

    async def hold(self, folders: Collection[bytes]) -> None:
        """Listen for these folders, and for no others any more.

        A network drive that does not answer holds up a thread, and nothing else.
        """
        wanted = await asyncio.to_thread(lambda: list(_places(folders)))
        if wanted == self._held:
            return
        inotify = INotify(nonblocking=True)
        try:
            await asyncio.to_thread(_listen, inotify, wanted)
        except asyncio.CancelledError:
            inotify.close()
            raise
        self._drop()
        self._inotify, self._held = inotify, wanted
        self._loop.add_reader(inotify.fileno(), self._read)
        # What happened while we began to listen was told to nobody.
        if await asyncio.to_thread(lambda: list(_places(folders))) != wanted:
            self._on_change()

    def _drop(self) -> None:
        if self._inotify is not None:
            self._loop.remove_reader(self._inotify.fileno())
            self._inotify.close()
            self._inotify = None
            self._held = []

    def _read(self) -> None:
        if self._inotify is not None and self._inotify.read(timeout=0):
            self._on_change()

    def _read_mounts(self) -> None:
        if self._mounts is not None:
            self._mounts.read()
            self._on_change()


def _listen(inotify: INotify, places: Iterable[_Place]) -> None:
    for place, mask, _ in places:
        with suppress(OSError):
            inotify.add_watch(place, mask)


def _places(folders: Iterable[bytes]) -> Iterator[_Place]:
    """Where to listen, and for what; with the identity of the place, which may be exchanged."""
    own = flags.DELETE_SELF | flags.MOVE_SELF | flags.ONLYDIR | flags.MASK_ADD
    arrivals = flags.CREATE | flags.MOVED_TO | flags.ATTRIB
    for folder in folders:
        missing = not _is_listable(folder)
        for place in _upwards(folder):
            mask = own
            if missing and place != folder and _is_listable(place):
                mask |= arrivals
                missing = False
            identity = None
            with suppress(OSError):
                status = os.stat(place)
                identity = (status.st_dev, status.st_ino)
            yield place, mask, identity


def presence(folder: bytes) -> Presence:
    """What would be another value, if the folder became another one."""
    identity = None
    with suppress(OSError):
        status = os.stat(folder)
        if _is_listable(folder):
            identity = (status.st_dev, status.st_ino)
    return identity, mounts_around(os.path.realpath(folder))


def _is_listable(folder: bytes) -> bool:
    return os.path.isdir(folder) and os.access(folder, os.R_OK | os.X_OK)


def _upwards(folder: bytes) -> Iterator[bytes]:
    yield folder
    while (parent := os.path.dirname(folder)) != folder:
        folder = parent
        yield folder
