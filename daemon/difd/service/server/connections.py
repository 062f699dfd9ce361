"""Every accepted connection, and the power to end one: what ZeroMQ itself has no limit for.

Two things would let a client take the daemon down: libzmq 4.3 aborts the process when descriptors
run out, and it keeps the frames of a message that never ends, 650 MB a second of them (measured).
So connections are counted as they are accepted, those beyond the limits are shut, and while there
are any, memory is looked at twice a second. If it is too much, connections are ended that do not
read what waits for them, or else all. Who was shut out unjustly connects again by itself and
repeats what was not answered.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import zmq
import zmq.asyncio

from difd.system import memory, peers, processes

CONNECTIONS_MAX: Final = 512
"""Connections at once; of the descriptors the system grants, an eighth, if that is less."""

PER_PEER_MAX: Final = 64
"""Connections at once of one process, or from one address."""

MEMORY_MAX: Final = 512 << 20
"""Resident bytes at which connections are ended: the daemon itself takes a tenth of it."""

RELIEF_LOOKS: Final = 10
"""How often more connections are ended before it must be something else that takes the memory."""

LOOK_SECONDS: Final = 0.5
"""How soon memory is looked at after a client said something."""

LOOK_SECONDS_MAX: Final = 32.0
"""How often it is looked at while clients are silent; each pause is twice as long as the last."""

HANDSHAKE_MS: Final = 5000
"""How long a connection may take to say who it is."""

_MONITOR: Final = "inproc://difd.connections"
_MONITOR_QUEUE: Final = 100
_EVENTS_AT_ONCE: Final = 256
"""Events that are dealt with between two moments for everybody else. ZeroMQ's end of the queue
holds a thousand more, with a descriptor each, and has no option to hold fewer: a flood of this
user's own processes can end a daemon that is granted fewer than `lifecycle.FILES_ENOUGH`."""

_EVENT: Final = struct.Struct("=hi")

_PROCESS: Final = "process "
_SOMEBODY: Final = "somebody"

_log = logging.getLogger(__name__)


class Connections:
    """Watches the connections of one socket; made before the socket is bound.

    Args:
        context: the socket's.
        watched: the socket.
    """

    def __init__(self, context: zmq.asyncio.Context, watched: zmq.asyncio.Socket) -> None:
        self._watched = watched
        watched.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
        watched.monitor(_MONITOR, zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED)
        self._events = context.socket(zmq.PAIR)
        self._events.setsockopt(zmq.LINGER, 0)
        # ZeroMQ accepts nobody while this queue and its own end of it are full.
        self._events.setsockopt(zmq.RCVHWM, _MONITOR_QUEUE)
        self._events.connect(_MONITOR)
        self._waiting: zmq.Socket[bytes] = zmq.Socket.shadow(self._events)
        self._open: dict[int, str] = {}
        self._others = 0
        self._per_peer: Counter[str] = Counter()
        self._any = asyncio.Event()
        self._heard = asyncio.Event()
        self.is_overloaded = False
        """Requests are not answered: ZeroMQ frees what waits for a connection that was ended only
        after all that came from it has been received."""
        self._max = min(CONNECTIONS_MAX, (processes.file_limit() or sys.maxsize) // 8)

    async def watch(self) -> None:
        """Keep the limits until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch_memory())
            while True:
                self._happened(await self._events.recv_multipart())
                with suppress(zmq.Again):
                    for _ in range(_EVENTS_AT_ONCE):
                        self._happened(self._waiting.recv_multipart(zmq.NOBLOCK))
                await asyncio.sleep(0)  # a waiting event would be taken without letting others run

    def end_all(self, family: socket.AddressFamily | None = None) -> None:
        """End every connection, or those of a kind; clients that may come back do so at once."""
        for descriptor in list(self._open):
            _shut(descriptor, family)

    def close(self) -> None:
        """Watch no more."""
        self._watched.disable_monitor()
        self._events.close()

    def _happened(self, event: list[bytes]) -> None:
        kind, descriptor = _EVENT.unpack(event[0])
        if kind == zmq.EVENT_ACCEPTED:
            self._accepted(descriptor)
        else:
            self._ended(descriptor)

    def _accepted(self, descriptor: int) -> None:
        self._ended(descriptor)  # if the word of its end was lost
        peer = _peer(descriptor)
        self._open[descriptor] = peer
        self._per_peer[peer] += 1
        self._others += not _is_here(peer)
        self._any.set()
        self._heard.set()
        # Machines that nobody has let in yet must leave room for this one's own clients.
        crowded = not _is_here(peer) and self._others > self._max // 2
        if crowded or len(self._open) > self._max or self._per_peer[peer] > PER_PEER_MAX:
            if self._per_peer[peer] == PER_PEER_MAX + 1:
                _log.warning("more than %d connections from %s", PER_PEER_MAX, peer)
            _shut(descriptor)

    def _ended(self, descriptor: int) -> None:
        peer = self._open.pop(descriptor, None)
        if peer is not None:
            self._per_peer[peer] -= 1
            self._others -= not _is_here(peer)
            if not self._per_peer[peer]:
                del self._per_peer[peer]
        if not self._open:
            self._any.clear()

    def heard(self) -> None:
        """A client said something."""
        self._heard.set()

    async def _watch_memory(self) -> None:
        seconds = LOOK_SECONDS
        while True:
            await self._any.wait()
            try:
                async with asyncio.timeout(seconds):
                    await self._heard.wait()
            except TimeoutError:
                seconds = min(2 * seconds, LOOK_SECONDS_MAX)
            else:
                await asyncio.sleep(LOOK_SECONDS)
                self._heard.clear()
                seconds = LOOK_SECONDS
            try:
                await self._relieve()
            finally:
                self.is_overloaded = False

    async def _relieve(self) -> None:
        """While memory is short, end connections and wait for what that frees."""
        for look in range(RELIEF_LOOKS):
            used = memory.resident()
            if used is None or used <= MEMORY_MAX:
                return
            self.is_overloaded = True
            deaf = [] if look else [one for one in self._open if peers.unread(one)]
            _log.warning("%d MiB in use: %s connections are ended", used >> 20, len(deaf) or "all")
            for descriptor in deaf or list(self._open):
                _shut(descriptor)
            await asyncio.sleep(LOOK_SECONDS)
            memory.give_back()


def _peer(descriptor: int) -> str:
    with suppress(OSError), _borrowed(descriptor) as connection:
        address = peers.address(connection)
        if address is not None:
            return _machine(address)
        process = peers.process(connection)
        if process is not None:
            return f"{_PROCESS}{process}"
    return _SOMEBODY


def _is_here(peer: str) -> bool:
    """Whether it is a client on this machine."""
    return peer == _SOMEBODY or peer.startswith(_PROCESS)


def _machine(address: str) -> str:
    """Who an address stands for: of IPv6, one machine may have a whole network of 64 bits."""
    with suppress(ValueError):
        given = ipaddress.ip_address(address.partition("%")[0])
        if given.version == 6 and given.ipv4_mapped is None:  # noqa: PLR2004  its name
            return str(ipaddress.ip_network((given, 64), strict=False))
    return address


def _shut(descriptor: int, family: socket.AddressFamily | None = None) -> None:
    """End the connection; ZeroMQ notices and closes the descriptor, which is its own.

    It may have done so already, and opened another connection under the same number: that is then
    one too many as well, or connects again. What has no name is none of the clients' connections.
    """
    with suppress(OSError), _borrowed(descriptor) as connection:
        if family in {None, connection.family} and connection.getsockname():
            connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    """A descriptor of ZeroMQ's as a socket, which is never closed here, nor a copy of it.

    By now the number may be another file's, and to close a copy of a database's descriptor would
    take away the locks on it.

    Raises:
        OSError: it is no socket any more.
    """
    connection = socket.socket(fileno=descriptor)
    try:
        yield connection
    finally:
        connection.detach()
