"""The pipe between the daemon and a host: how messages are framed on it, and the host's end of it.

A frame is four bytes of length, little-endian, and one msgpack struct. Both ends are ours and of
the same version: the daemon starts the host from its own installation. The daemon's end is
`HostProcess`.
"""

from __future__ import annotations

import argparse
import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final, Generic, NamedTuple, TypeVar

import msgspec

from difd.service.spawning import AHEAD
from difd.system import channel, processes

LENGTH: Final = struct.Struct("<I")
"""The four bytes before every frame."""

BEAT_SECONDS: Final = 2.0
"""How often the host says that it is there while it is at work; nobody is woken while it is not."""

NOT_UNDERSTOOD: Final = 76
"""Exit code of a host that does not understand the daemon (EX_PROTOCOL of sysexits.h)."""

_Command = TypeVar("_Command")
_encode = msgspec.msgpack.Encoder().encode
_log = logging.getLogger(__name__)


class Alive(msgspec.Struct, frozen=True, tag="alive"):
    """The host is there: said when it is asked, and every `BEAT_SECONDS` while it is at work.

    Attributes:
        work: the job or action that it is at; "" if it is at nothing.
        still: for how many seconds that has not got on.
    """

    work: str
    still: float


def frame(message: msgspec.Struct) -> bytes:
    """The message with its length in front."""
    payload = _encode(message)
    return LENGTH.pack(len(payload)) + payload


class HostEnd(Generic[_Command]):
    """A host's end: commands come in a thread of their own, and any thread may answer.

    Args:
        pipe: the stream socket to the daemon.
        decode: turns a frame's payload into a command.

    Attributes:
        exit_code: with which the host is to leave.
    """

    def __init__(self, pipe: socket.socket, decode: Callable[[bytes], _Command]) -> None:
        self._pipe, self._decode = pipe, decode
        self._sending = threading.Lock()
        self.exit_code = 0

    def listen(self, on_command: Callable[[_Command], None], on_end: Callable[[], None]) -> None:
        """Begin to take commands in.

        Args:
            on_command: called with every command, in the thread of the channel.
            on_end: called there when no more will come: the daemon is gone, or not understood.
        """
        threading.Thread(
            target=self._run, args=(on_command, on_end), name="commands", daemon=True
        ).start()

    def send(self, report: msgspec.Struct) -> None:
        """Answer. A daemon that is gone hears nothing, which `listen` finds out."""
        with self._sending, suppress(OSError):
            self._pipe.sendall(frame(report))

    def _run(self, on_command: Callable[[_Command], None], on_end: Callable[[], None]) -> None:
        try:
            for command in self._commands():
                on_command(command)
        except Exception:  # noqa: BLE001  the boundary of the thread
            # A host that hears no more must not stay: the daemon learns of it when we leave.
            _log.exception("the daemon is not understood")
            self.exit_code = NOT_UNDERSTOOD
        on_end()

    def _commands(self) -> Iterator[_Command]:
        with self._pipe.makefile("rb") as stream, suppress(ConnectionError):
            while len(header := stream.read(LENGTH.size)) == LENGTH.size:
                (length,) = LENGTH.unpack(header)
                payload = stream.read(length)
                if len(payload) < length:
                    return
                yield self._decode(payload)


class Passed(NamedTuple):
    """What the daemon passed on to a host.

    Attributes:
        pipe: the stream socket to it.
        ahead: how many workers the search asks for that will come, 0 for as many as is usual; None
            if none is known to come.
    """

    pipe: socket.socket
    ahead: int | None


def inherited(description: str) -> Passed:
    """What the daemon passed on; and a log on stderr.

    Args:
        description: of the host, for `--help`.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--fd", required=True)
    parser.add_argument(AHEAD, nargs="?", type=int, const=0)
    given = parser.parse_args()
    # Ctrl-C in a terminal is the daemon's to answer; our end is the end of the pipe.
    processes.ignore_interrupts()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return Passed(channel.inherited(given.fd), given.ahead)
