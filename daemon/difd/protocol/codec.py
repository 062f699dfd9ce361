"""Between structs and frames: `[b"DIF2"][msgpack of one struct]`.

Whatever is wrong with a message from outside becomes one `MalformedMessage`; nothing else escapes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, TypeVar, cast, get_args

import msgspec

from difd.protocol.errors import (
    InvalidOption,
    MalformedMessage,
    ProtocolMismatch,
    UnknownRequest,
)
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

RESTART: Final = "With the newer difctl, run: difctl daemon restart"
"""What to do when client and daemon speak different major versions."""

_Told = AnyReply | AnyEvent
_Message = TypeVar("_Message")


class _KindOnly(msgspec.Struct):
    """The one field of a message that says what the others are."""

    type: str = ""


class _IdOnly(msgspec.Struct):
    """The one field of a request that is wanted when the rest cannot be understood."""

    id: str = ""


_encoder = msgspec.msgpack.Encoder()
_ids = msgspec.msgpack.Decoder(_IdOnly)
_kind = msgspec.msgpack.Decoder(_KindOnly)


def _by_tag(*unions: object) -> dict[str, type[msgspec.Struct]]:
    kinds = [kind for union in unions for kind in get_args(union)]
    return {kind.__struct_config__.tag: kind for kind in kinds}


_requests: Final = _by_tag(AnyRequest)
_told: Final = _by_tag(AnyReply, AnyEvent)


@cache
def _decoder(kind: type[_Message]) -> msgspec.msgpack.Decoder[_Message]:
    """Made when it is needed: all of them take a tenth of the time of a short command."""
    return msgspec.msgpack.Decoder(kind)


def encode(message: msgspec.Struct) -> list[bytes]:
    """The frames of a message.

    Raises:
        InvalidOption: a number in it has more than 64 bits.
    """
    try:
        return [MAGIC, _encoder.encode(message)]
    except OverflowError as error:
        raise InvalidOption("A number that was given is too large.") from error


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
    kind = _kind_of(frames[1], _requests)
    if kind is None:
        raise UnknownRequest(
            f"This daemon (difd {VERSION}) does not know this kind of request.", hint=RESTART
        )
    try:
        return cast("AnyRequest", _decode(_decoder(kind), frames[1]))
    except MalformedMessage as error:
        # An option that only newer clients know, perhaps.
        error.hint = RESTART
        raise


def decode_from_daemon(frames: Sequence[bytes]) -> _Told | None:
    """The reply or event in `frames`; None for a kind of event that only newer versions know.

    Raises:
        ProtocolMismatch: the daemon speaks another major version.
        MalformedMessage: not a message of this protocol.
    """
    _check_frames(frames, "daemon")
    kind = _kind_of(frames[1], _told)
    return None if kind is None else cast("_Told", _decode(_decoder(kind), frames[1]))


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


def _kind_of(
    payload: bytes, known: Mapping[str, type[msgspec.Struct]]
) -> type[msgspec.Struct] | None:
    """What a message is; None if it is sound, and of a kind that is not known here."""
    tag = _decode(_kind, payload).type
    if not tag:
        raise MalformedMessage("The message does not say what it is.")
    return known.get(tag)


def _decode(decoder: msgspec.msgpack.Decoder[_Message], payload: bytes) -> _Message:
    try:
        return decoder.decode(payload)
    # msgspec's own errors are ValueErrors; deep nesting exhausts the recursion limit instead.
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"The message cannot be understood: {error}.") from error
