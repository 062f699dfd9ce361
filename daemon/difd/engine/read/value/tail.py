"""What follows the end of a picture: movies, sounds, archives, further pictures, or padding."""

from __future__ import annotations

import re
from typing import Final

from difd.engine.read.value.data import Data
from difd.engine.read.value.holdings import Holdings
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.worthless import is_padding
from difd.protocol.patterns import pattern

_LOOKED_AT: Final = 1 << 16
"""Bytes at both ends in which marks are looked for."""

_MARKS: Final = (
    (pattern(rb"SoundShot|Sound_?&?_?Shot|RIFF....WAVE|ID3|OggS", re.DOTALL), Kind.SOUND),
    (pattern(rb"ftyp(mp4|isom|qt  |avc|M4V|iso|3gp|heic)|MotionPhoto|moov"), Kind.MOVIE),
    (pattern(rb"PK\x03\x04|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x1f\x8b\x08|ustar"), Kind.ARCHIVE),
    (pattern(rb"[Dd]epth_?[Mm]ap|DEPTH|Depth_Info"), Kind.DEPTH),
    (pattern(rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n|WEBPVP8|DualShot"), Kind.PICTURE),
)
"""What tells what it is, in the order in which it is looked for."""


def add_tail(data: Data, at: int, holdings: Holdings, end: int | None = None) -> None:
    """Take in what lies behind `at`, the end of the picture; padding is nothing."""
    end = data.size if end is None else end
    if at >= end or all(map(is_padding, data.pieces(at, end))):
        return
    holdings.add_range(kind_of(data, at, end), "behind", data, at, end)


def kind_of(data: Data, at: int, end: int) -> Kind:
    """What a stretch of unknown bytes seems to be."""
    size = end - at
    ends = data.read(at, min(size, _LOOKED_AT))
    ends += data.read(max(at, end - _LOOKED_AT), min(size, _LOOKED_AT))
    for mark, kind in _MARKS:
        if mark.search(ends):
            return kind
    return Kind.DATA
