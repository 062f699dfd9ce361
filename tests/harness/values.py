"""What files hold beside their pixels, packed as records have it."""

from __future__ import annotations

from typing import Final

from difd.engine.read.value.holdings import Item
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.packed import pack

_KINDS: Final = {"a caption": Kind.CAPTION, "a movie": Kind.MOVIE, "keywords": Kind.KEYWORD}


def packed(*things: str) -> bytes:
    """The value of a file that holds these things, each of which counts as one detail."""
    return pack(Item(_KINDS[thing], thing.encode()[:8].ljust(8), "") for thing in things)
