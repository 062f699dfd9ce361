"""Events with a name: a daemon makes one with its number, and whoever sets it stops the daemon.

Who starts without a console hears no Ctrl-C; and to end a process from outside, as Python does for
SIGTERM, would not let it finish what it writes. That the event is there says, too, that the number
is still a daemon's.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from ctypes import wintypes
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from difd.system.windows.kernel import close_handle, declare, failure, kernel32
from difd.system.windows.processes import is_alive

if TYPE_CHECKING:
    import asyncio

_SET: Final = 0x2
_WAIT: Final = 0x0010_0000
"""EVENT_MODIFY_STATE and SYNCHRONIZE."""

_FOREVER: Final = 0xFFFF_FFFF
_TIMED_OUT: Final = 258

_create_event: Final = declare(
    kernel32,
    "CreateEventW",
    wintypes.HANDLE,
    *(ctypes.c_void_p, wintypes.BOOL, wintypes.BOOL, wintypes.LPCWSTR),
)
_open_event: Final = declare(
    kernel32, "OpenEventW", wintypes.HANDLE, wintypes.DWORD, wintypes.BOOL, wintypes.LPCWSTR
)
_set_event: Final = declare(kernel32, "SetEvent", wintypes.BOOL, wintypes.HANDLE)
_wait: Final = declare(
    kernel32, "WaitForSingleObject", wintypes.DWORD, wintypes.HANDLE, wintypes.DWORD
)
_open_process: Final = declare(
    kernel32, "OpenProcess", wintypes.HANDLE, wintypes.DWORD, wintypes.BOOL, wintypes.DWORD
)


def _new_loop() -> asyncio.AbstractEventLoop:
    """The event loop of a daemon: ZeroMQ needs one that waits for sockets."""
    import asyncio  # noqa: PLC0415  clients wait without it

    return asyncio.SelectorEventLoop()


def hear(
    loop: asyncio.AbstractEventLoop,
    on_stop: Callable[[], None],
    on_refresh: Callable[[], None],  # noqa: ARG001  Windows has no SIGHUP
) -> None:
    """Have this process's event stop it, and Ctrl-C and Ctrl-Break where it has a console.

    Raises:
        OSError: there can be no event.
    """
    event = _create_event(None, False, False, _name(os.getpid()))  # noqa: FBT003  positional only
    if not event:
        raise failure()

    def wait() -> None:
        while _wait(event, _FOREVER) == 0:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(on_stop)

    threading.Thread(target=wait, name="stop", daemon=True).start()
    ours, theirs = socket.socketpair()
    ours.setblocking(False)  # noqa: FBT003  positional only
    theirs.setblocking(False)  # noqa: FBT003  positional only
    # A signal is heard only while Python runs, and an idle loop does not.
    loop.add_reader(ours, lambda: ours.recv(64))
    signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)

    def on_signal(_number: int, _frame: Any) -> None:  # noqa: ANN401  what Python gives
        loop.call_soon_threadsafe(on_stop)

    for number in (signal.SIGINT, signal.SIGBREAK, signal.SIGTERM):
        signal.signal(number, on_signal)
    _kept.append((event, ours, theirs))


def ask(pid: int) -> None:
    """Tell a process to stop that this one has started; before it listens, it is ended.

    Raises:
        ProcessLookupError: it has ended.
    """
    if not _told(pid):
        if not is_alive(pid):
            raise ProcessLookupError
        os.kill(pid, signal.SIGTERM)


def terminate(pid: int, lock: Path, place: Path) -> bool:  # noqa: ARG001  POSIX looks at them
    """Tell a daemon to stop that this process has not started.

    Returns:
        Whether it was told; not if the process is no daemon of this user's session.

    Raises:
        ProcessLookupError: it has ended.
    """
    if _told(pid):
        return True
    if not is_alive(pid):
        raise ProcessLookupError
    return False


def wait_for_end(pid: int, seconds: float) -> bool:
    """Wait until the process with this number has ended; False if it has not by then."""
    process = _open_process(_WAIT, False, pid)  # noqa: FBT003  positional only
    if not process:
        return True
    try:
        return int(_wait(process, int(seconds * 1000))) != _TIMED_OUT
    finally:
        close_handle(process)


def _told(pid: int) -> bool:
    event = _open_event(_SET, False, _name(pid))  # noqa: FBT003  positional only
    if not event:
        return False
    try:
        return bool(_set_event(event))
    finally:
        close_handle(event)


def _name(pid: int) -> str:
    return rf"Local\difd-stop-{pid}"


NEW_LOOP: Final = _new_loop
"""What makes the event loop of a daemon."""

_kept: Final[list[tuple[object, ...]]] = []
"""What must not be closed before this process ends."""
