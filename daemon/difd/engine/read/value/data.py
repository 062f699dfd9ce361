"""A file's bytes for the walkers: never behind the end, and only so many times."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from typing import IO, Final

_BLOCK: Final = 1 << 20
"""Larger files are read in such blocks."""

_SPARE: Final = 16 << 20
"""Bytes that a walk may read beyond thrice the size of its file: hostile tables that point at the
same data a million times would otherwise be read a million times."""


class Excess(Exception):
    """A walk would read more than an honest file makes it read."""


class Data:
    """The bytes of a file or of a part of one.

    Args:
        source: a seekable stream, whose position is changed, or bytes.

    Attributes:
        size: in bytes.
    """

    def __init__(self, source: IO[bytes] | bytes) -> None:
        if isinstance(source, io.BytesIO):
            source = source.getvalue()
        self._memory = source if isinstance(source, bytes) else None
        self._stream = None if isinstance(source, bytes) else source
        self.size = len(source) if isinstance(source, bytes) else source.seek(0, os.SEEK_END)
        self._left = 3 * self.size + _SPARE
        self._block, self._block_at = b"", 0

    def read(self, at: int, length: int) -> bytes:
        """Up to `length` bytes from `at`; fewer where the file ends.

        Raises:
            Excess: the walk has read too much.
        """
        if at < 0 or length <= 0 or at >= self.size:
            return b""
        length = min(length, self.size - at)
        self._pay(length)
        return self._slice(at, length)

    def pieces(self, at: int, end: int) -> Iterator[bytes]:
        """The bytes from `at` to before `end` in blocks."""
        end = min(end, self.size)
        while at < end:
            block = self.read(at, min(_BLOCK, end - at))
            if not block:
                return
            yield block
            at += len(block)

    def find(self, pattern: re.Pattern[bytes], at: int, overlap: int) -> int:
        """Where a pattern is found first from `at` on; -1 if nowhere.

        Args:
            pattern: compiled.
            at: where to begin.
            overlap: one less than the longest that the pattern matches.
        """
        if self._memory is not None:
            found = pattern.search(self._memory, max(0, at))
            self._pay((found.end() if found else self.size) - min(at, self.size))
            return found.start() if found else -1
        while at < self.size:
            block = self.read(at, _BLOCK)
            found = pattern.search(block)
            if found:
                return at + found.start()
            if at + len(block) >= self.size:
                return -1
            at += max(1, len(block) - overlap)
        return -1

    def part(self, at: int, length: int) -> Data:
        """A stretch as data of its own; it is read at once."""
        return Data(self.read(at, length))

    def _pay(self, length: int) -> None:
        self._left -= max(0, length)
        if self._left < 0:
            raise Excess

    def _slice(self, at: int, length: int) -> bytes:
        if self._memory is not None:
            return self._memory[at : at + length]
        assert self._stream is not None  # noqa: S101  one of the two is there
        inside = at - self._block_at
        if inside >= 0 and inside + length <= len(self._block):
            return self._block[inside : inside + length]
        self._stream.seek(at)
        if length >= _BLOCK:
            return self._stream.read(length)
        self._block, self._block_at = self._stream.read(_BLOCK), at
        return self._block[:length]
