"""What the packed strips and tiles of a TIFF hold beside pixels: no decoder reads it.

Where pixels end in LZW, PackBits and fax only a decoder of ours could tell.
"""

from __future__ import annotations

import zlib
from typing import Final

from difd.engine.read.value.data import Data
from difd.engine.read.value.holdings import Holdings, size_words
from difd.engine.read.value.jpeg import take_comment
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.tail import add_tail
from difd.engine.read.value.thumbnail import EOI, segments

_STEP: Final = 1 << 16
_COM: Final = 0xFE
_APPS: Final = range(0xE0, 0xF0)
_OF_THE_DECODER: Final = {0xE0: b"JFIF\0", 0xEE: b"Adobe"}
"""Segments of applications that say how pixels are stored, and how they begin."""


def take_jpeg(content: Data, holdings: Holdings) -> None:
    """Take in what a strip that is a JPEG, or the tables of all, hold beside pixels."""
    for marker, at, length in segments(content, 0, content.size):
        if marker == EOI:
            add_tail(content, at, holdings)
        elif marker == _COM:
            take_comment(content.read(at, length), holdings)
        elif marker in _APPS:
            application = content.read(at, length)
            known = _OF_THE_DECODER.get(marker)
            if known is None or not application.startswith(known):
                note = size_words(length)
                holdings.add(Kind.DATA, f"APP{marker - _APPS[0]}", application, note)


def take_deflated(data: Data, at: int, end: int, room: int, holdings: Holdings) -> None:
    """Take in what follows the stream of a strip, or the pixels in it.

    Args:
        data: the file.
        at: where the strip begins.
        end: where it ends.
        room: bytes of its pixels at most.
        holdings: takes it.
    """
    stream, made, start = zlib.decompressobj(), 0, at
    try:
        for piece in data.pieces(at, end):
            at += len(piece)
            while piece and not stream.eof and made <= room:
                made += len(stream.decompress(piece, _STEP))
                piece = stream.unconsumed_tail  # noqa: PLW2901  what is left of it
            if stream.eof or made > room:
                add_tail(data, at - len(stream.unused_data or piece), holdings, end)
                return
    except zlib.error:
        # Decoders stop with the last pixel: what they do not see may be anything.
        holdings.add_range(Kind.DATA, "strip", data, start, end)
