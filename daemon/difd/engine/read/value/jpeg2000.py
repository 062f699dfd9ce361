"""Walks JPEG 2000: the box of its header, and the codestream with comments and what follows it."""

from __future__ import annotations

import struct
from typing import Final

from difd.engine.read.value.boxes import Box, boxes_of
from difd.engine.read.value.data import Data
from difd.engine.read.value.exif import note_aspect
from difd.engine.read.value.heif import take_properties
from difd.engine.read.value.holdings import Holdings
from difd.engine.read.value.jpeg import take_comment
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.tail import add_tail

_HEADER: Final = frozenset({b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef"})
"""Boxes of the header that the decoder needs, or that tell colours."""

_PROPERTY_MAX: Final = 1 << 22
_SOC, _SOT, _EOC, _COM = b"\xff\x4f", b"\xff\x90", b"\xff\xd9", b"\xff\x64"
_PARTS_MAX: Final = 100_000


def walk_codestream(data: Data, holdings: Holdings) -> None:
    """Walk a bare codestream."""
    take_codestream(data, 0, data.size, holdings)


def take_codestream(data: Data, at: int, end: int, holdings: Holdings) -> None:
    """Take in the comments of a codestream, and what follows its end."""
    if data.read(at, 2) != _SOC:
        holdings.add_range(Kind.DATA, "codestream", data, at, end)
        return
    at += 2
    for _ in range(_PARTS_MAX):
        marker = data.read(at, 2)
        if marker == _EOC:
            add_tail(data, at + 2, holdings, end)
            return
        (length,) = struct.unpack(">H", data.read(at + 2, 2))
        if marker == _SOT:
            (length,) = struct.unpack(">I", data.read(at + 6, 4))
            if not length:  # the last part, as long as the rest
                return
            at += length
            continue
        if marker == _COM:
            take_comment(data.read(at + 6, length - 4), holdings)
        at += 2 + length


def take_header(box: Box, data: Data, holdings: Holdings) -> None:
    """Take in the header: colours, and the shape of pixels."""
    for inner in boxes_of(data, box.inside, box.end):
        content = data.read(inner.inside, min(inner.end - inner.inside, _PROPERTY_MAX))
        if inner.name == b"res ":
            for one in boxes_of(data, inner.inside, inner.end):
                down, down_by, across, across_by, power, other = struct.unpack_from(
                    ">HHHHbb", data.read(one.inside, 10)
                )
                if down_by and across_by and down:
                    ratio = across / across_by / (down / down_by) * 10.0 ** (other - power)
                    note_aspect(ratio, 1.0, holdings)
        elif inner.name in _HEADER:
            take_properties(inner.name, content, holdings)
        else:
            holdings.add(Kind.OTHER, repr(inner.name), content, repr(inner.name)[2:-1])
