"""Processes by descriptors that they inherit, signals and limits of the kernel.

What takes time to import is imported where it is used: every command asks here for something.
"""

from __future__ import annotations

import fcntl
import os
import resource
import select
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    import subprocess
    from multiprocessing.connection import Connection

LIFELINE: Final = 0
"""Standard input of a process that ends with its host: a pipe whose other end only the host
holds."""

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_MAX: Final = -4
"""Of glibc's malloc.h."""


class Bound:
    """What binds a process to this one: it ends when this one does, however that is.

    Attributes:
        theirs: the end of the pipe that the other process must have as `LIFELINE`.
    """

    def __init__(self, memory: int) -> None:  # noqa: ARG002  the process limits itself here
        self.theirs, self._ours = os.pipe()

    def start(
        self,
        command: Sequence[str],
        connection: Connection[Any, Any],
        environment: Mapping[str, str],
    ) -> subprocess.Popen[bytes]:
        """Start a program, which gets the number of its end of a connection as last argument.

        Raises:
            OSError: it cannot be started.
        """
        import subprocess  # noqa: PLC0415  see the head of this module

        return subprocess.Popen(  # noqa: S603  our own program
            [*command, str(connection.fileno())],
            stdin=self.theirs,
            pass_fds=(connection.fileno(),),
            env=environment,
        )

    def started(self) -> None:
        """The process has its end."""
        os.close(self.theirs)

    def close(self) -> None:
        """Let the process go: it ends."""
        os.close(self._ours)


def connection_of(number: str) -> Connection[Any, Any]:
    """The connection whose end this process was started with."""
    from multiprocessing.connection import Connection  # noqa: PLC0415  the same

    return Connection(int(number))


def end_with_host() -> None:
    """Have the kernel end this process when the lifeline breaks.

    SIGIO, left at its default, does it even while a decoder holds the interpreter; a thread that
    waits for the end of the host could not run then.
    """
    ignore_interrupts()
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(LIFELINE, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(LIFELINE, fcntl.F_GETFL)
    fcntl.fcntl(LIFELINE, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
    try:
        gone = os.read(LIFELINE, 1) == b""
    except BlockingIOError:
        gone = False
    if gone:  # the host ended before the lines above
        os._exit(1)


def ignore_interrupts() -> None:
    """Leave Ctrl-C in a terminal to the process that was started there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def limit_this(memory: int) -> None:
    """No core dumps, and at most `memory` bytes of address space, or without limit if it is 0."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if memory and (hard == resource.RLIM_INFINITY or memory < hard):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def give_way(niceness: int) -> None:
    """Run at lower priority, unless this process has given way so far before."""
    os.nice(max(0, niceness - os.nice(0)))


def is_named(name: str) -> None:
    """Be told apart in lists of processes, where the system keeps a name (15 characters)."""
    with suppress(OSError), open("/proc/self/comm", "w", encoding="ascii") as comm:
        comm.write(name)


def keep_memory(most: int) -> None:
    """Keep so much freed memory, where the C library gives large blocks back at once."""
    with suppress(ImportError, OSError, AttributeError):
        import ctypes  # noqa: PLC0415  Python may be built without it

        set_option = ctypes.CDLL(None).mallopt
        set_option(_M_MMAP_MAX, 0)
        set_option(_M_TRIM_THRESHOLD, most)


def file_limit(*, hard: bool = False) -> int | None:
    """How many files may be open at once, None if there is no limit.

    Args:
        hard: the limit that this process may raise its own to.
    """
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[hard]
    return None if limit == resource.RLIM_INFINITY else limit


def allow_files(wanted: int) -> None:
    """Raise the limit of open files; what is wanted is at most the hard limit."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def age() -> float:
    """For how many seconds this process has been there, as far as the system tells."""
    try:
        begun = int(
            Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]
        )
    except OSError:
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - begun / os.sysconf("SC_CLK_TCK")


def is_alive(pid: int) -> bool:
    """Whether a process has this number, and is this user's."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def is_in_front(terminal: int) -> bool:
    """Whether the keys of an open terminal are this process's, and what it starts gets them."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # not our terminal
        return False


def has_open(pid: int, status: os.stat_result) -> bool:
    """Whether a process has a file open; where that is not told, whether it is there."""
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            with suppress(FileNotFoundError):
                if os.path.samestat(os.stat(f"/proc/{pid}/fd/{name}"), status):
                    return True
    except (FileNotFoundError, PermissionError):
        return not os.path.isdir("/proc/self/fd") and is_alive(pid)
    return False


class Word:
    """What a process that was started says of its start: the end of a pipe.

    Args:
        descriptor: of the end that is read.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, seconds: float) -> bytes | None:
        """All that it says, until it closes the pipe or ends; None if that takes too long."""
        deadline = time.monotonic() + seconds
        word = b""
        while time.monotonic() < deadline:
            left = deadline - time.monotonic()
            readable, _, _ = select.select([self._descriptor], [], [], left)
            if readable:
                part = os.read(self._descriptor, 65536)
                if not part:
                    return word
                word += part
        return None

    def close(self) -> None:
        """Listen no more."""
        os.close(self._descriptor)


def start_detached(command: Sequence[str], log: int, option: str) -> tuple[int, Word]:
    """Start a program that outlives this process, in a session of its own.

    Args:
        command: of it.
        log: a descriptor, where its output goes.
        option: before the number with which `word_of` finds the pipe for its word.

    Returns:
        The number of the process, and what it says of its start.

    Raises:
        OSError: it cannot be started.
    """
    import subprocess  # noqa: PLC0415  the same

    ours, theirs = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603  our own program
            [*command, option, str(theirs)],
            pass_fds=[theirs],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
        )
        # It outlives us, and Python must not take it for a child that we forgot.
        process.returncode = 0
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    return process.pid, Word(ours)


def start_beside(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a program that outlives this process, has no terminal, and is not waited for.

    Returns:
        The process; who goes on for long should let it be forgotten, and not set its exit code.

    Raises:
        OSError: it cannot be started.
    """
    import subprocess  # noqa: PLC0415  the same

    return subprocess.Popen(  # noqa: S603  our own program
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )


def become(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Go on as another program, which gets our terminal and whose exit code becomes ours.

    Raises:
        OSError: it cannot be started.
    """
    os.execve(command[0], list(command), environment)  # noqa: S606  our own program


def how_to_end(pid: int) -> str:
    """The command with which a user ends a process that does not listen."""
    return f"kill -KILL {pid}"


def word_of(number: int) -> int:
    """The pipe for its word, in a process that was started so; a descriptor."""
    os.set_inheritable(number, False)  # noqa: FBT003  positional only
    return number
