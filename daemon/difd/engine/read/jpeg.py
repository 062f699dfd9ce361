"""JPEG files by libjpeg-turbo without Pillow between: the same pixels, in half the time.

Pillow hands the file over in pieces and asks for one row at a time. Only what is plain and decodes
without a single complaint is taken here; whatever else a file is or does, Pillow has the word.
"""

from __future__ import annotations

import io
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

_SOI: Final = b"\xff\xd8"
_MPF: Final = b"MPF\0"
"""Several pictures."""
_ICC: Final = b"ICC_"
_APP1, _APP2, _SOS = 0xE1, 0xE2, 0xDA
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
"""Huffman-coded frames of 8 bits: baseline, extended, progressive."""

_HARMLESS: Final = frozenset({*range(0xE0, 0xF0), 0xC4, 0xDB, 0xDD, 0xFE})
"""Applications' own parts, tables, restart intervals and comments."""

_SEGMENTS: Final = 200
"""More parts than this before the picture are left to Pillow."""

_COLOURS: Final = {1: "GRAY", 3: "RGBX"}
_CHANNELS: Final = {"L": 1, "RGB": 3}
_FORMATS: Final = frozenset({"JPEG", "MPO"})
_PRECISE: Final = {"fastdct": False, "fastupsample": False}
_FAULTS: Final = (ValueError, RuntimeError, OverflowError)

FULL: Final = 8
"""Eighths of the size that are decoded, for all of it."""


class Header(NamedTuple):
    """What a plain JPEG says before its picture.

    Attributes:
        size: width and height as it is stored.
        channels: 1 or 3.
        described: it carries EXIF or XMP, which may turn it.
        profiled: it carries a colour profile.
    """

    size: tuple[int, int]
    channels: int
    described: bool
    profiled: bool


def header_of(data: bytes) -> Header | None:
    """The header of a plain JPEG of one picture; None of all else, also of what is odd."""
    if not data.startswith(_SOI):
        return None
    at, frame, described, profiled = 2, None, False, False
    for _ in range(_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF:  # noqa: PLR2004  begins every part
            return None
        marker, length = data[at + 1], data[at + 2] << 8 | data[at + 3]
        if marker == _SOS:
            return None if frame is None else Header(*frame, described, profiled)
        part = data[at + 4 : at + 2 + length]
        if marker in _FRAMES and frame is None:
            frame = _frame(part)
        elif marker not in _HARMLESS or (marker == _APP2 and part.startswith(_MPF)):
            return None
        described = described or marker == _APP1
        profiled = profiled or (marker == _APP2 and part.startswith(_ICC))
        at += 2 + length
    return None


def _frame(part: bytes) -> tuple[tuple[int, int], int] | None:
    if len(part) < 6 or part[0] != 8 or part[5] not in _COLOURS:  # noqa: PLR2004  depth; its parts
        return None
    return (part[3] << 8 | part[4], part[1] << 8 | part[2]), part[5]


def pixels_of_jpeg(picture: Image.Image) -> NDArray[Any] | None:
    """The pixels of an opened JPEG, in the form of `pixel_memory`; None where Pillow has to decode.

    Args:
        picture: opened from a file in memory, not loaded.
    """
    stream = getattr(picture, "fp", None)
    channels = _CHANNELS.get(picture.mode)
    plain = picture.format in _FORMATS and len(getattr(picture, "tile", ())) == 1
    if channels is None or not plain or not isinstance(stream, io.BytesIO):
        return None
    return decode(stream.getvalue(), picture.size, channels)


@cache
def _decodes_alike() -> bool:
    """Whether Pillow's libjpeg makes the same of noise in every form that is taken here.

    Versions differ in how they spread colours that are stored for several pixels at once.
    """
    noise = np.random.default_rng(0).integers(0, 256, (35, 53, 3), np.uint8)
    for form in ("444", "422", "420", "440", "411"):
        data = simplejpeg.encode_jpeg(noise, quality=80, colorsubsampling=form)
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
            theirs = np.asarray(picture)
        if not np.array_equal(theirs, simplejpeg.decode_jpeg(data, "RGB", **_PRECISE)):
            return False
    return True


def decode(
    data: bytes, size: tuple[int, int], channels: int, eighths: int = FULL
) -> NDArray[Any] | None:
    """The pixels of a JPEG, or of a smaller picture of it; None if there is anything odd about it.

    Args:
        data: the file.
        size: width and height that it claims.
        channels: 1 for grey, 3 for colours.
        eighths: 1, 2, 4 or 8: of its size; edges are rounded up.

    Returns:
        (height, width) uint8, or uint32 for four bytes a pixel (the first channel is the lowest
        byte).
    """
    if not _decodes_alike():
        return None
    width, height = (-(-edge * eighths // FULL) for edge in size)
    smaller = {} if eighths == FULL else {"min_width": width, "min_height": height}
    try:
        made: NDArray[Any] = simplejpeg.decode_jpeg(data, _COLOURS[channels], **_PRECISE, **smaller)
    except _FAULTS:
        return None
    if made.shape[:2] != (height, width):
        return None
    if channels == 1:
        return np.ascontiguousarray(made.reshape(height, width))
    pixels: NDArray[Any] = made.view("<u4").reshape(height, width)
    return pixels
