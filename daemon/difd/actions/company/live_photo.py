"""Whether a movie is the moving half of a Live Photo, or only has the name of a picture.

Cameras count pictures and movies separately, so IMG_1234.JPG and IMG_1234.MOV may be strangers.
"""

from __future__ import annotations

import os
import re
import struct
from typing import BinaryIO, Final

from difd.system import files

_IDENTIFIER_KEY: Final = b"com.apple.quicktime.content.identifier"
_IDENTIFIER: Final = re.compile(rb"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")

_IDENTIFIER_LENGTH: Final = 36
_CHUNK: Final = 1 << 20

_LONGEST: Final = 6.0
"""Seconds; Live Photos take three, other makers' moving pictures up to five."""

_CLOSE: Final = 5.0
"""Seconds between the last writes of both halves, which the phone stores together."""

_FROM_BEGIN_TO_WRITE: Final = 20.0
"""Seconds from when a movie says that it was begun until it was written to the disk."""

_ZONE, _ZONES_MAX = 900, 14 * 3600
"""By how many seconds clocks of the world differ, and by how many at most: some cameras write the
local time where UTC belongs."""

_EPOCH: Final = 2_082_844_800
"""Seconds from 1904, where the times in movies begin, to 1970."""

_READ_MAX: Final = 256 << 20
"""Larger files are no halves of Live Photos; one with holes could be read for days."""

_BOX: Final = struct.Struct(">I4s")
"""Length and kind of what a movie is made of."""

_TIMES: Final = struct.Struct(">4xI4xII")
_LONG_TIMES: Final = struct.Struct(">4xQ8xIQ")
"""When it was begun, units of a second, and how many of them the movie takes."""

_HEAD_MAX: Final = 16 << 20
"""Bytes that the description of a movie may have here; three seconds need a few thousand."""


def is_live_photo(picture: bytes, movie: bytes) -> bool:
    """Whether a movie belongs to a picture of the same name beside it.

    Apple writes one identifier into both, which decides. A movie without it must be a few seconds
    long, and both files must have been stored when it was made: copies of strangers that were made
    at one time have the same time on the disk, too.

    Args:
        picture: path of a JPEG or HEIC file.
        movie: path of a QuickTime or MP4 file.
    """
    try:
        with _regular(movie) as stream:
            head = _movie_head(stream)
        with _regular(picture) as stream:
            if _IDENTIFIER_KEY in head:
                return _holds_one(stream, set(_IDENTIFIER.findall(head)))
        stored = os.lstat(picture).st_mtime, os.lstat(movie).st_mtime
    except (OSError, ValueError):  # what cannot be read, or is empty, proves nothing
        return False
    times = _begin_and_duration(head)
    if times is None or times[1] > _LONGEST or abs(stored[0] - stored[1]) > _CLOSE:
        return False
    since = stored[1] - times[0]
    zone = round(since / _ZONE) * _ZONE
    return abs(zone) <= _ZONES_MAX and abs(since - zone) <= _FROM_BEGIN_TO_WRITE


def _regular(path: bytes) -> BinaryIO:
    descriptor = files.open_plain(path)
    if os.fstat(descriptor).st_size > _READ_MAX:
        os.close(descriptor)
        raise ValueError("it is too large")
    return open(descriptor, "rb")


def _holds_one(stream: BinaryIO, identifiers: set[bytes]) -> bool:
    # Read, not mapped: a bad spot on the disk under a map would end the process.
    before = b""
    while chunk := stream.read(_CHUNK):
        if any(identifier in before + chunk for identifier in identifiers):
            return True
        before = chunk[-_IDENTIFIER_LENGTH:]
    return False


def _movie_head(stream: BinaryIO) -> bytes:
    """The `moov` box (ISO/IEC 14496-12, 8.2), which describes the movie; empty if there is none."""
    while len(header := stream.read(_BOX.size)) == _BOX.size:
        size, kind = _BOX.unpack(header)
        length = _BOX.size
        if size == 1:  # it does not fit, and follows
            size = int.from_bytes(stream.read(8))
            length += 8
        if size < length:  # damaged, or all the rest
            size = length + _HEAD_MAX
        if kind == b"moov":
            return stream.read(min(size - length, _HEAD_MAX))
        stream.seek(size - length, os.SEEK_CUR)
    return b""


def _begin_and_duration(head: bytes) -> tuple[float, float] | None:
    """Seconds since 1970, and seconds, from the `mvhd` box (8.2.2); None if it does not say."""
    _, found, box = head.partition(b"mvhd")
    layout = _LONG_TIMES if box[:1] == b"\1" else _TIMES
    if not found or len(box) < layout.size:
        return None
    begin, scale, duration = layout.unpack_from(box)
    return (begin - _EPOCH, duration / scale) if scale else None
