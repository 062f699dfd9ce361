"""Which files hold more pictures than the one that is compared.

Layers, a second view, a gain map or a movie would be lost with such a file, so it is never called
equal in pixels to another one: only equal in bytes.
"""

from __future__ import annotations

from typing import IO, Final

from PIL import Image

from difd.engine.formats import ANIMATED

_ALWAYS: Final = frozenset({"PSD", "CUR", "PCD"})
"""Formats that are made to hold more (layers, sizes), and do not say here whether they do."""

_MARKS: Final = (b"MotionPhoto", b"MicroVideo", b"hdrgm:", b"HDRGainMap")
"""What phones write into pictures that carry a movie or a gain map."""

_CHUNK: Final = 1 << 20

_ALPHA: Final = "alpha"
"""Part of the name of an auxiliary image that is decoded with the picture."""


def holds_more(picture: Image.Image, stream: IO[bytes]) -> bool:
    """Whether a file has more to show than is compared.

    Args:
        picture: opened from the stream, and not yet loaded.
        stream: the file, seekable; its position is kept.
    """
    if picture.format in _ALWAYS or len(picture.info.get("sizes", ())) > 1:
        return True
    if picture.format not in ANIMATED and getattr(picture, "n_frames", 1) > 1:
        return True
    if picture.format == "HEIF":
        auxiliary = picture.info.get("aux", {})
        return bool(picture.info.get("depth_images")) or any(
            _ALPHA not in str(name) for name in auxiliary
        )
    return picture.format == "JPEG" and _is_marked(stream)


def _is_marked(stream: IO[bytes]) -> bool:
    """Look for the marks in the whole file: older phones write them behind the picture."""
    position = stream.tell()
    stream.seek(0)
    overlap = max(map(len, _MARKS)) - 1
    tail = b""
    try:
        while chunk := stream.read(_CHUNK):
            text = tail + chunk
            if any(mark in text for mark in _MARKS):
                return True
            tail = text[-overlap:]
    finally:
        stream.seek(position)
    return False
