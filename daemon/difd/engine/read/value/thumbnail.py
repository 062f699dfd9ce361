"""Whether what stands in the place of a thumbnail is one: small, decodable, and nothing behind it.

Editors leave old thumbnails behind, and whole pictures lie where small ones belong. Pixels are not
decoded here: the header tells the size, the marks of its segments tell where it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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

_SOS: Final = 0xDA
EOI: Final = 0xD9
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
    area, has_pixels = 0, False
    for marker, place, _ in segments(data, at, end):
        if marker == EOI:
            return SmallJpeg(area, place) if area and place <= end else None
        if marker in FRAMES:
            head = data.read(place + 1, 4)
            area = int.from_bytes(head[:2], "big") * int.from_bytes(head[2:], "big")
        has_pixels = has_pixels or marker == _SOS
    return SmallJpeg(area, end) if area and has_pixels and not closed else None


def segments(data: Data, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The segments of the JPEG that begins at a place, up to `EOI` or `end`; none if none does.

    Each is its marker, where its content begins, and the length of that; for `EOI` the place
    behind it, and 0.
    """
    if data.read(at, 2) != b"\xff\xd8":
        return
    at += 2
    for _ in range(_SEGMENTS_MAX):
        at = data.find(_MARKER, at, 1)
        if not 0 <= at < end:
            return
        marker = data.read(at + 1, 1)[0]
        at += 2
        if marker == EOI:
            yield marker, at, 0
            return
        length = int.from_bytes(data.read(at, 2), "big")
        yield marker, at + 2, max(0, length - 2)
        at += length
        if marker == _SOS:
            at = data.find(_NEXT, at, 1)
            if at < 0:
                return


def is_thumbnail(content: bytes, area_max: int = AREA_MAX) -> bool:
    """Whether bytes are a small JPEG, perhaps filled up behind its end, or nothing any more."""
    if is_padding(content):
        return True
    found = jpeg_at(Data(content), 0, len(content), closed=False)
    return found is not None and found.area <= area_max and is_padding(content[found.end :])
