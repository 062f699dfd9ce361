"""Trees of folders, told of by ReadDirectoryChangesW; watchdog calls it.

Of watchdog only these calls are used: its observers say nothing when Windows had more to tell than
there was room for, and all of the tree has to be looked at.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from watchdog.observers import winapi

from difd.system.windows import paths

_WRITTEN: Final = 3
"""FILE_ACTION_MODIFIED."""


class Tree:
    """A folder that is listened to, with all that is in it, by a thread of its own.

    Args:
        top: its path.
        on_change: told, in that thread, of the path of what came, went or was written.
        on_loss: told there that something was missed; with the reason if nothing more will be told.
        recursive: what is in its folders counts.

    Raises:
        OSError: it cannot be listened to.
    """

    def __init__(
        self,
        top: bytes,
        on_change: Callable[[bytes], None],
        on_loss: Callable[[OSError | None], None],
        *,
        recursive: bool = True,
    ) -> None:
        self._top, self._recursive = top, recursive
        self._on_change, self._on_loss = on_change, on_loss
        self._place = paths.verbatim(os.fsdecode(top))
        self._closed = threading.Event()
        self._handle = winapi.get_directory_handle(self._place)
        self._thread = threading.Thread(target=self._listen, name="difd-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        if not self._closed.is_set():
            self._closed.set()
            with suppress(OSError):
                winapi.close_directory_handle(self._handle)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                told = winapi.read_events(self._handle, self._place, recursive=self._recursive)
            except OSError as error:
                if not self._closed.is_set():
                    self._on_loss(error)
                return
            if self._closed.is_set():
                return
            if not told:
                self._on_loss(None)
            for event in told:
                self._take(event.action, event.src_path)

    def _take(self, action: int, name: str) -> None:
        path = os.path.join(self._top, os.fsencode(name))
        # A folder counts as written when something in it came or went, which is told by itself.
        if action != _WRITTEN or not os.path.isdir(path):
            self._on_change(paths.reachable(path))
