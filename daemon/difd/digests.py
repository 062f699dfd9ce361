"""Digests of contents and pixels: BLAKE3, so that nobody can make two that share one.

Digests decide what is looked up and what is called equal. Version 1.0 had xxh3-128, for which two
files with one digest are made in a second. BLAKE3 takes 1.2 ms for a file of 4 MB (xxh3 0.1 ms,
SHA-256 2.6 ms, BLAKE2b 6.4 ms), and for the pixels of 12 megapixels 9.5 ms of 107 for all of their
decode. xxh3 with a secret seed was no answer: the seed is only added to known constants, and pairs
of files were made that shared their digest under one seed in 130.
"""

from __future__ import annotations

from typing import Final, Protocol

import xxhash
from blake3 import blake3

FORMER_BYTES: Final = 16
"""Length of the digests of version 1.0, which ignore lists, watch lists, journals and results of
old searches still hold."""

SHORT_BYTES: Final = 16
"""Length of a short digest."""


class Digest(Protocol):
    """A digest that is being made."""

    def update(self, data: memoryview | bytes, /) -> object:
        """Take more of the content."""

    def digest(self) -> bytes:
        """The digest of what was taken so far."""


def new_digest(start: bytes = b"") -> blake3:
    """A digest that is made piece by piece; 32 bytes."""
    return blake3(start)


def digest_of(content: memoryview | bytes) -> bytes:
    """The digest of a content: 32 bytes."""
    return blake3(content).digest()


def short_digest(state: blake3) -> bytes:
    """16 bytes, for what is only looked up and compared in full afterwards."""
    return state.digest(length=SHORT_BYTES)


def new_former_digest() -> xxhash.xxh3_128:
    """A digest of version 1.0, made piece by piece: only to find again what was written by it."""
    return xxhash.xxh3_128()


def former_digest_of(content: memoryview | bytes) -> bytes:
    """The digest of a content as version 1.0 made it."""
    return xxhash.xxh3_128_digest(content)


def digest_like(known: bytes) -> Digest:
    """A digest of the kind of a known one, to be made of what is to be compared with it."""
    return new_former_digest() if is_former(known) else new_digest()


def is_former(digest: bytes) -> bool:
    """Whether version 1.0 made a digest."""
    return len(digest) == FORMER_BYTES
