"""Windows has no leases; there a program that writes to a file keeps others from moving it."""

from __future__ import annotations


def take(_descriptor: int) -> bool:
    """Have those wait that want to write to a file: not done here, so False."""
    return False


def is_whole(_descriptor: int) -> bool:
    """Whether nobody has wanted to write since: nobody knows."""
    return True


def release(_descriptor: int) -> None:
    """Let others write."""
