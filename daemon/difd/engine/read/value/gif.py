"""Walks GIF files: frames, comments, applications' blocks, and what follows the trailer."""

from __future__ import annotations

from typing import Final

from difd.engine.read.value import nested
from difd.engine.read.value.data import Data
from difd.engine.read.value.holdings import Holdings, size_words
from difd.engine.read.value.jpeg import take_comment
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.tail import add_tail
from difd.engine.read.value.worthless import is_padding

_HEADER: Final = 13
_EXTENSION, _FRAME, _TRAILER = 0x21, 0x2C, 0x3B
_TEXT, _CONTROL, _COMMENT, _APPLICATION = 0x01, 0xF9, 0xFE, 0xFF
_SQUARE: Final = 49
"""The aspect byte that means 1."""

_BLOCKS_MAX: Final = 1_000_000
_CONTROL_LENGTH, _LOOPS_LENGTH = 4, 8
"""Bytes of a control block, and of those that tell loops and what is to be loaded ahead."""

_LOOPS: Final = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0"})
_XMP_TRAILER: Final = 257
"""XMP lies in a GIF as it is, and this makes it end when it is read as blocks."""


class _Walk:
    """One walk, block by block."""

    def __init__(self, data: Data, holdings: Holdings) -> None:
        self._data, self._holdings = data, holdings
        self._frames, self._plays = 0, "1"

    def run(self) -> None:
        head = self._data.read(0, _HEADER)
        flags, aspect = head[10], head[12]
        if aspect not in {0, _SQUARE}:
            self._holdings.show("aspect", f"{(aspect + 15) / 64:.2f} ")
        at = _HEADER + _table(flags)
        for _ in range(_BLOCKS_MAX):
            kind = self._data.read(at, 1)
            if kind == bytes([_TRAILER]):
                at += 1
                break
            if kind == bytes([_FRAME]):
                at = self._frame(at)
            elif kind == bytes([_EXTENSION]):
                at = self._extension(at)
            elif kind == b"\0":
                at += 1  # some encoders write one too many
            else:
                self._holdings.blame("its end is missing" if not kind else "it is damaged inside")
                break
        if self._frames > 1:
            self._holdings.show("plays", self._plays)
        add_tail(self._data, at, self._holdings)

    def _frame(self, at: int) -> int:
        self._frames += 1
        head = self._data.read(at, 10)
        if len(head) < 10:  # noqa: PLR2004  the header
            return self._data.size
        return self._skip(at + 11 + _table(head[9]))

    def _extension(self, at: int) -> int:
        label = self._data.read(at + 1, 1)
        if label == bytes([_APPLICATION]):
            return self._application(at + 2)
        if label in {bytes([_COMMENT]), bytes([_TEXT])}:
            content, end = self._blocks(at + 2)
            if label == bytes([_COMMENT]):
                take_comment(content, self._holdings)
            else:
                self._holdings.add(Kind.DATA, "text", content, size_words(len(content)))
            return end
        if label != bytes([_CONTROL]):
            content, end = self._blocks(at + 2)
            self._holdings.add(Kind.DATA, f"block {label!r}", content, size_words(len(content)))
            return end
        content, end = self._blocks(at + 2)
        self._beyond("control", content[_CONTROL_LENGTH:])
        return end

    def _beyond(self, name: str, content: bytes) -> None:
        """Take in what follows all that a block says."""
        if not is_padding(content):
            self._holdings.add(Kind.DATA, name, content, size_words(len(content)))

    def _application(self, at: int) -> int:
        name = self._data.read(at + 1, self._data.read(at, 1)[0] if at < self._data.size else 0)
        if name == b"XMP DataXMP":
            begin, end = at + 12, self._skip(at)
            content = self._data.read(begin, end - begin)
            nested.take_xmp(content[: max(0, len(content) - _XMP_TRAILER - 1)], self._holdings)
            return end
        content, end = self._blocks(at + 1 + len(name))
        if name in _LOOPS:
            if content[:1] == b"\1" and len(content) >= 3:  # noqa: PLR2004  a number
                count = int.from_bytes(content[1:3], "little")
                self._plays = str(count + 1 if count else 0)
            self._beyond("loops", content[_LOOPS_LENGTH:])
        elif name == b"ICCRGBG1012":
            self._holdings.show("gif profile", content.hex())
        elif name == b"MGK8BIM0000":
            nested.take_photoshop(content, self._holdings)
        elif name == b"MGKIPTC0000":
            nested.take_iptc(content, self._holdings)
        else:
            self._holdings.add(Kind.DATA, repr(name), content, size_words(len(content)))
        return end

    def _blocks(self, at: int) -> tuple[bytes, int]:
        """The content of a chain of blocks, and where it ends."""
        end = self._skip(at)
        raw = self._data.read(at, end - at)
        parts, place = [], 0
        while place < len(raw) and raw[place]:
            parts.append(raw[place + 1 : place + 1 + raw[place]])
            place += 1 + raw[place]
        return b"".join(parts), end

    def _skip(self, at: int) -> int:
        """Where a chain of blocks ends."""
        window, start = self._data.read(at, 1 << 16), at
        while True:
            if at - start >= len(window):
                window, start = self._data.read(at, 1 << 16), at
                if not window:
                    return at
            length = window[at - start]
            at += 1 + length
            if not length:
                return at


def _table(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def walk_gif(data: Data, holdings: Holdings) -> None:
    """Walk a GIF file."""
    _Walk(data, holdings).run()
