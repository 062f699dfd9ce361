"""A client that keeps to no rule: it speaks ZeroMQ's wire protocol (ZMTP 3) by hand."""

from __future__ import annotations

import socket

from difd.protocol.endpoint import Endpoint

_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
_READY = b"\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"


def connected(endpoint: Endpoint) -> socket.socket:
    """A connection that has said nothing yet."""
    raw = socket.socket(socket.AF_UNIX)
    raw.connect(str(endpoint.socket))  # waits while many others do
    raw.settimeout(20)
    return raw


def introduced(endpoint: Endpoint) -> socket.socket:
    """A connection after the handshake, which the daemon takes for a client."""
    raw = connected(endpoint)
    raw.sendall(_GREETING)
    greeting = b""
    while len(greeting) < len(_GREETING):
        greeting += raw.recv(len(_GREETING) - len(greeting))
    raw.sendall(b"\x04" + bytes([len(_READY)]) + _READY)
    raw.recv(2 + len(_READY))
    return raw


def frame(payload: bytes, *, more: bool) -> bytes:
    """A frame on the wire; `more` says that the message is not at its end."""
    return bytes([2 | more]) + len(payload).to_bytes(8, "big") + payload


def is_shut(raw: socket.socket) -> bool:
    """Whether the daemon ended the connection, which is closed then; waits for a word of it."""
    with raw:
        try:
            while raw.recv(65536):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True
