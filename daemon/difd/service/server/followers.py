"""Which connections follow what, in bounds: whoever left without a word is still in the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

FOLLOWERS_MAX: Final = 1024
"""Connections that follow one thing, twice as many as there can be; the oldest are dropped."""


class Followers:
    """Connections by the id of the job or action that they follow.

    Args:
        send: sends a message to a connection; False when it is gone.
    """

    def __init__(self, send: Callable[[bytes, msgspec.Struct], bool]) -> None:
        self._send = send
        self._of: dict[str, dict[bytes, None]] = {}

    def __bool__(self) -> bool:
        return any(self._of.values())

    def add(self, followed: str, connection: bytes) -> None:
        """Have a connection told of what happens to something."""
        followers = self._of.setdefault(followed, {})
        followers.pop(connection, None)
        followers[connection] = None
        if len(followers) > FOLLOWERS_MAX:
            # It is gone, or asks again after a second of silence.
            del followers[next(iter(followers))]

    def tell(self, followed: str, event: msgspec.Struct) -> None:
        """Send an event to whoever follows; who is gone or does not read follows no more."""
        followers = self._of.get(followed, {})
        for connection in list(followers):
            if not self._send(connection, event):
                del followers[connection]

    def forget(self, followed: str) -> None:
        """Nothing more happens to it."""
        self._of.pop(followed, None)
