"""A connection to the daemon: requests out, replies in, events kept until somebody asks.

A request that stays unanswered is sent again under the same id, which the daemon answers once only;
so a daemon that was replaced in between, or a lost message, costs time and nothing else.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from typing import Final

import zmq

from difclient.remote import FIRST_ANSWER_SECONDS, RemoteDaemon
from difclient.remote import REPLY_SECONDS as REMOTE_SECONDS
from difd.protocol import codec
from difd.protocol.endpoint import Endpoint
from difd.protocol.errors import AccessDenied, DaemonGone, DaemonSilent, error_from_info
from difd.protocol.events import AnyEvent
from difd.protocol.replies import AnyReply, ErrorReply
from difd.protocol.requests import AnyRequest
from difd.system import endpoint
from difd.system.endpoint import is_listening

PATIENCE_SECONDS: Final = 1.0
"""After this long without a word, look whether the daemon is still there."""

REPLY_SECONDS: Final = 30.0
"""A daemon that listens and does not answer for this long is given up."""

LONG_SECONDS: Final = 3600.0
"""How long requests that go through gigabytes or many folders may take."""


def new_id() -> str:
    """An id for a request, never used before."""
    return os.urandom(16).hex()


class Connection:
    """One DEALER socket to the daemon.

    Args:
        daemon: where it listens.
        given_up: set when no answer is waited for any more; looked at each `PATIENCE_SECONDS`.
    """

    def __init__(
        self, daemon: Endpoint | RemoteDaemon, given_up: threading.Event | None = None
    ) -> None:
        self._daemon = daemon
        self._given_up = given_up or threading.Event()
        self._answered = False
        self._context = zmq.Context()
        self._events: deque[AnyEvent] = deque()
        self._end: zmq.Socket[bytes] | None = None
        self._socket = self._open()

    def close(self) -> None:
        """Close the socket; nothing waits. What is asked on it afterwards finds no daemon."""
        if self._end is not None:
            self._socket.disable_monitor()
            self._end.close(linger=0)
            self._end = None
        self._socket.close(linger=0)
        self._context.term()

    def request(self, message: AnyRequest, seconds: float = REPLY_SECONDS) -> AnyReply:
        """Send a request and return its reply.

        Args:
            message: the request.
            seconds: how long the answer may take.

        Raises:
            DaemonGone: nobody listens any more; the request may be sent again on a new connection.
            AccessDenied: it does not let us in.
            DaemonSilent: it listens and does not answer.
            DifdError: the daemon's own answer was an error.
        """
        if isinstance(self._daemon, RemoteDaemon):
            seconds = max(seconds, REMOTE_SECONDS) if self._answered else FIRST_ANSWER_SECONDS
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._given_up.is_set():
            self._send(message)
            reply = self._await(message.id)
            if reply is not None:
                return reply
            self.check()
        raise DaemonSilent(
            f"The daemon did not answer within {seconds:.0f} seconds.", hint=self._advice()
        )

    def next_event(self, seconds: float) -> AnyEvent | None:
        """The next event, None if there was none for `seconds`.

        Raises:
            DaemonGone: the connection was closed.
        """
        if self._socket.closed:
            self.check()
        deadline = time.monotonic() + seconds
        while not self._events:
            message = self._receive(deadline)
            if message is None:
                return None
            if isinstance(message, AnyEvent):
                self._events.append(message)
        return self._events.popleft()

    def await_event(self) -> AnyEvent:
        """The next event, however long it takes; nothing wakes up meanwhile.

        Raises:
            DaemonGone: the daemon closed the connection.
        """
        if self._end is None:
            self.check()
            self._end = self._socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
            self.check()
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._end, zmq.POLLIN)
        while not self._events:
            ready = dict(poller.poll())
            if self._end in ready:
                raise _gone()
            message = self._receive(time.monotonic())
            if isinstance(message, AnyEvent):
                self._events.append(message)
        return self._events.popleft()

    def forget_events(self) -> None:
        """Drop the events that nobody asked for."""
        self._events.clear()

    def check(self) -> None:
        """Make sure that somebody still listens.

        Raises:
            DaemonGone: nobody does.
        """
        if self._socket.closed or (
            isinstance(self._daemon, Endpoint) and not is_listening(self._daemon.socket)
        ):
            raise _gone()

    def _open(self) -> zmq.Socket[bytes]:
        socket = self._context.socket(zmq.DEALER)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.MAXMSGSIZE, codec.MAX_MESSAGE_BYTES)
        if isinstance(self._daemon, RemoteDaemon):
            self._daemon.connect(socket)
        else:
            try:
                endpoint.connect(socket, self._daemon.socket)
            except FileNotFoundError:
                socket.close()
                raise _gone() from None
        return socket

    def _advice(self) -> str:
        if isinstance(self._daemon, RemoteDaemon):
            return (
                f"Is {self._daemon.host.address} on, and does it listen? "
                "Run there: difctl daemon listen"
            )
        return "Restart it with: difctl daemon restart"

    def _send(self, message: AnyRequest) -> None:
        if self._socket.closed:
            self.check()
        try:
            self._socket.send_multipart(codec.encode(message), zmq.NOBLOCK)
        except zmq.Again:
            # ZeroMQ gives a connection up for good when the other side refuses it.
            if isinstance(self._daemon, RemoteDaemon):
                raise self._daemon.refusal() from None
            raise AccessDenied(
                "The daemon does not let this client in.",
                hint="Its log says why: difctl daemon logs",
            ) from None

    def _await(self, request: str) -> AnyReply | None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (message := self._receive(deadline)) is not None:
            if isinstance(message, AnyEvent):
                self._events.append(message)
            elif isinstance(message, ErrorReply) and message.id in {request, ""}:
                raise error_from_info(message.error)
            elif message.id == request:
                return message
        return None

    def _receive(self, deadline: float) -> AnyReply | AnyEvent | None:
        while True:
            left = max(0.0, deadline - time.monotonic())
            if not self._socket.poll(int(left * 1000) + 1):
                return None
            message = codec.decode_from_daemon(self._socket.recv_multipart())
            self._answered = True
            if message is not None:
                return message


def _gone() -> DaemonGone:
    return DaemonGone("The daemon is gone.", hint="Start it with: difctl daemon start")
