"""Starting a host: a process that runs a module of ours, and the pipe to it.

Imports next to nothing: the daemon may start its engine before it imports itself.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import suppress
from typing import Final, NamedTuple

from difd.system import channel, interpreter

ENGINE: Final = "difd.service.engine_host"

AHEAD: Final = "--ahead"
"""Tells a daemon that is started that a search will follow, and its engine to make itself ready;
the engine also for how many workers."""


class Spawned(NamedTuple):
    """A host that was started; nobody has spoken to it yet."""

    process: subprocess.Popen[bytes]
    pipe: socket.socket


_ahead: dict[str, Spawned] = {}


def spawn(module: str, *arguments: str) -> Spawned:
    """Start a host, or hand out the one that was started ahead. It leaves when the pipe is closed.

    Args:
        module: what it runs, as `python -m`.
        arguments: for it.

    Raises:
        OSError: it cannot be started.
    """
    started = _ahead.pop(module, None)
    if started is not None:
        return started
    command = [*interpreter.COMMAND, "-m", module]
    return Spawned(*channel.start(command, "--fd", arguments))


def is_ahead(module: str) -> bool:
    """Whether a host was started ahead, and nobody has taken it yet."""
    return module in _ahead


def start_engine_ahead() -> None:
    """Start the engine host, if the command line says that a search will follow.

    One that cannot be started is tried again when it is needed; whoever needs it is told.
    """
    if AHEAD in sys.argv:
        with suppress(OSError):
            _ahead[ENGINE] = spawn(ENGINE, AHEAD)
