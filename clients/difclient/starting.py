"""Starting the daemon: once, whoever and however many ask, and with its own words if it fails.

A client finds out by connecting whether a daemon is there; it never touches the daemon's lock,
because a lock that is probed is a lock that a starting daemon may find taken.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, closing, suppress
from typing import Final

from difd.protocol.endpoint import (
    Endpoint,
    check_directories,
    prepare_directories,
    user_endpoint,
)
from difd.protocol.errors import (
    DaemonAlreadyRunning,
    DaemonStartFailed,
    DifdError,
    error_from_info,
)
from difd.protocol.ownership import open_file
from difd.system import interpreter, locks, stop
from difd.system.endpoint import is_listening

START_SECONDS: Final = 20.0
"""How long a daemon may take until it answers; a predecessor on its way out may take 8 of them."""

LOCK_SECONDS: Final = START_SECONDS + 5.0
"""How long to wait for another command that starts one; it gives up before."""

_EVERY: Final = 0.1
"""Seconds between two attempts: many commands may wait at once."""


def ensure_daemon(endpoint: Endpoint, *, to_search: bool = False) -> bool:
    """Start a daemon unless one listens.

    Args:
        endpoint: where.
        to_search: a search will follow: the daemon's engine is started with it.

    Returns:
        Whether this call, or `start_ahead` before it, started it.

    Raises:
        RuntimeDirectoryUnsafe: there is no safe place for its socket.
        DaemonStartFailed: it gave up; the message is its own.
    """
    if endpoint in _ahead:
        begun, lock = _ahead.pop(endpoint)
        with closing(lock):
            return begun.await_word()
    prepare_directories(endpoint)
    if is_listening(endpoint.socket):
        return False
    with closing(_Lock(endpoint)) as lock:
        lock.wait()
        if is_listening(endpoint.socket):
            return False
        return _Begun(endpoint, to_search=to_search).await_word()


def start_ahead() -> None:
    """Begin to start a daemon for a search, while the command imports what it needs itself.

    `ensure_daemon` waits for it. Whatever stands in the way is met, and told, there.
    """
    endpoint = user_endpoint()
    with suppress(DifdError, OSError), ExitStack() as stack:
        check_directories()
        prepare_directories(endpoint)
        if is_listening(endpoint.socket):
            return
        lock = stack.enter_context(closing(_Lock(endpoint)))
        if lock.is_taken() and not is_listening(endpoint.socket):
            _ahead[endpoint] = _Begun(endpoint, to_search=True), lock
            stack.pop_all()  # it is held until somebody has waited


def give_up_ahead() -> None:
    """End what `start_ahead` began and nobody waited for: the command had something to refuse."""
    for begun, lock in _ahead.values():
        begun.give_up()
        lock.close()
    _ahead.clear()


class _Lock:
    """Held by whoever starts a daemon; others wait for it, and then find the daemon."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._path = endpoint.spawn_lock
        self._file = os.fdopen(open_file(self._path, os.O_RDWR | os.O_CREAT))

    def is_taken(self) -> bool:
        """Whether it is ours now."""
        try:
            locks.take(self._file.fileno())
        except BlockingIOError:
            return False
        return True

    def wait(self) -> None:
        """Take it.

        Raises:
            DaemonStartFailed: another command holds it for too long.
        """
        deadline = time.monotonic() + LOCK_SECONDS
        while not self.is_taken():
            if time.monotonic() > deadline:
                raise DaemonStartFailed(
                    "Another command is starting the daemon, and does not get on.",
                    path=os.fsencode(self._path),
                    hint="End that command, then try again.",
                )
            time.sleep(_EVERY)

    def close(self) -> None:
        """Let it go."""
        self._file.close()


class _Begun:
    """A daemon that was started, and has not said yet whether it serves.

    Args:
        endpoint: where it will listen.
        to_search: its engine starts with it.
    """

    def __init__(self, endpoint: Endpoint, *, to_search: bool) -> None:
        from difd.system import processes  # noqa: PLC0415  most commands find a daemon

        self._endpoint = endpoint
        log = open_file(endpoint.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            command = [*interpreter.COMMAND, "-m", "difd", *(["--ahead"] if to_search else [])]
            self._pid, self._word = processes.start_detached(command, log, "--ready-fd")
        finally:
            os.close(log)

    def give_up(self) -> None:
        """Tell it to end; nobody waits for children here, so the number is still its own."""
        with suppress(ProcessLookupError):
            stop.ask(self._pid)

    def await_word(self) -> bool:
        """Whether it serves; False if another one does.

        Raises:
            DaemonStartFailed: it gave up; the message is its own.
        """
        try:
            word = self._word.read(START_SECONDS)
        finally:
            self._word.close()
        if word is None:
            raise DaemonStartFailed(
                f"The daemon did not answer within {START_SECONDS:.0f} seconds.",
                hint="See the end of its log with: difctl daemon logs",
            )
        if word == b"READY":
            return True
        error = _error(word, self._endpoint)
        if isinstance(error, DaemonAlreadyRunning):
            return False
        raise error


_ahead: Final[dict[Endpoint, tuple[_Begun, _Lock]]] = {}
"""What `start_ahead` began, until somebody waits for it."""


def _error(word: bytes, endpoint: Endpoint) -> Exception:
    import msgspec  # noqa: PLC0415  not before the daemon is started

    from difd.protocol.error_info import ErrorInfo  # noqa: PLC0415

    try:
        return error_from_info(msgspec.msgpack.decode(word, type=ErrorInfo))
    except msgspec.DecodeError:
        return DaemonStartFailed(
            "The daemon ended before it could answer; its log says why.",
            path=os.fsencode(endpoint.log),
            hint="See the end of its log with: difctl daemon logs",
        )
