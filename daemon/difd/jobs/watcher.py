"""Keeps watched folders under watch, and says when there is something to look at in them.

It knows folders and times, but neither pictures nor clients: what is to be looked at is taken by
whoever is told that it is time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from difd.jobs.anchors import Anchors, Presence, presence
from difd.jobs.folder_events import FolderEvents, holds, refusal
from difd.jobs.pending import QUIET_SECONDS, Pending
from difd.jobs.tree_events import LookedAt, TreeEvents
from difd.protocol.error_info import ErrorInfo
from difd.protocol.errors import DifdError
from difd.system import facts


class Due(NamedTuple):
    """What is to be looked at in a watched folder.

    Attributes:
        folder: the watched folder.
        places: what changed in it; None: all of it.
        vanished: what was gone before these changes began.
    """

    folder: bytes
    places: tuple[bytes, ...] | None
    vanished: tuple[bytes, ...]


class _Watched(msgspec.Struct):
    """A folder under watch.

    Attributes:
        tops: the folder and its reference folders; whether what is in them counts, too.
        presence: that of each, in the same order.
        bins: whether recycle bins, snapshots and caches in them count.
        pending: what changed.
        problem: why it is not watched in full.
    """

    tops: dict[bytes, bool]
    presence: tuple[Presence, ...]
    bins: bool = False
    pending: Pending = msgspec.field(default_factory=Pending)
    problem: ErrorInfo | None = None

    @property
    def is_away(self) -> bool:
        """Whether the folder itself is not there, or cannot be listed."""
        return self.presence[0][0] is None


class Watcher:
    """Watches folders.

    Args:
        on_due: called when it is time to `take` something.
    """

    def __init__(self, on_due: Callable[[], None]) -> None:
        self._on_due = on_due
        self._loop = asyncio.get_running_loop()
        self._watched: dict[bytes, _Watched] = {}
        self._events: FolderEvents | TreeEvents | None = None
        self._anchors: Anchors | LookedAt | None = None
        self._deaf: ErrorInfo | None = None
        """Why nobody would tell that a folder comes or goes."""
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._checking: asyncio.Task[None] | None = None
        self._stale = False

    def close(self) -> None:
        """Watch nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
        for task in (*self._tasks, *filter(None, (self._checking,))):
            task.cancel()
        if self._events is not None:
            self._events.close()
        if self._anchors is not None:
            self._anchors.close()

    async def hold(
        self,
        folder: bytes,
        references: tuple[bytes, ...],
        *,
        recursive: bool,
        bins: bool = False,
    ) -> None:
        """Watch a folder from now on, and have all of it looked at.

        Args:
            folder: absolute.
            references: folders that belong to it.
            recursive: subfolders are watched, too.
            bins: recycle bins, snapshots and caches in them are watched, too.

        Raises:
            DifdError: the system watches no more folders; what it does watch is looked at.
        """
        tops = {folder: recursive, **dict.fromkeys(references, recursive)}
        watched = _Watched(tops, (await _presences([tops]))[0], bins=bins)
        self.drop(folder)
        self._watched[folder] = watched
        self._recheck()
        await self._establish(watched, 0.0)
        if watched.problem is not None:
            raise DifdError(watched.problem.message, hint=watched.problem.hint)

    def drop(self, folder: bytes) -> None:
        """Watch a folder no longer."""
        watched = self._watched.pop(folder, None)
        if watched is None:
            return
        shared = {top for other in self._watched.values() for top in other.tops}
        self._let_go(watched.tops.keys() - shared)
        self._recheck()

    def is_away(self, folder: bytes) -> bool:
        """Whether a watched folder is not there, or cannot be listed."""
        watched = self._watched.get(folder)
        return watched is not None and watched.is_away

    def problem(self, folder: bytes) -> ErrorInfo | None:
        """Why a folder is not watched in full, if it is not."""
        watched = self._watched.get(folder)
        return None if watched is None else watched.problem or self._deaf

    def take(self) -> list[Due]:
        """What is to be looked at now; it is not given again."""
        now = self._loop.time()
        found = []
        for folder, watched in self._watched.items():
            due = watched.pending.due()
            if due is None or due > now:
                continue
            places, vanished = watched.pending.take(now, os.path.lexists)
            # When a folder comes back, all of it is looked at.
            if not watched.is_away and places != ():
                found.append(Due(folder, places, vanished))
        self._arm()
        return found

    def put_back(self, due: Due, seconds: float) -> None:
        """A look was given up: the same again after so many seconds."""
        watched = self._watched.get(due.folder)
        if watched is not None:
            watched.pending.put_back(due.places, due.vanished, self._loop.time() + seconds)
            self._arm()

    async def _establish(self, watched: _Watched, seconds: float) -> None:
        """Watch all of it, and have it looked at after so many seconds."""
        watched.problem = None
        if self._is_current(watched) and not watched.is_away:
            try:
                if self._events is None:
                    self._events = self._new_events()
                for top, recursive in watched.tops.items():
                    # It may be dropped while a large tree is added.
                    if self._is_current(watched):
                        await self._events.add(top, recursive=recursive, bins=watched.bins)
            except DifdError as error:
                watched.problem = error.info()
        watched.pending.change_all(self._loop.time() + seconds)
        self._arm()

    def _new_events(self) -> FolderEvents | TreeEvents:
        if facts.WINDOWS:
            return TreeEvents(self._on_change, self._on_loss)
        return FolderEvents(self._on_change, self._on_loss)

    def _new_anchors(self) -> Anchors | LookedAt:
        return LookedAt(self._recheck) if facts.WINDOWS else Anchors(self._recheck)

    def _is_current(self, watched: _Watched) -> bool:
        return any(one is watched for one in self._watched.values())

    def _on_change(self, place: bytes) -> None:
        now = self._loop.time()
        for watched in self._watched.values():
            if any(holds(top, place) for top in watched.tops):
                watched.pending.change(place, now)
        if any(place in watched.tops for watched in self._watched.values()):
            self._recheck()
        self._arm()

    def _on_loss(self, why: DifdError | None) -> None:
        due = self._loop.time() + QUIET_SECONDS
        for watched in self._watched.values():
            watched.pending.change_all(due)
            watched.problem = watched.problem if why is None else why.info()
        self._arm()

    def _recheck(self) -> None:
        """See which folders came or went, and watch those that came; once more if asked while."""
        self._stale = True
        if self._checking is None:
            self._checking = self._loop.create_task(self._check())

    async def _check(self) -> None:
        try:
            while self._stale:
                self._stale = False
                await self._check_once()
        finally:
            self._checking = None

    async def _check_once(self) -> None:
        before = list(self._watched.values())
        tops = [watched.tops for watched in before]
        # Listened to first: what happens from here on is told, and is a reason to check again.
        if self._anchors is None:
            self._anchors = self._new_anchors()
        try:
            await self._anchors.hold([top for some in tops for top in some])
            self._deaf = None
        except OSError as error:
            self._deaf = refusal("instances", error).info()
        for watched, now in zip(before, await _presences(tops), strict=True):
            if now != watched.presence:
                watched.presence = now
                self._let_go(watched.tops)
                # What is being mounted or unpacked is not complete yet.
                task = self._loop.create_task(self._establish(watched, QUIET_SECONDS))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _let_go(self, tops: Iterable[bytes]) -> None:
        if self._events is not None:
            for top in tops:
                self._events.remove(top)

    def _arm(self) -> None:
        """One timer for the next look; it is moved when it rings, not at every event."""
        due = min(
            (due for watched in self._watched.values() if (due := watched.pending.due())),
            default=None,
        )
        if due is None:
            return
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = self._loop.time()
        dues = [watched.pending.due() for watched in self._watched.values()]
        if any(due is not None and due <= now for due in dues):
            self._on_due()
        else:
            self._arm()


async def _presences(tops: Sequence[Iterable[bytes]]) -> list[tuple[Presence, ...]]:
    """The presence of several folders; one on a network drive may not answer for long."""
    return await asyncio.to_thread(lambda: [tuple(map(presence, some)) for some in tops])
