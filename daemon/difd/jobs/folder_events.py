"""What happens in folder trees, told by the system (inotify) and without looking by ourselves.

Nothing is read while nothing happens. A file is told of when whoever writes it has closed it; of a
folder that comes, everything in it counts as changed. Only Linux has inotify; for Windows, see
`tree_events`.
"""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from difd.protocol.errors import DifdError, UsageError, WatchLimitReached
from difd.protocol.passing import named_places
from difd.system import events, facts, paths

if TYPE_CHECKING or facts.LINUX:
    from difd.system.events import Event, INotify, flags

_LIMITS: Final = "/proc/sys/fs/inotify"

_ENOUGH: Final = {"watches": 524_288, "instances": 1024}
"""What desktops allow."""


def check_system() -> None:
    """Refuse where folders cannot be watched.

    Raises:
        UsageError: this is neither Linux nor Windows.
    """
    if not events.HAS_EVENTS:
        raise UsageError(
            "Watching folders needs Linux or Windows.", hint="Search them: difctl search DIR"
        )


class Top(NamedTuple):
    """How a folder is watched: with those in it; with bins, snapshots and caches among them."""

    recursive: bool
    bins: bool


class FolderEvents:
    """Watches trees of folders.

    Args:
        on_change: called with the path of a file or folder that came, went or was written.
        on_loss: called when changes happened and it is not known which; with the reason why further
            ones will not be known either, or None.
    """

    def __init__(
        self,
        on_change: Callable[[bytes], None],
        on_loss: Callable[[DifdError | None], None],
    ) -> None:
        check_system()
        self._on_change, self._on_loss = on_change, on_loss
        self._tops: dict[bytes, Top] = {}
        self._paths: dict[int, bytes] = {}
        self._watches: dict[bytes, int] = {}
        self._adding = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        try:
            self._inotify = INotify(nonblocking=True)
        except OSError as error:
            raise refusal("instances", error) from error
        self._mask = (
            flags.CREATE
            | flags.CLOSE_WRITE
            | flags.MOVED_FROM
            | flags.MOVED_TO
            | flags.DELETE
            | flags.ATTRIB
            | flags.ONLYDIR
            | flags.EXCL_UNLINK
        )
        self._loop.add_reader(self._inotify.fileno(), self._read)

    def close(self) -> None:
        """Watch nothing any more."""
        self._loop.remove_reader(self._inotify.fileno())
        self._inotify.close()
        for task in self._tasks:
            task.cancel()

    @property
    def folders(self) -> int:
        """How many folders are watched."""
        return len(self._watches)

    async def add(self, top: bytes, *, recursive: bool, bins: bool = False) -> None:
        """Watch a folder, and with `recursive` all folders in it, now and later.

        Args:
            top: the folder.
            recursive: whether what is in its folders counts.
            bins: whether that of recycle bins, snapshots and caches in it does, too.

        Raises:
            WatchLimitReached: the system allows no more; what could be watched is.
        """
        self._tops[top] = Top(recursive, bins)
        await self._add(top, recursive=recursive)

    def remove(self, top: bytes) -> None:
        """Watch a folder and what is in it no longer, but for what others hold."""
        self._tops.pop(top, None)
        self._forget(top, all_of_it=False)

    async def _add(self, top: bytes, *, recursive: bool) -> None:
        # A large tree takes seconds, and two threads at it would cross each other's paths.
        async with self._adding:
            try:
                await asyncio.to_thread(self._add_tree, top, recursive=recursive)
            finally:
                # Let go meanwhile: the thread went on, and what it added nobody wants.
                kept = self._tops.get(top)
                if (kept is None or kept.recursive != recursive) and not self._is_wanted(top):
                    self._forget(top, all_of_it=False)

    def _add_tree(self, top: bytes, *, recursive: bool) -> None:
        pending = [top]
        while pending:
            folder = pending.pop()
            try:
                # A folder may be given by a link; links inside are not followed.
                link = 0 if folder in self._tops else flags.DONT_FOLLOW
                number = self._inotify.add_watch(folder, self._mask | link)
                self._paths[number] = folder
                self._watches[folder] = number
                if recursive:
                    # Only now: what comes later is told of.
                    with os.scandir(folder) as entries:
                        inside = [e.path for e in entries if e.is_dir(follow_symlinks=False)]
                    pending += filter(self._is_wanted, inside)
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    raise refusal("watches", error) from error
                # It is gone or closed to us; the folder above tells when that changes.
            except ValueError:
                return  # closed meanwhile

    def _read(self) -> None:
        for event in self._inotify.read(timeout=0):
            self._take(event)

    def _take(self, event: Event) -> None:
        if event.mask & flags.Q_OVERFLOW:
            self._on_loss(None)
            return
        folder = self._paths.get(event.wd)
        if event.mask & flags.IGNORED:
            if folder is not None:
                del self._paths[event.wd]
                if self._watches.get(folder) == event.wd:
                    del self._watches[folder]
            return
        if folder is None:
            return
        path = os.path.join(folder, os.fsencode(event.name)) if event.name else folder
        if event.mask & flags.ISDIR:
            self._take_folder(path, event.mask)
        elif not event.mask & flags.CREATE or _is_whole(path):
            self._on_change(path)

    def _take_folder(self, path: bytes, mask: int) -> None:
        if mask & (flags.MOVED_FROM | flags.DELETE):
            self._forget(path, all_of_it=True)
        elif path not in self._watches and self._is_wanted(path):
            task = self._loop.create_task(self._follow(path))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._on_change(path)

    async def _follow(self, folder: bytes) -> None:
        """Watch a folder that came; what came in it before we did has to be looked at."""
        try:
            await self._add(folder, recursive=True)
        except WatchLimitReached as error:
            self._on_loss(error)
        self._on_change(folder)

    def _is_wanted(self, folder: bytes) -> bool:
        # A copy: the thread that adds a tree asks, too.
        return any(
            kept.recursive and holds(top, folder) and (kept.bins or not is_left_out(top, folder))
            for top, kept in list(self._tops.items())
        )

    def _forget(self, top: bytes, *, all_of_it: bool) -> None:
        """Stop watching what is at or below a path: where it is gone, or nobody wants it."""
        # A copy: the thread that adds a tree goes on meanwhile.
        below = [path for path in list(self._watches) if holds(top, path)]
        for path in below:
            held = path in self._tops or self._is_wanted(path)
            if all_of_it or not held:
                number = self._watches.pop(path)
                self._paths.pop(number, None)
                # Of a folder that was deleted, the system has forgotten it before us.
                with suppress(OSError):
                    self._inotify.rm_watch(number)


def holds(top: bytes, path: bytes) -> bool:
    """Whether a path is a folder or lies in it, by their names."""
    return paths.holds(top, path)


def is_left_out(top: bytes, folder: bytes) -> bool:
    """Whether a folder is or lies in a place below the top where files do not stay."""
    base = len(paths.inside(top))
    return any(place.start >= base for place in named_places(folder))


def _is_whole(path: bytes) -> bool:
    """Whether a file that was just made is complete; one that is being written is closed later."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return not stat.S_ISREG(status.st_mode) or status.st_nlink > 1


def refusal(what: Literal["instances", "watches"], error: OSError) -> DifdError:
    """What the system's refusal means: that it allows no more of these, or something else."""
    if error.errno not in {errno.ENOSPC, errno.EMFILE}:
        return DifdError(f"Folders cannot be watched: {error.strerror}.")
    words = "watched folders" if what == "watches" else "of them to watch folders"
    try:
        with open(f"{_LIMITS}/max_user_{what}", encoding="ascii") as file:
            now = int(file.read())
    except (OSError, ValueError):
        now = 0
    return WatchLimitReached(
        f"The system allows only {now:,} {words}, for all programs of this user together.",
        hint=f"Raise it: sudo sysctl fs.inotify.max_user_{what}={max(2 * now, _ENOUGH[what])}",
    )
