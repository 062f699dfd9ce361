"""Walks small formats: BMP and QOI.

Of a format that is not known here, the file itself counts as one thing that another one lacks.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from difd.engine.read.value.data import Data
from difd.engine.read.value.exif import note_aspect
from difd.engine.read.value.holdings import Holdings
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.tail import add_tail
from difd.engine.read.value.worthless import is_padding

_BMP_HEAD: Final = 14
_HIGH, _DEEP = 16, 32
"""Bits of a pixel of which some may be nobody's."""

_SRGB_SPACES: Final = frozenset({b"BGRs", b" niW", b"\0\0\0\0"})
_PROFILES: Final = frozenset({b"DEBM", b"KNIL"})

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
        if size >= 40:  # noqa: PLR2004  the third version
            across, down = struct.unpack_from("<ii", head, 38)
            note_aspect(float(across), float(down), holdings)
    packed = compression not in {0, 3, 6}
    pixels = stored if packed else (width * bits + 31) // 32 * 4 * abs(height)
    end = start + pixels
    if end > data.size or (said > data.size):
        holdings.blame("it is cut off")
    if bits == _DEEP and (not compression or _has_no_alpha(head, size, compression)):
        _bmp_unseen(data, start, end, holdings)
    if bits == _HIGH and not compression:
        _bmp_unseen_bit(data, start, end, holdings)
    covered = [(0, _BMP_HEAD + size + colours), (start, end)]
    if size >= 108 and len(head) >= 138:  # noqa: PLR2004  the fourth version, and the fifth
        covered += _bmp_colours(data, head, size, holdings)
    reached = 0
    for begin, stop in sorted(covered):
        if begin > reached and not all(map(is_padding, data.pieces(reached, begin))):
            holdings.add_range(Kind.DATA, "gap", data, reached, begin)
        reached = max(reached, stop)
    add_tail(data, reached, holdings)


def _has_no_alpha(head: bytes, size: int, compression: int) -> bool:
    """Whether masks tell of three colours in the lower bytes and no transparency."""
    masks = struct.unpack_from("<IIII", head, 54)
    alpha = masks[3] if size > 52 or compression == 6 else 0  # noqa: PLR2004  it has a fourth one
    return not alpha and any(masks[:3]) and not any(mask >> 24 for mask in masks[:3])


def _bmp_unseen(data: Data, start: int, end: int, holdings: Holdings) -> None:
    """Take in the fourth byte of pixels if it is used: programs keep transparency there."""
    content = data.read(start, end - start)[3::4]
    if content.strip(content[:1]):
        holdings.add(Kind.MASK, "fourth", content, f"{len(content)} pixels")


def _bmp_unseen_bit(data: Data, start: int, end: int, holdings: Holdings) -> None:
    """Take in the highest bit of pixels of 16 bits if it is used: three times five are colours."""
    content = data.read(start, end - start)[1::2].translate(bytes(byte >> 7 for byte in range(256)))
    if content.strip(content[:1]):
        holdings.add(Kind.MASK, "bit", content, f"{len(content)} pixels")


def _bmp_colours(data: Data, head: bytes, size: int, holdings: Holdings) -> list[tuple[int, int]]:
    space = head[70:74]
    if space == b"\0\0\0\0" and any(head[74:122]):
        holdings.show("bmp colours", head[74:122].hex())
    if space not in _PROFILES or size < 124:  # noqa: PLR2004  the fifth version
        return []
    at, length = struct.unpack_from("<II", head, 126)
    holdings.show("bmp profile", data.read(_BMP_HEAD + at, min(length, 1 << 24)).hex())
    return [(_BMP_HEAD + at, _BMP_HEAD + at + length)]


def walk_qoi(data: Data, holdings: Holdings) -> None:
    """Walk a QOI file: all there is to it is its end.

    Whether its colours are said to be linear is for information only: Pillow says it of all.
    """
    if data.read(data.size - 8, 8) != _QOI_END:
        ends = data.find(re.compile(re.escape(_QOI_END)), 14, 7)
        if ends < 0:
            holdings.blame("its end is missing")
        else:
            add_tail(data, ends + 8, holdings)


def walk_unknown(data: Data, holdings: Holdings) -> None:
    """Take in a whole file whose format is not known here."""
    holdings.add(Kind.TECHNICAL, "file", data.pieces(0, data.size))
