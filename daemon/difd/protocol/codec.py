"""Between structs and frames: `[b"DIF1"][msgpack of one struct]`.

Whatever is wrong with a message from outside becomes one `MalformedMessage`; nothing else escapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar, get_args

import msgspec

from difd.protocol.errors import MalformedMessage, ProtocolMismatch, UnknownRequest
from difd.protocol.events import AnyEvent
from difd.protocol.replies import AnyReply
from difd.protocol.requests import AnyRequest
from difd.protocol.version import PROTOCOL_MAJOR, VERSION

_NAME: Final = b"DIF"

MAGIC: Final = b"%b%d" % (_NAME, PROTOCOL_MAJOR)
"""First frame of every message; what follows the letters is the protocol's MAJOR."""

MAX_REQUEST_BYTES: Final = 4 * 1024 * 1024
"""Largest request: twice what a command line can hold. The daemon's ZMQ_MAXMSGSIZE."""

MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
"""Largest frame that a client takes from the socket (ZMQ_MAXMSGSIZE)."""

FRAMES: Final = 2
"""Every message has as many."""

RESTART: Final = "Run the newer one's: difctl daemon restart"
"""What to do when client and daemon speak different major versions."""

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[AnyRequest] = msgspec.msgpack.Decoder(AnyRequest)
_from_daemon: msgspec.msgpack.Decoder[AnyReply | AnyEvent] = msgspec.msgpack.Decoder(
    AnyReply | AnyEvent
)


def _tags(*unions: object) -> frozenset[str]:
    return frozenset(kind.__struct_config__.tag for union in unions for kind in get_args(union))


_requested: Final = _tags(AnyRequest)
_told: Final = _tags(AnyReply, AnyEvent)
_Message = TypeVar("_Message")


class _KindOnly(msgspec.Struct):
    """The one field that says whether a message is of a kind that only newer versions know."""

    type: str = ""


class _IdOnly(msgspec.Struct):
    """The one field of a request that is wanted when the rest cannot be understood."""

    id: str = ""


_ids = msgspec.msgpack.Decoder(_IdOnly)
_kind = msgspec.msgpack.Decoder(_KindOnly)


def encode(message: msgspec.Struct) -> list[bytes]:
    """The frames of a message."""
    return [MAGIC, _encoder.encode(message)]


def decode_request(frames: Sequence[bytes]) -> AnyRequest:
    """The request in `frames`.

    Raises:
        ProtocolMismatch: the client speaks another major version.
        UnknownRequest: a newer client's, of a kind that is not known here.
        MalformedMessage: not a message of this protocol, too large, or outside its bounds.
    """
    _check_frames(frames, "client")
    if len(frames[1]) > MAX_REQUEST_BYTES:
        raise MalformedMessage(f"The request is larger than {MAX_REQUEST_BYTES} bytes.")
    try:
        return _decode(_requests, frames[1])
    except MalformedMessage as error:
        if _is_news(frames[1], _requested):
            raise UnknownRequest(
                f"This daemon (difd {VERSION}) does not know this kind of request.", hint=RESTART
            ) from None
        # An option that only newer clients know, perhaps.
        error.hint = RESTART
        raise


def decode_from_daemon(frames: Sequence[bytes]) -> AnyReply | AnyEvent | None:
    """The reply or event in `frames`; None for a kind of event that only newer versions know.

    Raises:
        ProtocolMismatch: the daemon speaks another major version.
        MalformedMessage: not a message of this protocol.
    """
    _check_frames(frames, "daemon")
    try:
        return _decode(_from_daemon, frames[1])
    except MalformedMessage:
        if _is_news(frames[1], _told):
            return None
        raise


def request_id(frames: Sequence[bytes]) -> str:
    """The id in a request that could not be decoded, or "" when it has none."""
    try:
        return _decode(_ids, frames[1]).id[:64] if len(frames) > 1 else ""
    except MalformedMessage:
        return ""


def _check_frames(frames: Sequence[bytes], speaker: str) -> None:
    """Whoever speaks another major version gets to know it, whatever else it said."""
    if len(frames) == FRAMES and frames[0] == MAGIC:
        return
    name, major = (frames[0][: len(_NAME)], frames[0][len(_NAME) :]) if frames else (b"", b"")
    if name == _NAME and major.isdigit() and frames[0] != MAGIC:
        raise ProtocolMismatch(
            f"The {speaker} speaks version {major[:9].decode()} of difd's protocol, "
            f"and this is version {PROTOCOL_MAJOR}.",
            hint=RESTART,
        )
    raise MalformedMessage(f"The message is not of difd's protocol, version {PROTOCOL_MAJOR}.")


def _is_news(payload: bytes, known: frozenset[str]) -> bool:
    """Whether the message is sound, and of a kind that is not known here."""
    kind = _decode(_kind, payload).type
    return bool(kind) and kind not in known


def _decode(decoder: msgspec.msgpack.Decoder[_Message], payload: bytes) -> _Message:
    try:
        return decoder.decode(payload)
    # msgspec's own errors are ValueErrors; deep nesting exhausts the recursion limit instead.
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"The message cannot be understood: {error}.") from error
