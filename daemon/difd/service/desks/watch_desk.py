"""The daemon's desk for watched folders: takes requests about them, and has changes looked at.

What a look finds becomes a finished job like any other, and whoever follows is told.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from difd.jobs.folder_events import check_system
from difd.jobs.watcher import Watcher
from difd.protocol.envelope import Reply, Request
from difd.protocol.errors import (
    DifdError,
    InvalidOption,
    PathNotFound,
    PathUnreadable,
    UsageError,
)
from difd.protocol.options import SearchOptions, check_absolute, check_options
from difd.protocol.places import absolute
from difd.protocol.removal import remove_file
from difd.protocol.watching import (
    AddWatch,
    FindsReply,
    FollowWatches,
    ListWatches,
    NewDuplicates,
    RemoveWatches,
    WatchesReply,
    WatchFind,
    WatchInfo,
    WatchState,
)
from difd.service.desks.look_desk import LookDesk
from difd.service.server.answering import LateReplies
from difd.service.server.followers import Followers
from difd.service.server.load import weight
from difd.service.server.verbs import Verb, verb
from difd.store.database import failures_told
from difd.store.watch_list import Watch, WatchList

_log = logging.getLogger(__name__)

Send = Callable[[bytes, msgspec.Struct], bool]

WATCHES_BYTES: Final = 4 << 20
"""Bytes that the options of all watched folders may take together: their list is one reply."""

ADDING_MAX: Final = 64
"""Folders that may be on their way to being watched; more are refused."""

_FINDS = "finds"
"""What is followed: there is one list of finds."""

_LIST = "The list of watched folders"
"""What fails when the store does, in words."""


class WatchDesk:
    """Takes requests about watched folders.

    Args:
        watch_list: where they are kept.
        looks: has changes looked at.
        mark: a file that is there while folders are watched.
        send: sends a message to a connection; False when it is gone.
    """

    def __init__(self, watch_list: WatchList, looks: LookDesk, send: Send, mark: Path) -> None:
        self._list, self._looks, self._mark = watch_list, looks, mark
        self._watcher = Watcher(self._look)
        self._followers = Followers(send)
        self._paused = False
        refusal = "Many folders are being added already; try again later."
        self._replies = LateReplies(send, ADDING_MAX, refusal)
        self._starting: asyncio.Task[None] | None = None
        looks.on_find, looks.on_rest, looks.on_failure = self._tell, self._look, self._repeat
        if watch_list.watches():
            self._starting = asyncio.get_running_loop().create_task(self._start())
            # A task that is kept does not tell of its failure.
            self._starting.add_done_callback(lambda _: self._started())

    @property
    def is_watching(self) -> bool:
        """Whether any folder is watched."""
        return bool(self._list.watches())

    @property
    def is_looking(self) -> bool:
        """Whether changes are being compared."""
        return self._looks.is_looking

    def pause(self, *, paused: bool) -> None:
        """Begin no look for now, or look at what came up meanwhile."""
        self._paused = paused
        self._look()

    def close(self) -> None:
        """Watch nothing any more."""
        if self._starting is not None:
            self._starting.cancel()
        self._watcher.close()

    def verbs(self) -> tuple[Verb, ...]:
        """What it answers."""
        return (
            verb(AddWatch, self.add, begins=True),
            verb(RemoveWatches, self._remove, changes=True),
            verb(ListWatches, self._show),
            verb(FollowWatches, self._follow),
        )

    def add(self, connection: bytes, request: AddWatch) -> None:
        """Watch a folder; the reply follows when it is watched.

        Raises:
            UsageError: the system has no inotify, or too much is on its way already.
        """
        check_system()
        self._replies.begin(connection, request, partial(self._added, request), request.options)

    def _follow(self, connection: bytes, request: FollowWatches) -> FindsReply:
        with failures_told(_LIST):
            self._followers.add(_FINDS, connection)
            newest = self._list.newest_find()
            after = newest if request.after is None else request.after
            finds = tuple(self._list.finds(after))
        return FindsReply(id=request.id, finds=finds, newest=newest)

    def _show(self, _connection: bytes, request: ListWatches) -> WatchesReply:
        with failures_told(_LIST):
            return self._told(request, self._list.watches())

    def _remove(self, _connection: bytes, request: RemoveWatches) -> WatchesReply:
        """Watch folders no more.

        Raises:
            UsageError: one of them is not watched.
        """
        with failures_told(_LIST):
            watches = self._list.remove(request.folders)
            for folder in request.folders:
                self._watcher.drop(folder)
            if not self.is_watching:
                remove_file(self._mark)
            return self._told(request, watches)

    def _told(self, request: Request, watches: Iterable[Watch]) -> WatchesReply:
        return WatchesReply(id=request.id, watches=tuple(map(self._info, watches)))

    def _started(self) -> None:
        self._starting = None

    async def _start(self) -> None:
        """Watch again what was watched; all of it is looked at once."""
        for watch in self._list.watches():
            try:
                await self._hold(watch.options)
            except DifdError as error:
                _log.warning("a folder is not watched in full: %s", error.message)
            except Exception:  # noqa: BLE001  one fault is one folder's
                # The others are watched nevertheless.
                _log.exception("a folder is not watched")

    async def _hold(self, options: SearchOptions) -> None:
        (folder,) = options.paths
        try:
            await self._watcher.hold(
                folder, options.reference, recursive=options.recursive, bins=options.bins
            )
        finally:
            # It takes a while, in which the watch may have been removed.
            if folder not in {watch.folder for watch in self._list.watches()}:
                self._watcher.drop(folder)

    async def _added(self, request: AddWatch) -> Reply:
        # A network drive that does not answer holds up a thread, and nothing else.
        options = await asyncio.to_thread(_checked, request.options.plain())
        with failures_told(_LIST):
            # Known before it is watched: a look may come at once.
            before = {watch.folder: watch for watch in self._list.watches()}
            self._refuse_when_full(options, before)
            self._list.add(options, time.time_ns())
            try:
                await self._hold(options)
            except DifdError:
                if options.paths[0] not in before:
                    self._list.remove(options.paths)
                    self._watcher.drop(options.paths[0])
                raise
            added = [w for w in self._list.watches() if w.folder == options.paths[0]]
            if not added:
                raise UsageError("The watch was removed before it began.", path=options.paths[0])
            self._mark.touch(mode=0o600)
        return self._told(request, added)

    def _refuse_when_full(self, options: SearchOptions, watched: Mapping[bytes, Watch]) -> None:
        others = (w.options for folder, w in watched.items() if folder != options.paths[0])
        if weight(options) + sum(map(weight, others)) > WATCHES_BYTES:
            raise UsageError("The watched folders name too many patterns and reference folders.")

    def _look(self) -> None:
        """Have what is due looked at, unless a look is under way."""
        if self._looks.is_looking or self._paused:
            return
        with failures_told(_LIST):
            watches = self._list.watches()
        refused = self._looks.begin(watches, self._watcher.take())
        for due in refused:
            self._watcher.put_back(due, 0.0)

    def _repeat(self, seconds: float) -> None:
        for due in self._looks.under_way:
            self._watcher.put_back(due, seconds)

    def _tell(self, find: WatchFind) -> None:
        self._followers.tell(_FINDS, NewDuplicates(find))

    def _info(self, watch: Watch) -> WatchInfo:
        problem = self._watcher.problem(watch.folder) or self._looks.problem(watch.folder)
        words = None
        if problem is not None:
            words = " ".join(filter(None, (problem.message, problem.hint)))
        return WatchInfo(
            folder=watch.folder,
            options=watch.options,
            state=self._state(watch, problem=words),
            known=self._list.known_count(watch.folder),
            problem=words,
            last=watch.last,
        )

    def _state(self, watch: Watch, *, problem: str | None) -> WatchState:
        if self._watcher.is_away(watch.folder) or self._looks.is_away(watch.folder):
            return "away"
        if problem is not None:
            return "error"
        if not watch.learned:
            return "learning"
        return "looking" if watch.folder in self._looks.folders else "watching"


def _checked(options: SearchOptions) -> SearchOptions:
    """The options of a watch.

    Raises:
        UsageError: they are not possible, or the folder is none.
    """
    check_options(options)
    if len(options.paths) != 1 or options.in_folder != "off":
        raise InvalidOption("One folder is added at a time.")
    check_absolute(options)
    for path in (*options.paths, *options.reference):
        if not os.path.exists(path):
            raise PathNotFound(
                "There is no such folder.",
                path=path,
                hint="Check the spelling, and whether its drive is connected.",
            )
        if not os.path.isdir(path):
            raise InvalidOption(
                "This is not a folder.", path=path, hint="Watch the folder that it is in."
            )
        if not os.access(path, os.R_OK | os.X_OK):
            raise PathUnreadable("This folder cannot be read.", path=path)
    paths = tuple(map(absolute, options.paths))
    references = tuple(map(absolute, options.reference))
    return msgspec.structs.replace(options, paths=paths, reference=references, query=False)
