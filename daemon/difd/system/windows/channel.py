"""A pair of connected sockets on the loopback, one of which is handed over by standard input.

Windows has no pair that nobody can come between: who else connects to the port is turned away by
his own port.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio

_LOOPBACK: Final = "127.0.0.1"

_STANDARD_INPUT: Final = "-"


def start(
    command: Sequence[str], option: str, arguments: Sequence[str] = ()
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a program without a window.

    Args:
        command: of it.
        option: before the word with which `inherited` finds its end.
        arguments: that follow.

    Returns:
        The process, and our end.

    Raises:
        OSError: it cannot be started.
    """
    ours, theirs = _pair()
    try:
        with theirs:
            process = subprocess.Popen(  # noqa: S603  our own program
                [*command, option, _STANDARD_INPUT, *arguments],
                stdin=subprocess.PIPE,
                creationflags=subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP,
            )
            if process.stdin is not None:
                with process.stdin as line:
                    line.write(theirs.share(process.pid))
    except BaseException:
        ours.close()
        raise
    return process, ours


def inherited(_word: str) -> socket.socket:
    """The end of a process that was started so."""
    pipe = socket.fromshare(sys.stdin.buffer.read())
    # Nothing of the standard input is left for whoever asks for it next.
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return pipe


async def open_streams(pipe: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The socket as streams of the running event loop."""
    import asyncio  # noqa: PLC0415  a host has no loop

    return await asyncio.open_connection(sock=pipe)


def _pair() -> tuple[socket.socket, socket.socket]:
    with socket.socket() as listener:
        listener.bind((_LOOPBACK, 0))
        listener.listen()
        ours = socket.socket()
        try:
            ours.connect(listener.getsockname())
            while True:
                theirs, peer = listener.accept()
                if peer == ours.getsockname():
                    return ours, theirs
                theirs.close()
        except BaseException:
            ours.close()
            raise
