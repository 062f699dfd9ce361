"""Signals, and processes named by descriptors where the system has those."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_LOCKS: Final = Path("/proc/locks")

_CREDENTIALS: Final = struct.Struct("3i")
_SOL_LOCAL: Final = 0
_LOCAL_PEERPID: Final = 2
"""Of macOS's sys/un.h; Python does not name them."""

_POLL_SECONDS: Final = 0.02

NEW_LOOP: Final = None
"""What makes the event loop of a daemon: asyncio by itself."""


def hear(
    loop: asyncio.AbstractEventLoop, on_stop: Callable[[], None], on_refresh: Callable[[], None]
) -> None:
    """Have SIGTERM and SIGINT stop this process, and SIGHUP read what is configured."""
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_stop)
    loop.add_signal_handler(signal.SIGHUP, on_refresh)


def ask(pid: int) -> None:
    """Tell a process to stop that this one has started; nobody else has its number.

    Raises:
        ProcessLookupError: it has ended.
    """
    os.kill(pid, signal.SIGTERM)


def terminate(pid: int, lock: Path, place: Path) -> bool:
    """Tell a daemon to stop that this process has not started.

    It is looked at first, and named by a descriptor rather than its number, so that nobody else can
    get the signal. Where there are no such descriptors, it must be the one that listens.

    Args:
        pid: of it.
        lock: the file that it has locked.
        place: where it listens.

    Returns:
        Whether it was told; not if the process is not this user's daemon.

    Raises:
        ProcessLookupError: it has ended.
        PermissionError: it is not this user's.
    """
    if not hasattr(os, "pidfd_open"):
        # The number may be another process's by now; only the daemon listens on its socket.
        if _listener(place) != pid:
            return False
        os.kill(pid, signal.SIGTERM)
        return True
    process = os.pidfd_open(pid)
    try:
        # After it was opened: if the number is another process's by now, this tells.
        if os.stat(f"/proc/{pid}").st_uid != os.getuid() or not _holds_lock(pid, lock):
            return False
        signal.pidfd_send_signal(process, signal.SIGTERM)
    except FileNotFoundError:
        raise ProcessLookupError from None
    finally:
        os.close(process)
    return True


def wait_for_end(pid: int, seconds: float) -> bool:
    """Wait until the process with this number has ended; False if it has not by then."""
    if hasattr(os, "pidfd_open"):
        # Also true of a process that nobody has waited for yet, which kill(pid, 0) still finds.
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return True
        ended, _, _ = select.select([descriptor], [], [], seconds)
        os.close(descriptor)
        return bool(ended)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # if we started it, nobody else waits for it
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _listener(place: Path) -> int | None:
    """The process that listens on a daemon's socket; it need not answer."""
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(os.fspath(place))
        except OSError:
            return None
        if sys.platform == "darwin":
            return line.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID)
        given = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        return int(_CREDENTIALS.unpack(given)[0])


def _holds_lock(pid: int, lock: Path) -> bool:
    """Whether the kernel counts the lock as this process's; the lock itself is never touched."""
    try:
        locks = _LOCKS.read_text(encoding="ascii")
    except FileNotFoundError:
        # Where locks are not told, whoever asks has at least seen that it has the file open.
        return True
    # 1: FLOCK  ADVISORY  WRITE 4711 00:1a:5392 0 EOF
    held = rf"\d+: FLOCK +\w+ +WRITE {pid} [0-9a-f:]+:{lock.stat().st_ino} .*"
    return any(re.fullmatch(held, line) for line in locks.splitlines())
