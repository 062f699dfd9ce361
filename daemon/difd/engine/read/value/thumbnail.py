"""Whether what stands in the place of a thumbnail is one: small, decodable, and nothing behind it.

Editors leave old thumbnails behind, and whole pictures lie where small ones belong. Pixels are not
decoded here: the header tells the size, the marks of its segments tell where it ends.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from difd.engine.read.value.data import Data
from difd.engine.read.value.worthless import is_padding

_SIDE: Final = 512
"""Of the largest thumbnails that phones write into EXIF."""

AREA_MAX: Final = _SIDE * _SIDE

_MARKER: Final = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
_NEXT: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of the segments of a JPEG that tell its size."""

_SOS, _EOI = 0xDA, 0xD9
_SEGMENTS_MAX: Final = 10_000


class SmallJpeg(NamedTuple):
    """A JPEG inside of something else.

    Attributes:
        area: in pixels.
        end: where it ends.
    """

    area: int
    end: int


def jpeg_at(data: Data, at: int, end: int, *, closed: bool = True) -> SmallJpeg | None:
    """The JPEG that begins at a place; None if none does, or it does not end before `end`.

    Args:
        data: where it is.
        at: where it begins.
        end: where it has to end.
        closed: it must have a marker of its end; else one that is cut off in its pixels will do.
    """
    if data.read(at, 2) != b"\xff\xd8":
        return None
    area, at, has_pixels = 0, at + 2, False
    for _ in range(_SEGMENTS_MAX):
        at = data.find(_MARKER, at, 1)
        if not 0 <= at < end:
            return SmallJpeg(area, end) if area and has_pixels and not closed else None
        marker = data.read(at + 1, 1)[0]
        at += 2
        if marker == _EOI:
            return SmallJpeg(area, at) if area and at <= end else None
        if marker in FRAMES:
            head = data.read(at + 3, 4)
            area = int.from_bytes(head[:2], "big") * int.from_bytes(head[2:], "big")
        at += int.from_bytes(data.read(at, 2), "big")
        if marker == _SOS:
            at, has_pixels = data.find(_NEXT, at, 1), True
            at = end if at < 0 else at
    return None


def is_thumbnail(content: bytes, area_max: int = AREA_MAX) -> bool:
    """Whether bytes are a small JPEG, perhaps filled up behind its end, or nothing any more."""
    if is_padding(content):
        return True
    found = jpeg_at(Data(content), 0, len(content), closed=False)
    return found is not None and found.area <= area_max and is_padding(content[found.end :])
