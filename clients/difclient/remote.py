"""A daemon on another machine: which one is meant, and how a socket gets there.

It is known by its key, which the user trusted once; nothing goes over the network unencrypted, and
a machine that has another key cannot answer.
"""

from __future__ import annotations

import os
from typing import Final, Self

import msgspec
import zmq

from difclient import CHOICE
from difd.protocol.errors import AccessDenied, InvalidOption
from difd.protocol.remote import Host, KeyPair, parse_address, user_remote_files

HEARTBEAT_MS: Final = 2000
"""How often the daemon is asked whether it is there; after three times this we connect anew."""

FIRST_ANSWER_SECONDS: Final = 10.0
"""How long a daemon on another machine may take to answer at all."""

REPLY_SECONDS: Final = 120.0
"""How long an answer may take later on: a network that is away for a minute costs nothing."""


class RemoteDaemon(msgspec.Struct, frozen=True):
    """A daemon on another machine.

    Attributes:
        host: its name, address and public key.
        pair: our own key.
    """

    host: Host
    pair: KeyPair

    @classmethod
    def named(cls, name: str) -> Self:
        """The daemon that the user trusts under this name.

        Raises:
            InvalidOption: there is none; or the name is an address, which says nothing about who
                answers there.
            KeysUnusable: the files with keys cannot be used.
        """
        files = user_remote_files()
        found = [host for host in files.hosts() if host.name == name]
        if not found:
            raise InvalidOption(
                f"No daemon is trusted under the name {name!r}.",
                hint="Trust one with: difctl keys trust NAME ADDRESS KEY",
            )
        return cls(found[0], files.client_key(zmq.curve_keypair))

    def connect(self, socket: zmq.Socket[bytes]) -> None:
        """Connect a socket, encrypted; it comes back by itself when the network does."""
        name, port = parse_address(self.host.address)
        socket.setsockopt(zmq.CURVE_SERVERKEY, self.host.key.encode())
        socket.setsockopt(zmq.CURVE_PUBLICKEY, self.pair.public.encode())
        socket.setsockopt(zmq.CURVE_SECRETKEY, self.pair.secret.encode())
        socket.setsockopt(zmq.IPV6, 1)
        socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 3 * HEARTBEAT_MS)
        socket.setsockopt(zmq.CONNECT_TIMEOUT, 3 * HEARTBEAT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, HEARTBEAT_MS)
        socket.connect(f"tcp://[{name}]:{port}" if ":" in name else f"tcp://{name}:{port}")

    def refusal(self) -> AccessDenied:
        """What to say when it does not let us in."""
        return AccessDenied(
            f"The daemon {self.host.name} does not let this machine in, or is not the one that "
            "was trusted.",
            hint=f"Run there: difctl keys allow NAME {self.pair.public!r}; and compare the key "
            "that `difctl daemon listen` prints there with yours in: difctl keys list",
        )


def chosen_daemon() -> RemoteDaemon | None:
    """The daemon on another machine that the user chose, None for the one of this machine."""
    name = os.environ.get(CHOICE)
    return RemoteDaemon.named(name) if name else None


def elsewhere() -> str | None:
    """The name of the other machine whose daemon the user chose; None for this one's."""
    return os.environ.get(CHOICE) or None


def is_elsewhere() -> bool:
    """Whether paths are another machine's, and cannot be looked at here."""
    return elsewhere() is not None
