"""Answers to requests that change something, kept so that a retry repeats nothing.

They are kept as they were sent: as objects they would take many times that.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import msgspec

from difd.protocol.envelope import Reply
from difd.protocol.replies import AnyReply

ANSWERS_MAX: Final = 4096
"""Answers that are kept."""

BYTES_MAX: Final = 4 << 20
"""Bytes that they may take together; the newest is always kept."""

_encode = msgspec.msgpack.Encoder().encode
_decode: msgspec.msgpack.Decoder[AnyReply] = msgspec.msgpack.Decoder(AnyReply)


class Answered:
    """The newest answers, by the id of their request."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, request: str) -> Reply | None:
        """The answer that this request got, if it was answered."""
        answer = self._answers.get(request)
        return None if answer is None else _decode.decode(answer)

    def keep(self, reply: Reply) -> None:
        """Remember an answer, and forget the oldest."""
        answer = self._answers[reply.id] = _encode(reply)
        self._bytes += len(answer)
        while len(self._answers) > ANSWERS_MAX or (
            self._bytes > BYTES_MAX and len(self._answers) > 1
        ):
            self._bytes -= len(self._answers.popitem(last=False)[1])
