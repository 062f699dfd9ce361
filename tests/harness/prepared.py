"""Processes that need not start Python: forked from one that has imported all that they import.

Starting Python and importing is nine tenths of what a short command costs, and the tests run
thousands of them. What such a process does from `main()` on is what any other does: it has its own
arguments, environment, folder, pipes, signals and exit code. Where something is said that Python or
the C library read before, it is started as users start it.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

COMMANDS = {
    "difctl": [sys.executable, "-m", "difclient"],
    "dask": [sys.executable, "-m", "dask"],
    "difpy": [sys.executable, str(Path(__file__).with_name("difpy_process.py"))],
}

FRESH = "DIFD_FRESH_PROCESSES"
"""The environment variable that has every program started as users start it."""

_LOCK = Lock()
_LAUNCHER = Path(__file__).with_name("launcher.py")
_READ_AT_START = ("PYTHON", "LC_", "LANG", "TZ", "MALLOC_", "LD_", "GLIBC_", "DASK_")


def _of_start(environment: Mapping[str, str]) -> dict[str, str]:
    # Whether modules are kept compiled is decided for all tests, in conftest.py.
    names = {name for name in environment if name.startswith(_READ_AT_START)}
    return {name: environment[name] for name in names - {"PYTHONDONTWRITEBYTECODE"}}


_OURS = _of_start(os.environ)


class PreparedProcess(subprocess.Popen):
    """A program, as `subprocess.Popen` would start it; the first argument is the program's name.

    Its parent is the launcher, which tells how it ended: what Popen asks the system for, in these
    three methods, it is asked for here.
    """

    def _execute_child(self, args, _executable, _preexec, _close, _pass, _cwd, env, *rest) -> None:
        pipes = rest[3:9]
        self._told, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        asked = {
            "arguments": [os.fsdecode(argument) for argument in args[1:]],
            "environment": dict(env),
            "folder": os.getcwd(),
            "umask": _umask(),
        }
        stdin, _, _, stdout, _, stderr = pipes
        with theirs, _LOCK:
            descriptors = [stdin, stdout, stderr, theirs.fileno()]
            _send(args[0], json.dumps(asked).encode(), descriptors)
        self.pid = int(self._told.recv(64))
        self._child_created = True
        self._close_pipe_fds(*pipes)

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        flags = socket.MSG_DONTWAIT if wait_flags & os.WNOHANG else 0
        try:
            status = int(self._told.recv(64, flags))
        except BlockingIOError:
            return 0, 0
        self._told.close()
        return self.pid, status

    def _internal_poll(self, *_args, **_kwargs) -> int | None:
        if self.returncode is None and self._waitpid_lock.acquire(blocking=False):
            try:
                pid, status = self._try_wait(os.WNOHANG)
                if pid:
                    self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode


def start(
    program: str,
    arguments: Sequence[str | bytes | Path],
    environment: Mapping[str, str],
    *,
    prefix: Sequence[str] = (),
    **streams: Any,
) -> subprocess.Popen:
    """Start a program; with pipes for what it writes, if not said otherwise.

    Args:
        program: one of those that `COMMANDS` has.
        arguments: for it.
        environment: all of its variables.
        prefix: what it is run by.
        streams: as `subprocess.Popen` takes them.
    """
    piped = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
        "errors": "surrogateescape",
    }
    options = {"env": environment, "stdin": subprocess.DEVNULL, **(streams or piped)}
    if prefix or FRESH in os.environ or _of_start(environment) != _OURS:
        return subprocess.Popen([*prefix, *COMMANDS[program], *arguments], **options)
    return PreparedProcess([program, *arguments], **options)


def _umask() -> int:
    # Reading it in any other way sets it, for all threads.
    return int(Path("/proc/self/status").read_text().split("\nUmask:")[1].split()[0], 8)


def _send(program: str, asked: bytes, descriptors: Sequence[int]) -> None:
    try:
        socket.send_fds(_launcher(program), [asked], descriptors)
    except BrokenPipeError:
        # Seen once in thirty runs, and nobody knows why: a hundred tests failed for it.
        print(f"what starts {program} was gone, and is started again", file=sys.stderr)
        _launcher.cache_clear()
        socket.send_fds(_launcher(program), [asked], descriptors)


@cache
def _launcher(program: str) -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, str(_LAUNCHER), str(theirs.fileno()), program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,  # as those of its children are, which only turn to other pipes
            pass_fds=[theirs.fileno()],
            cwd="/",
            # No directories of a test, which would take it for its own process; and no threads.
            env={**_OURS, "OPENBLAS_NUM_THREADS": "1"},
        )

    def end() -> None:
        ours.close()
        process.stdout.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)

    atexit.register(end)
    return ours
