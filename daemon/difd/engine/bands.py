"""A decoded picture in bands of rows, as displayed, and the native samples of a band.

Bands keep the memory of a decode at that of the picture itself: turning, compositing, summing and
hashing only ever copy some rows, which also stay in the processor's cache between these steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BAND_PIXELS: Final = 1 << 18
"""Pixels in a band, about 1 MB."""

_METHODS: Final = (
    None,
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_180,
    Image.Transpose.ROTATE_270,
    Image.Transpose.FLIP_LEFT_RIGHT,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.TRANSVERSE,
)
"""Pillow's name of each turn; the index is the code of the turn."""

_FROM_THE_END: Final = frozenset({1, 2, 6, 7})
"""Turns whose first displayed row is the last row or column of the picture as it is stored."""

_WORD: Final = 4
_HALF: Final = 2
"""Bytes of a 32-bit and of a 16-bit value."""

_KEYED_MODES: Final = frozenset({"1", "L", "RGB", "I;16"})
"""Modes that may name one of their values as transparent."""

PALETTE_MODES: Final = frozenset({"P", "PA"})


def displayed_size(size: tuple[int, int], turn: int) -> tuple[int, int]:
    """Width and height after a turn."""
    return (size[1], size[0]) if turn % 2 else size


def displayed_bands(
    picture: Image.Image, turn: int = 0, rows: int | None = None
) -> Iterator[Image.Image]:
    """The picture, turned, from top to bottom in bands of full width.

    Args:
        picture: decoded.
        turn: code of a turn (see `orientation`).
        rows: height of a band; the last one may be lower. By default about `BAND_PIXELS` each.
    """
    width, height = displayed_size(picture.size, turn)
    step = rows or max(1, BAND_PIXELS // width)
    for top in range(0, height, step):
        bottom = min(height, top + step)
        start, stop = (height - bottom, height - top) if turn in _FROM_THE_END else (top, bottom)
        box = (start, 0, stop, width) if turn % 2 else (0, start, width, stop)
        band = picture.crop(box)
        method = _METHODS[turn]
        yield band if method is None else band.transpose(method)


def samples(band: Image.Image) -> NDArray[Any]:
    """The values of a band in native mode and depth, (pixels, channels) uint8 or uint16.

    Palettes are looked up (RGBA), so that neither the order of a palette nor its unused entries
    count. One-bit values are 0 and 255. 32-bit values, integer or float, are the two halves of
    their bit pattern.
    """
    if band.mode in PALETTE_MODES:
        band = band.convert("RGBA")
    elif band.mode == "1":
        band = band.convert("L")
    values = np.asarray(band)
    if values.dtype.itemsize == _WORD:
        halves = values.astype(values.dtype.newbyteorder("<"), copy=False)
        return np.ascontiguousarray(halves).view("<u2").reshape(-1, 2)
    if values.dtype.itemsize == _HALF:
        values = values.astype("<u2", copy=False)
    return values.reshape(values.shape[0] * values.shape[1], -1)


def frame_label(picture: Image.Image) -> str:
    """What of a frame counts besides its size and pixels.

    The native mode, the transparent colour of modes that keep it apart from the pixels, and, in an
    animation, how long the frame is shown.
    """
    duration = picture.info.get("duration") if getattr(picture, "is_animated", False) else None
    mode = "I;16" if picture.mode.startswith("I;16") else picture.mode
    if mode in PALETTE_MODES:
        mode = "P"
    clear = picture.info.get("transparency") if mode in _KEYED_MODES else None
    return f"{mode} {clear} {duration}"
