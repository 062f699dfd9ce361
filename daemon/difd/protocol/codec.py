"""Between structs and frames: `[b"DIF1"][msgpack of one struct]`.

Whatever is wrong with a message from outside becomes one `MalformedMessage`; nothing else escapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from difd.protocol.errors import MalformedMessage
from difd.protocol.events import AnyEvent
from difd.protocol.replies import AnyReply
from difd.protocol.requests import AnyRequest

MAGIC: Final = b"DIF1"
"""First frame of every message; its digit is the protocol's MAJOR."""

MAX_REQUEST_BYTES: Final = 4 * 1024 * 1024
"""Largest request: twice what a command line can hold. The daemon's ZMQ_MAXMSGSIZE."""

MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
"""Largest frame that a client takes from the socket (ZMQ_MAXMSGSIZE)."""

FRAMES: Final = 2
"""Every message has as many."""

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[AnyRequest] = msgspec.msgpack.Decoder(AnyRequest)
_from_daemon: msgspec.msgpack.Decoder[AnyReply | AnyEvent] = msgspec.msgpack.Decoder(
    AnyReply | AnyEvent
)
_Message = TypeVar("_Message")


class _IdOnly(msgspec.Struct):
    """The one field of a request that is wanted when the rest cannot be understood."""

    id: str = ""


_ids = msgspec.msgpack.Decoder(_IdOnly)


def encode(message: msgspec.Struct) -> list[bytes]:
    """The frames of a message."""
    return [MAGIC, _encoder.encode(message)]


def decode_request(frames: Sequence[bytes]) -> AnyRequest:
    """The request in `frames`.

    Raises:
        MalformedMessage: not a message of this protocol, too large, or outside its bounds.
    """
    if len(frames) != FRAMES or frames[0] != MAGIC:
        raise MalformedMessage("The message is not of difd's protocol, version 1.")
    if len(frames[1]) > MAX_REQUEST_BYTES:
        raise MalformedMessage(f"The request is larger than {MAX_REQUEST_BYTES} bytes.")
    return _decode(_requests, frames[1])


def decode_from_daemon(frames: Sequence[bytes]) -> AnyReply | AnyEvent:
    """The reply or event in `frames`.

    Raises:
        MalformedMessage: not a message of this protocol.
    """
    if len(frames) != FRAMES or frames[0] != MAGIC:
        raise MalformedMessage("The daemon's message is not of difd's protocol, version 1.")
    return _decode(_from_daemon, frames[1])


def request_id(frames: Sequence[bytes]) -> str:
    """The id in a request that could not be decoded, or "" when it has none."""
    try:
        return _decode(_ids, frames[1]).id[:64] if len(frames) > 1 else ""
    except MalformedMessage:
        return ""


def _decode(decoder: msgspec.msgpack.Decoder[_Message], payload: bytes) -> _Message:
    try:
        return decoder.decode(payload)
    # msgspec's own errors are ValueErrors; deep nesting exhausts the recursion limit instead.
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"The message cannot be understood: {error}.") from error
