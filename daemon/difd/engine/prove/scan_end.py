"""Whether the pixels of a JPEG end where its data end: decoders forgive too few and too many.

What was cut off and closed again is shown with a grey end, and bytes behind the last pixel make a
damaged file the larger one. Neither can be seen without decoding, so both are tried: other bytes in
the last place must change the picture, and bytes behind it must not.
"""

from __future__ import annotations

import io
from typing import IO, Final

import numpy as np
from PIL import Image

from difd.engine.formats import FAULTS
from difd.engine.read.value.data import Data
from difd.engine.read.value.thumbnail import jpeg_at

TOO_FEW: Final = "some of its last pixels are missing"
TOO_MANY: Final = "there is something behind its last pixels"

_LAST: Final = 16
"""Bytes that always hold something visible; the filling of the last byte does not."""

_COMPARED: Final = 64
_FORMATS: Final = frozenset({"JPEG", "MPO"})
_FILLER: Final = bytes(range(1, 200, 3))


def may_end_wrong(
    one: Image.Image, first: IO[bytes], other: Image.Image, second: IO[bytes]
) -> bool:
    """Whether two JPEGs end differently; else they are damaged alike, or not at all."""
    if one.format not in _FORMATS or other.format not in _FORMATS:
        return False
    ends = [_end(stream) for stream in (first, second)]
    return ends[0] != ends[1]


def ending_fault(picture: Image.Image, stream: IO[bytes]) -> str:
    """What is wrong with the end of a JPEG's pixels; empty if nothing is.

    Args:
        picture: opened from `stream`.
        stream: the file; its position is kept.
    """
    content = _content(stream)
    end = _place(content)
    if end < 2 * _LAST:
        return ""
    picture.load()
    shown = np.asarray(picture)
    if not _is_shown(content[:end] + _FILLER + content[end:], shown):
        return TOO_FEW
    if "progressive" not in picture.info:
        changed = bytes(0x2A if byte == 0x55 else 0x55 for byte in content[end - _LAST : end])  # noqa: PLR2004
        if _is_shown(content[: end - _LAST] + changed + content[end:], shown):
            return TOO_MANY
    return ""


def _is_shown(content: bytes, shown: np.ndarray) -> bool:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return np.array_equal(np.asarray(picture), shown)
    except FAULTS:
        return False


def _content(stream: IO[bytes]) -> bytes:
    position = stream.tell()
    try:
        stream.seek(0)
        return stream.read()
    finally:
        stream.seek(position)


def _place(content: bytes) -> int:
    """Where the marker of the end is."""
    found = jpeg_at(Data(content), 0, len(content))
    return found.end - 2 if found else 0


def _end(stream: IO[bytes]) -> bytes:
    content = _content(stream)
    end = _place(content)
    return content[max(0, end - _COMPARED) : end]
