"""Pictures for tests, and short ways to read them with the engine."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pillow_jxl  # noqa: F401  JPEG XL can be written, too
from numpy.typing import NDArray
from PIL import Image

from difd.engine.read.decode import ReadRequest, read
from difd.engine.record import Found, Record, Unreadable
from harness.photos import whole_photo

pillow_heif.register_heif_opener()

EXIF_ORIENTATION = 0x0112

LOSSLESS = {"webp": {"lossless": True}, "avif": {"quality": 100, "subsampling": "4:4:4"}}
"""Options that keep all values, or nearly, by extension."""

UPRIGHT = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What displays a picture with this EXIF orientation upright."""


def photo(width: int = 150, height: int = 100) -> Image.Image:
    """A photo without any symmetry."""
    return _photo(width, height).copy()


@lru_cache(50)
def _photo(width: int, height: int) -> Image.Image:
    return whole_photo("chelsea.png").resize((width, height), Image.Resampling.LANCZOS)


def with_alpha(width: int = 150, height: int = 100) -> Image.Image:
    """The photo with a transparency that goes from left to right."""
    picture = photo(width, height)
    picture.putalpha(Image.linear_gradient("L").rotate(90).resize((width, height)))
    return picture


def found(path: Path | bytes) -> Found:
    """The file as discovery would find it."""
    status = os.stat(path)
    return Found(
        path=os.fsencode(path),
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
    )


def look(path: Path | bytes, px: int = 50) -> Record | Unreadable:
    """What the engine makes of a file."""
    return read(ReadRequest(found(path), px))


def record(path: Path | bytes, px: int = 50) -> Record:
    """The record of a file that can be read."""
    result = look(path, px)
    assert isinstance(result, Record), result
    return result


def reason(path: Path | bytes, px: int = 50) -> str:
    """Why a file cannot be read."""
    result = look(path, px)
    assert isinstance(result, Unreadable), result
    return result.reason


def tensor_of(picture: Image.Image, px: int = 50) -> NDArray[Any]:
    """difPy's tensor: to RGB, then resized, by Pillow."""
    if picture.getbands() != ("R", "G", "B"):
        picture = picture.convert("RGB")
    return np.asarray(picture.resize((px, px), resample=Image.Resampling.BICUBIC))


def on_ground(picture: Image.Image, ground: int) -> Image.Image:
    """The picture composited on white (255) or black (0)."""
    colours = picture.convert("RGBA")
    backdrop = Image.new("RGBA", colours.size, (ground, ground, ground, 255))
    return Image.alpha_composite(backdrop, colours).convert("RGB")
