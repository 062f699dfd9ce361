"""A pair of sockets, one of which is inherited."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


def start(
    command: Sequence[str], option: str, arguments: Sequence[str] = ()
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a program in a session of its own.

    Args:
        command: of it.
        option: before the word with which `inherited` finds its end.
        arguments: that follow.

    Returns:
        The process, and our end.

    Raises:
        OSError: it cannot be started.
    """
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            process = subprocess.Popen(  # noqa: S603  our own program
                [*command, option, str(theirs.fileno()), *arguments],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
    except BaseException:
        ours.close()
        raise
    return process, ours


def inherited(word: str) -> socket.socket:
    """The end of a process that was started so."""
    pipe = socket.socket(fileno=int(word))
    pipe.set_inheritable(inheritable=False)
    return pipe


async def open_streams(pipe: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The socket as streams of the running event loop."""
    import asyncio  # noqa: PLC0415  a host has no loop

    return await asyncio.open_unix_connection(sock=pipe)
