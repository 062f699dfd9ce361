"""Processes by handles that they inherit, and job objects that end and limit them."""

from __future__ import annotations

import ctypes
import msvcrt
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from ctypes import wintypes
from multiprocessing.connection import PipeConnection
from typing import Any, Final, NoReturn

from difd.system.windows.kernel import close_handle, declare, failure, kernel32, this_process

_KILL_ON_CLOSE: Final = 0x2000
_PROCESS_MEMORY: Final = 0x100
_NO_ERROR_BOX: Final = 0x400
"""Limits of a job: winnt.h, JOB_OBJECT_LIMIT_*."""

_EXTENDED: Final = 9
"""JobObjectExtendedLimitInformation."""

_BROKEN: Final = {109, 232}
"""ERROR_BROKEN_PIPE and ERROR_NO_DATA."""

_ASK: Final = 0x1000
_STILL_ACTIVE: Final = 259
"""PROCESS_QUERY_LIMITED_INFORMATION, and what a process exits with that has not ended."""

_POLL_SECONDS: Final = 0.02

_TICKS: Final = 10_000_000
"""Of a FILETIME in a second."""

_DETACHED: Final = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP


class _Limits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", wintypes.DWORD),
        ("least_working_set", ctypes.c_size_t),
        ("most_working_set", ctypes.c_size_t),
        ("processes", wintypes.DWORD),
        ("affinity", ctypes.c_size_t),
        ("priority", wintypes.DWORD),
        ("scheduling", wintypes.DWORD),
        ("counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


_create_job: Final = declare(
    kernel32, "CreateJobObjectW", wintypes.HANDLE, ctypes.c_void_p, wintypes.LPCWSTR
)
_limit_job: Final = declare(
    kernel32,
    "SetInformationJobObject",
    wintypes.BOOL,
    *(wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD),
)
_assign: Final = declare(
    kernel32, "AssignProcessToJobObject", wintypes.BOOL, wintypes.HANDLE, wintypes.HANDLE
)
_open_process: Final = declare(
    kernel32, "OpenProcess", wintypes.HANDLE, wintypes.DWORD, wintypes.BOOL, wintypes.DWORD
)
_exit_code: Final = declare(
    kernel32,
    "GetExitCodeProcess",
    wintypes.BOOL,
    wintypes.HANDLE,
    ctypes.POINTER(wintypes.DWORD),
)
_times_of: Final = declare(
    kernel32, "GetProcessTimes", wintypes.BOOL, wintypes.HANDLE, *(ctypes.c_void_p,) * 4
)
_time: Final = declare(kernel32, "GetSystemTimeAsFileTime", None, ctypes.c_void_p)
_set_priority: Final = declare(
    kernel32, "SetPriorityClass", wintypes.BOOL, wintypes.HANDLE, wintypes.DWORD
)
_peek: Final = declare(
    kernel32,
    "PeekNamedPipe",
    wintypes.BOOL,
    *(wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p),
    *(ctypes.POINTER(wintypes.DWORD), ctypes.c_void_p),
)


class Bound:
    """What binds a process to this one: a job whose processes end when its last handle closes.

    Args:
        memory: most bytes that the process may have; 0 for no limit.

    Raises:
        OSError: it cannot be made.
    """

    theirs: int = -1

    def __init__(self, memory: int) -> None:
        self._job = _create_job(None, None)
        if not self._job:
            raise failure()
        flags = _KILL_ON_CLOSE | _NO_ERROR_BOX | (_PROCESS_MEMORY if memory else 0)
        limits = _Limits(flags=flags, process_memory=memory)
        if not _limit_job(self._job, _EXTENDED, ctypes.byref(limits), ctypes.sizeof(limits)):
            error = failure()
            close_handle(self._job)
            raise error

    def start(
        self,
        command: Sequence[str],
        connection: PipeConnection[Any, Any],
        environment: Mapping[str, str],
    ) -> subprocess.Popen[bytes]:
        """Start a program, which gets the number of its end of a connection as last argument.

        Raises:
            OSError: it cannot be started.
        """
        handle = connection.fileno()
        os.set_handle_inheritable(handle, True)  # noqa: FBT003  positional only
        try:
            process = subprocess.Popen(  # noqa: S603  our own program
                [*command, str(handle)],
                stdin=subprocess.DEVNULL,
                env=environment,
                startupinfo=subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]}),
                creationflags=subprocess.CREATE_NO_WINDOW,
            )
        finally:
            os.set_handle_inheritable(handle, False)  # noqa: FBT003  positional only
        # It has not been told yet what to do: it ends by itself if we end here.
        if not _assign(self._job, int(process._handle)):  # type: ignore[attr-defined]  # noqa: SLF001  the only way to it
            error = failure()
            process.kill()
            raise error
        return process

    def started(self) -> None:
        """The process is bound."""

    def close(self) -> None:
        """Let the process go: it ends."""
        close_handle(self._job)


def connection_of(number: str) -> PipeConnection[Any, Any]:
    """The connection whose end this process was started with."""
    return PipeConnection(int(number))


def end_with_host() -> None:
    """End when the host does: its job sees to that."""
    ignore_interrupts()


def ignore_interrupts() -> None:
    """Leave Ctrl-C in a console to the process that was started there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def limit_this(memory: int) -> None:
    """At most `memory` bytes: the job of this process has that limit already."""


def give_way(niceness: int) -> None:
    """Run at lower priority."""
    if niceness > 0:
        _set_priority(this_process(), subprocess.BELOW_NORMAL_PRIORITY_CLASS)


def is_named(name: str) -> None:
    """Be told apart in lists of processes: Windows shows the program and its arguments."""


def keep_memory(most: int) -> None:
    """Keep freed memory: the heap of Windows does."""


def file_limit(*, hard: bool = False) -> int | None:  # noqa: ARG001  POSIX has two
    """How many files may be open at once: as many as there is memory for."""
    return None


def allow_files(wanted: int) -> None:
    """Raise the limit of open files: there is none."""


def age() -> float:
    """For how many seconds this process has been there."""
    created, now, other = ctypes.c_uint64(), ctypes.c_uint64(), ctypes.c_uint64()
    others = (ctypes.byref(other),) * 3
    _times_of(this_process(), ctypes.byref(created), *others)
    _time(ctypes.byref(now))
    return (now.value - created.value) / _TICKS


def is_alive(pid: int) -> bool:
    """Whether a process has this number, and is this user's."""
    process = _open_process(_ASK, False, pid)  # noqa: FBT003  positional only
    if not process:
        return False
    try:
        code = wintypes.DWORD()
        return bool(_exit_code(process, ctypes.byref(code))) and code.value == _STILL_ACTIVE
    finally:
        close_handle(process)


def is_in_front(terminal: int) -> bool:  # noqa: ARG001  POSIX asks it
    """Whether the keys of an open console are this process's: consoles do not tell."""
    return False


def has_open(pid: int, _status: os.stat_result) -> bool:
    """Whether a process has a file open: that is not told, so whether it is there."""
    return is_alive(pid)


class Word:
    """What a process that was started says of its start: the end of a pipe.

    Args:
        descriptor: of the end that is read.
        pid: of the process.
    """

    def __init__(self, descriptor: int, pid: int) -> None:
        self._descriptor, self._pid = descriptor, pid

    def read(self, seconds: float) -> bytes | None:
        """What it says, which it writes at once; None if that takes too long.

        That the pipe closes is no sign: the console that Windows gives to a process may hold it.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            alive = is_alive(self._pid)
            waiting = wintypes.DWORD()
            pipe = msvcrt.get_osfhandle(self._descriptor)
            if not _peek(pipe, None, 0, None, ctypes.byref(waiting), None):
                error = failure()
                if error.winerror in _BROKEN:
                    return b""
                raise error
            if waiting.value:
                return os.read(self._descriptor, waiting.value)
            if not alive:
                return b""
            time.sleep(_POLL_SECONDS)
        return None

    def close(self) -> None:
        """Listen no more."""
        os.close(self._descriptor)


def start_detached(command: Sequence[str], log: int, option: str) -> tuple[int, Word]:
    """Start a program that outlives this process, without a window.

    Args:
        command: of it.
        log: a descriptor, where its output goes.
        option: before the number with which `word_of` finds the pipe for its word.

    Returns:
        The number of the process, and what it says of its start.

    Raises:
        OSError: it cannot be started.
    """
    ours, theirs = os.pipe()
    handle = msvcrt.get_osfhandle(theirs)
    os.set_handle_inheritable(handle, True)  # noqa: FBT003  positional only
    try:
        process = subprocess.Popen(  # noqa: S603  our own program
            [*command, option, str(handle)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=os.environ.get("SYSTEMROOT"),
            startupinfo=subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]}),
            creationflags=_DETACHED,
        )
        process.returncode = 0  # it outlives us
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    return process.pid, Word(ours, process.pid)


def start_beside(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a program that outlives this process, has no window, and is not waited for.

    Raises:
        OSError: it cannot be started.
    """
    return subprocess.Popen(  # noqa: S603  our own program
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=os.environ.get("SYSTEMROOT"),
        creationflags=_DETACHED,
    )


def become(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Go on as another program, which gets our console and whose exit code becomes ours.

    Windows cannot exchange the program of a process, so this one waits for the other.

    Raises:
        OSError: it cannot be started.
    """
    ignore_interrupts()
    os._exit(subprocess.call(command, env=environment))  # noqa: S603  our own program


def how_to_end(pid: int) -> str:
    """The command with which a user ends a process that does not listen."""
    return f"taskkill /F /PID {pid}"


def word_of(number: int) -> int:
    """The pipe for its word, in a process that was started so; a descriptor."""
    os.set_handle_inheritable(number, False)  # noqa: FBT003  positional only
    return msvcrt.open_osfhandle(number, os.O_WRONLY)
