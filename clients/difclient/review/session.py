"""Who may use the page: a secret that is good for one exchange, and the token it is exchanged for.

The secret stands in the fragment of the address, which browsers send to nobody. The token lives in
one tab and travels in a header: no other site can have the browser send it, as it could a cookie.
"""

from __future__ import annotations

import hmac
import secrets
import time
from typing import Final

_BYTES: Final = 32


class Session:
    """One run of the gateway, for one person.

    Attributes:
        secret: what the printed address ends with.
    """

    def __init__(self) -> None:
        self.secret = secrets.token_urlsafe(_BYTES)
        self._token = secrets.token_urlsafe(_BYTES)
        self._exchanged = False
        self._used = time.monotonic()

    @property
    def unused_seconds(self) -> float:
        """How long nobody with the token has asked for anything."""
        return time.monotonic() - self._used

    def exchange(self, secret: str) -> str | None:
        """The token, the first time that the secret is shown; None otherwise."""
        if self._exchanged or not _equal(secret, self.secret):
            return None
        self._exchanged = True
        self._used = time.monotonic()
        return self._token

    def admits(self, token: str) -> bool:
        """Whether this is the token; if so, the session counts as used now."""
        if not self._exchanged or not _equal(token, self._token):
            return False
        self._used = time.monotonic()
        return True


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
