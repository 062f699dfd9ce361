"""What supervises a daemon elsewhere: Windows has nothing of the kind for a user's programs."""

from __future__ import annotations


def taken_over(_descriptor: int) -> str | None:
    """Where a socket that was handed over listens: none is."""
    return None


def tell(address: str, state: str) -> None:
    """Send a datagram: nobody listens."""
