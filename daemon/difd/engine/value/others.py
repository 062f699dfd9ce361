"""Walks small formats: BMP, PNM, QOI and TGA.

Of a format that is not known here, the file itself counts as one thing that another one lacks.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from difd.engine.value.data import Data
from difd.engine.value.holdings import Holdings, size_words
from difd.engine.value.jpeg import take_comment
from difd.engine.value.kinds import Kind
from difd.engine.value.tail import add_tail
from difd.engine.value.worthless import is_padding

_BMP_HEAD: Final = 14
_SRGB_SPACES: Final = frozenset({b"BGRs", b" niW", b"\0\0\0\0"})
_PROFILES: Final = frozenset({b"DEBM", b"KNIL"})

_PNM: Final = re.compile(rb"P([1-7fF])\s")
_PNM_COMMENT: Final = re.compile(rb"#([^\n\r]*)")
_PNM_HEADER: Final = re.compile(rb"P[4-6]\s+(\d+)\s+(\d+)(?:\s+(\d+))?\s", re.DOTALL)
_PNM_CHANNELS: Final = {b"5": 1, b"6": 3}

_QOI_END: Final = bytes(7) + b"\1"


def walk_bmp(data: Data, holdings: Holdings) -> None:
    """Walk a BMP file: headers, profile, pixels, and bytes that belong to none of them."""
    head = data.read(0, _BMP_HEAD + 124)
    said, start = int.from_bytes(head[2:6], "little"), int.from_bytes(head[10:14], "little")
    size = int.from_bytes(head[14:18], "little")
    if size == 12:  # noqa: PLR2004  OS/2's
        width, height, _, bits = struct.unpack_from("<HHHH", head, 18)
        colours, stored, compression = 3 << bits if bits <= 8 else 0, 0, 0  # noqa: PLR2004
    else:
        width, height, _, bits, compression, stored = struct.unpack_from("<iiHHII", head, 18)
        count = int.from_bytes(head[46:50], "little")
        colours = 4 * (count or (1 << bits if bits <= 8 else 0))  # noqa: PLR2004  a palette
        colours += 12 if compression == 3 and size == 40 else 0  # noqa: PLR2004  masks
    packed = compression not in {0, 3, 6}
    pixels = stored if packed else (width * bits + 31) // 32 * 4 * abs(height)
    end = start + pixels
    if end > data.size or (said > data.size):
        holdings.blame("it is cut off")
    covered = [(0, _BMP_HEAD + size + colours), (start, end)]
    if size >= 108 and len(head) >= 138:  # noqa: PLR2004  the fourth version, and the fifth
        covered += _bmp_colours(data, head, size, holdings)
    reached = 0
    for begin, stop in sorted(covered):
        if begin > reached and not all(map(is_padding, data.pieces(reached, begin))):
            holdings.add_range(Kind.DATA, "gap", data, reached, begin)
        reached = max(reached, stop)
    add_tail(data, reached, holdings)


def _bmp_colours(data: Data, head: bytes, size: int, holdings: Holdings) -> list[tuple[int, int]]:
    space = head[70:74]
    if space == b"\0\0\0\0" and any(head[74:122]):
        holdings.show("bmp colours", head[74:122].hex())
    if space not in _PROFILES or size < 124:  # noqa: PLR2004  the fifth version
        return []
    at, length = struct.unpack_from("<II", head, 126)
    holdings.show("bmp profile", data.read(_BMP_HEAD + at, min(length, 1 << 24)).hex())
    return [(_BMP_HEAD + at, _BMP_HEAD + at + length)]


def walk_pnm(data: Data, holdings: Holdings) -> None:
    """Walk a portable any map: comments of its header, and what follows the pixels."""
    head = data.read(0, 1 << 16)
    plain = head
    while True:
        # Comments stand anywhere between the numbers of the header, and nowhere in the pixels.
        comment = _PNM_COMMENT.search(plain)
        header = _PNM_HEADER.match(plain)
        if comment is None or (header is not None and comment.start() > header.end()):
            break
        take_comment(comment[1].strip(), holdings)
        plain = plain[: comment.start()] + plain[comment.end() :]
    header = _PNM_HEADER.match(plain)
    if header is None:
        if head[1:2] in b"7fF":
            return
        if head[1:2] not in b"123":
            walk_unknown(data, holdings)
        return
    width, height = int(header[1]), int(header[2])
    if head[1:2] == b"4":
        header = re.match(rb"P4\s+\d+\s+\d+\s", plain)
        pixels = -(-width // 8) * height
    else:
        wide = 2 if int(header[3] or 255) > 255 else 1  # noqa: PLR2004  two bytes a value
        pixels = width * height * wide * _PNM_CHANNELS[head[1:2]]
    begin = (header.end() if header else 0) + len(head) - len(plain)
    add_tail(data, begin + pixels, holdings)


def walk_qoi(data: Data, holdings: Holdings) -> None:
    """Walk a QOI file: all there is to it is its end."""
    if data.read(data.size - 8, 8) != _QOI_END:
        ends = data.find(re.compile(re.escape(_QOI_END)), 14, 7)
        if ends < 0:
            holdings.blame("its end is missing")
        else:
            add_tail(data, ends + 8, holdings)


def walk_tga(data: Data, holdings: Holdings) -> None:
    """Walk a TGA file as far as it is worth: its own text; the rest is only pixels and a footer."""
    head = data.read(0, 18)
    name = data.read(18, head[0])
    if name.strip(b"\0 "):
        take_comment(name, holdings)
    packed = head[2] & 8
    if packed:
        return
    colours = struct.unpack_from("<H", head, 5)[0] * -(-head[7] // 8) if head[1] else 0
    width, height = struct.unpack_from("<HH", head, 12)
    end = 18 + head[0] + colours + width * height * -(-head[16] // 8)
    footer = data.read(data.size - 26, 26)
    if end > data.size:
        holdings.blame("it is cut off")
    elif footer[8:24] == b"TRUEVISION-XFILE":
        extra = data.read(end, data.size - 26 - end)
        if not is_padding(extra):
            holdings.add(Kind.OTHER, "tga", extra, f"{size_words(len(extra))} behind the pixels")
    else:
        add_tail(data, end, holdings)


def walk_unknown(data: Data, holdings: Holdings) -> None:
    """Take in a whole file whose format is not known here."""
    holdings.add(Kind.TECHNICAL, "file", data.pieces(0, data.size))
