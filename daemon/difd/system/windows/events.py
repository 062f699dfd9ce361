"""Trees of folders, told of by ReadDirectoryChangesW.

Called by ourselves: libraries for it keep to themselves that Windows had more to tell than there
was room for, and then all of the tree has to be looked at.
"""

from __future__ import annotations

import ctypes
import msvcrt
import os
import struct
import threading
from collections.abc import Callable, Iterator
from ctypes import wintypes
from typing import Final

from difd.system.windows import handles, paths
from difd.system.windows.kernel import declare, failure, kernel32

HAS_EVENTS: Final = True
"""Whether folders can be watched here."""

_WHAT: Final = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x40
"""FILE_NOTIFY_CHANGE_: names of files and folders, attributes, size, last write, creation. Not the
last access: what a search reads would change with it."""

_WRITTEN: Final = 3
"""FILE_ACTION_MODIFIED."""

_ROOM: Final = 1 << 16
"""Bytes; network drives take no more."""

_ATTEMPTS: Final = 50
_MOMENT: Final = 0.01
"""How often, and with how many seconds in between, the thread is told to end."""

_ENTRY: Final = struct.Struct("<III")
"""Where the next one begins, what happened, and how many bytes of a name follow."""

_told: Final = declare(
    kernel32,
    "ReadDirectoryChangesW",
    wintypes.BOOL,
    *(wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD, wintypes.BOOL, wintypes.DWORD),
    *(ctypes.POINTER(wintypes.DWORD), ctypes.c_void_p, ctypes.c_void_p),
)
_cancel: Final = declare(kernel32, "CancelIoEx", wintypes.BOOL, wintypes.HANDLE, ctypes.c_void_p)


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
        self._closed = threading.Event()
        self._lock = threading.Lock()
        handle = handles.opened(
            paths.verbatim(os.fsdecode(top)),
            handles.LIST,
            handles.SHARE_READ_WRITE | handles.SHARE_DELETE,
            handles.OPEN_EXISTING,
            handles.BACKUP,
        )
        self._descriptor = msvcrt.open_osfhandle(handle, os.O_RDONLY)
        self._thread = threading.Thread(target=self._listen, name="difd-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._closed.set()
        # The thread may be about to wait.
        for _ in range(_ATTEMPTS):
            with self._lock:
                if self._descriptor >= 0:
                    _cancel(msvcrt.get_osfhandle(self._descriptor), None)
            self._thread.join(_MOMENT)
            if not self._thread.is_alive():
                return

    def _listen(self) -> None:
        room = ctypes.create_string_buffer(_ROOM)
        try:
            while not self._closed.is_set():
                told = self._next(room)
                if told == b"":
                    self._on_loss(None)
                for action, name in entries(told):
                    self._take(action, name)
        except OSError as error:
            if not self._closed.is_set():
                self._on_loss(error)
        finally:
            with self._lock:
                os.close(self._descriptor)
                self._descriptor = -1

    def _next(self, room: ctypes.Array[ctypes.c_char]) -> bytes:
        """Wait for what happens next; nothing where it was more than there is room for."""
        length = wintypes.DWORD()
        handle = msvcrt.get_osfhandle(self._descriptor)
        wanted = (room, _ROOM, self._recursive, _WHAT, ctypes.byref(length), None, None)
        if not _told(handle, *wanted):
            raise failure()
        return room.raw[: length.value]

    def _take(self, action: int, name: str) -> None:
        path = os.path.join(self._top, os.fsencode(name))
        # A folder counts as written when something in it came or went, which is told by itself.
        if action != _WRITTEN or not os.path.isdir(path):
            self._on_change(paths.reachable(path))


def entries(told: bytes) -> Iterator[tuple[int, str]]:
    """What happened, and the path of where, from the top of the tree.

    Args:
        told: as Windows writes it, FILE_NOTIFY_INFORMATION.
    """
    at = 0
    while len(told) - at >= _ENTRY.size:
        step, action, length = _ENTRY.unpack_from(told, at)
        name = told[at + _ENTRY.size :][:length]
        yield action, name.decode("utf-16-le", "surrogatepass")
        if not step:
            return
        at += step
