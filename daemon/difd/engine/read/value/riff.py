"""Walks WebP files, which are RIFF: chunks of the picture, of metadata, and others."""

from __future__ import annotations

import struct
from typing import Final

from difd.engine.read.value import nested
from difd.engine.read.value.data import Data
from difd.engine.read.value.holdings import Holdings, size_words
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.tail import add_tail
from difd.engine.read.value.worthless import is_padding

_HEADER: Final = 12
_FRAME_HEADER: Final = 16
_CHUNKS_MAX: Final = 200_000
_PICTURE: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"})
"""Chunks that are the picture, or how it is shown."""

_HAS_PROFILE, _HAS_ALPHA = 0x20, 0x10
_PIXELS: Final = frozenset({b"VP8 ", b"VP8L"})


def walk_webp(data: Data, holdings: Holdings) -> None:
    """Walk a WebP file."""
    end = 8 + int.from_bytes(data.read(4, 4), "little")
    if end > data.size:
        holdings.blame("it is cut off")
    _chunks(data, _HEADER, min(end, data.size), holdings)
    # The length is even; some writers leave the last byte out of it.
    add_tail(data, end + end % 2, holdings)


def _chunks(data: Data, at: int, end: int, holdings: Holdings) -> None:
    """Walk chunks; a second picture among them is one that no decoder shows.

    Nor does it look at a profile or at transparency that the first chunk does not announce.
    """
    pictures, unseen = 0, set[bytes]()
    for _ in range(_CHUNKS_MAX):
        head = data.read(at, 8)
        if at + 8 > end or len(head) < 8:  # noqa: PLR2004  name and length
            return
        name, length = struct.unpack("<4sI", head)
        if at + 8 + length > end:
            holdings.blame("one of its parts is cut off")
        pictures += name in _PIXELS
        if name in _PIXELS and pictures > 1:
            holdings.add_range(Kind.PICTURE, "second", data, at + 8, min(end, at + 8 + length))
        if name == b"VP8X":
            flags = data.read(at + 8, 1)[0]
            announced = {b"ICCP": flags & _HAS_PROFILE, b"ALPH": flags & _HAS_ALPHA}
            unseen = {one for one, flag in announced.items() if not flag}
        if name in unseen:
            kind = Kind.MASK if name == b"ALPH" else Kind.DATA
            holdings.add_range(kind, name.decode(), data, at + 8, min(end, at + 8 + length))
        _take(name, data, at + 8, min(length, end - at - 8), holdings)
        at += 8 + length + length % 2


def _take(name: bytes, data: Data, at: int, length: int, holdings: Holdings) -> None:
    if name in _PICTURE:
        return
    match name:
        case b"ANIM":
            plays = int.from_bytes(data.read(at + 4, 2), "little")
            holdings.show("plays", str(plays))
        case b"ANMF":
            _chunks(data, at + _FRAME_HEADER, at + length, holdings)
        case b"EXIF":
            nested.take_exif(data.read(at, length), holdings)
        case b"XMP ":
            nested.take_xmp(data.read(at, length), holdings)
        case _ if not all(map(is_padding, data.pieces(at, at + length))):
            shown = size_words(length)
            holdings.add(Kind.DATA, repr(name), data.pieces(at, at + length), shown)
