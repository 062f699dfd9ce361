"""Walks TGA files: their own text, where their pixels end, and what lies behind them."""

from __future__ import annotations

import struct
from typing import Final

from difd.engine.read.value.data import Data
from difd.engine.read.value.holdings import Holdings, size_words
from difd.engine.read.value.jpeg import take_comment
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.tail import add_tail
from difd.engine.read.value.worthless import is_padding

_FOOTER: Final = 26
_MARK: Final = b"TRUEVISION-XFILE"
_PACKED: Final = 8
_PACKETS_MAX: Final = 4_000_000


def walk_tga(data: Data, holdings: Holdings) -> None:
    """Walk a TGA file."""
    head = data.read(0, 18)
    name = data.read(18, head[0])
    if name.strip(b"\0 "):
        take_comment(name, holdings)
    colours = struct.unpack_from("<H", head, 5)[0] * -(-head[7] // 8) if head[1] else 0
    width, height = struct.unpack_from("<HH", head, 12)
    start, step = 18 + head[0] + colours, -(-head[16] // 8)
    if head[2] & _PACKED:
        end = _unpacked_end(data, start, width * height, step)
    else:
        end = start + width * height * step
    footer = data.read(data.size - _FOOTER, _FOOTER)
    if end > data.size:
        holdings.blame("it is cut off")
    elif footer[8:24] == _MARK:
        extra = data.read(end, data.size - _FOOTER - end)
        if not is_padding(extra):
            holdings.add(Kind.OTHER, "tga", extra, f"{size_words(len(extra))} behind the pixels")
    else:
        add_tail(data, end, holdings)


def _unpacked_end(data: Data, at: int, pixels: int, step: int) -> int:
    """Where packed pixels end: packets of up to 128 pixels, each repeated or one by one."""
    content = data.read(at, data.size)
    place = 0
    for _ in range(_PACKETS_MAX):
        if pixels <= 0:
            return at + place
        if place >= len(content):
            return data.size + 1
        head = content[place]
        count = (head & 0x7F) + 1
        place += 1 + (step if head & 0x80 else step * count)
        pixels -= count
    raise ValueError("more packets than pictures have")
