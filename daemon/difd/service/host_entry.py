"""The entry of the processes beside the daemon: takes over the pipe that the daemon passed on."""

from __future__ import annotations

import argparse
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

from difd.service.host_messages import LENGTH

_Message = TypeVar("_Message")


def inherited_pipe(description: str) -> socket.socket:
    """The stream socket named by `--fd N`; and a log on stderr.

    Args:
        description: for `--help`.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--fd", type=int, required=True)
    fd = parser.parse_args().fd
    # Ctrl-C in a terminal is the daemon's to answer; our end is the end of the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    pipe = socket.socket(fileno=fd)
    pipe.set_inheritable(inheritable=False)
    return pipe


def received(pipe: socket.socket, decode: Callable[[bytes], _Message]) -> Iterator[_Message]:
    """Every message of the daemon, until the daemon is gone.

    Raises:
        msgspec.MsgspecError: a message cannot be understood: the daemon has another version.
    """
    with pipe.makefile("rb") as stream, suppress(ConnectionError):
        while len(header := stream.read(LENGTH.size)) == LENGTH.size:
            (length,) = LENGTH.unpack(header)
            payload = stream.read(length)
            if len(payload) < length:
                return
            yield decode(payload)
