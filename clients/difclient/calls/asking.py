"""How the calls ask: what they need of the connection, which is the client's."""

from __future__ import annotations

from typing import Protocol, TypeVar

from difd.protocol.replies import AnyReply
from difd.protocol.requests import AnyRequest

_Reply = TypeVar("_Reply", bound=AnyReply)


class Ask(Protocol):
    """Sends a request and returns its reply."""

    def __call__(self, request: AnyRequest, kind: type[_Reply], /) -> _Reply:
        """Send `request`; the reply is of this kind."""


class AskLong(Protocol):
    """Sends a request and returns its reply, which may take so many seconds."""

    def __call__(self, request: AnyRequest, kind: type[_Reply], seconds: float = ..., /) -> _Reply:
        """Send `request`; the reply is of this kind."""
