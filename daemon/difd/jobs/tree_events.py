"""What happens in folder trees where the system tells of a tree as a whole: on Windows.

The same questions as in `folder_events` and `anchors`, which Linux answers folder by folder. That
a watched folder itself comes or goes nobody tells here, so it is looked at every few seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final

from difd.jobs.anchors import Presence, presence
from difd.jobs.folder_events import Top, is_left_out
from difd.protocol.errors import DifdError
from difd.system import paths
from difd.system.events import Tree

_SECONDS: Final = 5.0
"""Between two looks at whether watched folders are there."""


class TreeEvents:
    """Watches trees of folders; the arguments are those of `FolderEvents`."""

    def __init__(
        self,
        on_change: Callable[[bytes], None],
        on_loss: Callable[[DifdError | None], None],
    ) -> None:
        self._on_change, self._on_loss = on_change, on_loss
        self._trees: dict[bytes, Tree] = {}
        self._tops: dict[bytes, Top] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Watch nothing any more."""
        for task in self._tasks:
            task.cancel()
        for top in list(self._tops):
            self.remove(top)

    async def add(self, top: bytes, *, recursive: bool, bins: bool = False) -> None:
        """Watch a folder, and with `recursive` all folders in it, now and later.

        Args:
            top: the folder.
            recursive: whether what is in its folders counts.
            bins: whether that of recycle bins, snapshots and caches in it does, too.

        Raises:
            DifdError: the system does not watch it.
        """
        self.remove(top)
        self._tops[top] = Top(recursive, bins)
        try:
            await self._listen(top, recursive=recursive)
        except FileNotFoundError:
            return  # it is gone, which whoever looks at that notices
        except OSError as error:
            raise DifdError(f"Folders cannot be watched: {error.strerror}.") from error

    def remove(self, top: bytes) -> None:
        """Watch a folder and what is in it no longer."""
        self._tops.pop(top, None)
        self._let_go(top)

    async def _listen(self, top: bytes, *, recursive: bool) -> None:
        def changed(place: bytes) -> None:
            self._tell(self._take, top, place)

        def lost(error: OSError | None) -> None:
            self._tell(self._lose, top, error)

        def listen() -> Tree:
            return Tree(top, changed, lost, recursive=recursive)

        tree = await asyncio.to_thread(listen)
        if top in self._tops:
            self._let_go(top)
            self._trees[top] = tree
        else:
            tree.close()

    def _let_go(self, top: bytes) -> None:
        tree = self._trees.pop(top, None)
        if tree is not None:
            tree.close()

    def _tell(self, told: Callable[..., None], *arguments: object) -> None:
        # The loop may have been closed while a thread had something to say.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(told, *arguments)

    def _take(self, top: bytes, place: bytes) -> None:
        watched = self._tops.get(top)
        if watched and (watched.bins or not is_left_out(top, paths.folder_of(place))):
            self._on_change(place)

    def _lose(self, top: bytes, error: OSError | None) -> None:
        if top not in self._tops:
            return
        if error is None:
            self._on_loss(None)
            return
        # The folder itself went, or its drive; or something else failed, and it is there still.
        self._let_go(top)
        self._on_change(top)
        task = self._loop.create_task(self._try_again(top))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try_again(self, top: bytes) -> None:
        while top in self._tops and top not in self._trees:
            await asyncio.sleep(_SECONDS)
            with suppress(OSError):
                if top in self._tops and top not in self._trees:
                    await self._listen(top, recursive=self._tops[top].recursive)
                    self._on_change(top)


class LookedAt:
    """Looks whether watched folders come or go; the argument is that of `Anchors`."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._held: tuple[bytes, ...] = ()
        self._seen: list[Presence] = []
        self._task = asyncio.get_running_loop().create_task(self._look())

    def close(self) -> None:
        """Look no more."""
        self._task.cancel()

    async def hold(self, folders: Collection[bytes]) -> None:
        """Look at these folders, and at no others any more."""
        self._held = tuple(folders)
        self._seen = await asyncio.to_thread(_presences, self._held)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS)
            held = self._held
            seen = await asyncio.to_thread(_presences, held)
            if held == self._held and seen != self._seen:
                self._seen = seen
                self._on_change()


def _presences(folders: Collection[bytes]) -> list[Presence]:
    return [presence(folder) for folder in folders]
