"""The server: one ROUTER socket, requests in, replies and events out.

Sending never waits: a client that does not read loses messages, and harms nobody else. It finds out
by asking for the job's state, which is always to be had.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final, cast

import msgspec
import zmq
import zmq.asyncio

from difd.protocol import codec
from difd.protocol.envelope import Reply
from difd.protocol.errors import DifdError
from difd.protocol.remote import format_address
from difd.protocol.replies import ErrorReply
from difd.protocol.requests import AnyRequest
from difd.service.server.answering import error_reply
from difd.service.server.authentication import LOCAL, REMOTE, Gatekeeper
from difd.service.server.connections import Connections
from difd.system.endpoint import Door

SEND_QUEUE: Final = 32
"""Messages that wait for a client that is slow to read; one is hardly ever over 1 MiB."""

RECEIVE_QUEUE: Final = 16
"""Requests of one client that wait to be answered; ZeroMQ reads no more from it until then."""

LINGER_MS: Final = 500
"""How long last words may take to leave when the daemon stops."""

HEARTBEAT_MS: Final = 2000
"""How often another machine is asked whether it is there; after three times this it is gone."""

Answer = Callable[[bytes, AnyRequest], Reply | None]


class Server:
    """Receives requests and hands them to `answer`.

    Args:
        door: where clients of this machine come in, ours by way of `lifecycle`.
    """

    def __init__(self, door: Door) -> None:
        self._context = zmq.asyncio.Context()
        self._gatekeeper = Gatekeeper(self._context, door.user)
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.ZAP_DOMAIN, LOCAL)
        # Without it, ZeroMQ lets everybody in when the gatekeeper is missing.
        self._socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        self._socket.setsockopt(zmq.MAXMSGSIZE, codec.MAX_REQUEST_BYTES)
        self._socket.setsockopt(zmq.RCVHWM, RECEIVE_QUEUE)
        self._socket.setsockopt(zmq.SNDHWM, SEND_QUEUE)
        self._socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self._socket.setsockopt(zmq.LINGER, LINGER_MS)
        self._connections = Connections(self._context, self._socket)
        # As one that blocks: what a door sets and binds is done at once.
        door.bind(zmq.Socket.shadow(self._socket))
        self._remote: str | None = None
        self._encoded: tuple[msgspec.Struct | None, list[bytes]] = (None, [])

    def listen(
        self, listener: socket.socket | None, secret: str, user: Callable[[bytes], str | None]
    ) -> None:
        """Listen for other machines, too, or with None no longer.

        Args:
            listener: a listening tcp socket, ours from now on.
            secret: the daemon's CURVE key, Z85.
            user: the name of who has a public key (32 bytes), None if nobody has.
        """
        if self._remote is not None:
            self.end_remote()
            self._socket.unbind(self._remote)
            self._remote = None
        if listener is None:
            return
        self._gatekeeper.let_in(user)
        # What is set here counts for what is bound from now on: the local door stays as it
        # is.
        host, port = listener.getsockname()[:2]
        options: dict[int, int | bytes] = {
            zmq.ZAP_DOMAIN: REMOTE,
            zmq.CURVE_SERVER: 1,
            zmq.CURVE_SECRETKEY: secret.encode(),
            zmq.IPV6: int(listener.family == socket.AF_INET6),
            zmq.HEARTBEAT_IVL: HEARTBEAT_MS,
            zmq.HEARTBEAT_TIMEOUT: 3 * HEARTBEAT_MS,
            zmq.USE_FD: listener.detach(),
        }
        for option, value in options.items():
            self._socket.setsockopt(option, value)
        self._remote = f"tcp://{format_address(host, port)}"
        self._socket.bind(self._remote)

    def end_remote(self) -> None:
        """End the connections of other machines; those still let in come back at once."""
        self._connections.end_all(socket.AF_INET)
        self._connections.end_all(socket.AF_INET6)

    async def serve(self, answer: Answer) -> None:
        """Answer requests until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._gatekeeper.serve())
            tasks.create_task(self._connections.watch())
            while True:
                connection, *frames = await self._socket.recv_multipart()
                self._connections.heard()
                if self._connections.is_overloaded:
                    await asyncio.sleep(0)
                    continue
                reply = self._answer(answer, connection, frames)
                if reply is not None:
                    self.send(connection, reply)
                # A request that waits already is received without letting anything else run.
                await asyncio.sleep(0)

    def send(self, connection: bytes, message: msgspec.Struct) -> bool:
        """Send without waiting; False when the client is gone or does not read."""
        # An event for fifty clients is one message.
        if self._encoded[0] is not message:
            self._encoded = (message, codec.encode(message))
        frames = [connection, *self._encoded[1]]
        sent = cast("asyncio.Future[None]", self._socket.send_multipart(frames, zmq.NOBLOCK))
        # With NOBLOCK the future is done when it is returned.
        error = sent.exception()
        if error is None:
            return True
        if isinstance(error, zmq.ZMQError) and error.errno in {zmq.EAGAIN, zmq.EHOSTUNREACH}:
            return False
        raise error

    def close(self) -> None:
        """Send what waits, for a moment, and close the socket."""
        self._connections.close()
        self._socket.close()
        self._gatekeeper.close()
        self._context.term()

    def _answer(self, answer: Answer, connection: bytes, frames: list[bytes]) -> Reply | None:
        try:
            request = codec.decode_request(frames)
        except DifdError as error:
            return ErrorReply(id=codec.request_id(frames), error=error.info())
        try:
            return answer(connection, request)
        except Exception as error:  # noqa: BLE001  the boundary of the daemon
            return error_reply(request, error)
