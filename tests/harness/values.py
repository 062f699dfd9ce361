"""What files hold beside their pixels, packed as records have it."""

from __future__ import annotations


def packed(*things: str) -> bytes:
    """The value of a file that holds these things, each of which counts as one detail."""
    return "\n".join(things).encode()
