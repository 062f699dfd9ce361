"""A decoded picture in bands of rows, as displayed, and the native samples of a band.

Bands keep the memory of a decode at that of the picture itself: turning, compositing, summing and
hashing only ever copy some rows, which also stay in the processor's cache between these steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from difd.engine.orientation import turn_image
from difd.engine.read.pixel_memory import CHANNELS, pixels_of

BAND_PIXELS: Final = 1 << 16
"""Pixels in a band, about 256 kB: half of what a processor's own cache holds."""

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
CONVERTED_MODES: Final = PALETTE_MODES | {"1"}
"""Modes whose values count in another one (see `as_sampled`)."""


def displayed_size(size: tuple[int, int], turn: int) -> tuple[int, int]:
    """Width and height after a turn."""
    return (size[1], size[0]) if turn % 2 else size


def turned(picture: Image.Image, turn: int) -> Image.Image:
    """A picture after a turn; itself, if that changes nothing."""
    method = _METHODS[turn]
    return picture if method is None else picture.transpose(method)


class Band:
    """Some rows of a picture, turned: its pixels in place where they can be, an image if asked.

    Args:
        picture: decoded.
        top: the first row, in the picture as displayed after `turn`.
        bottom: the row after the last one.
        turn: code of a turn.
        whole: the pixels of the picture, if it is not turned (see `pixel_memory`).

    Attributes:
        mode: of the picture.
        is_keyed: whether one of its values stands for transparent pixels.
        height: in rows.
    """

    def __init__(
        self, picture: Image.Image, top: int, bottom: int, turn: int, whole: NDArray[Any] | None
    ) -> None:
        self._picture, self._turn, self._whole = picture, turn, whole
        self._top, self._bottom = top, bottom
        self.mode = picture.mode
        self.is_keyed = "transparency" in picture.info
        self.height = bottom - top

    @cached_property
    def image(self) -> Image.Image:
        """The band as a picture of its own."""
        width, height = displayed_size(self._picture.size, self._turn)
        top, bottom = self._top, self._bottom
        if self._turn in _FROM_THE_END:
            top, bottom = height - bottom, height - top
        box = (top, 0, bottom, width) if self._turn % 2 else (0, top, width, bottom)
        band = self._picture.crop(box)
        return turned(band, self._turn)

    @cached_property
    def pixels(self) -> NDArray[Any] | None:
        """Its rows as they lie in memory; None for modes that are not in `CHANNELS`."""
        if self._whole is not None:
            return self._whole[self._top : self._bottom]
        return pixels_of(self.image) if self.mode in CHANNELS else None


def bands_of(picture: Image.Image, turn: int = 0) -> Iterator[Band]:
    """The picture, turned, from top to bottom in bands of full width."""
    width, height = displayed_size(picture.size, turn)
    step = max(1, BAND_PIXELS // width)
    whole = pixels_of(picture) if turn == 0 and picture.mode in CHANNELS else None
    for top in range(0, height, step):
        yield Band(picture, top, min(height, top + step), turn, whole)


class ArrayBand:
    """Some rows of a picture that never was Pillow's; what a `Band` tells.

    Args:
        pixels: (rows, width), see `pixel_memory`.
    """

    is_keyed = False

    def __init__(self, pixels: NDArray[Any]) -> None:
        self.pixels = pixels
        self.mode = "L" if pixels.dtype.itemsize == 1 else "RGB"
        self.height = len(pixels)

    @property
    def image(self) -> Image.Image:
        """The band as a picture of its own."""
        raw = "L" if self.mode == "L" else "RGBX"
        size = self.pixels.shape[::-1]
        values = self.pixels.view(np.uint8)
        return Image.frombuffer(raw, size, values, "raw", raw, 0, 1).convert(self.mode)


AnyBand = Band | ArrayBand


def bands_of_array(pixels: NDArray[Any], turn: int = 0) -> Iterator[ArrayBand]:
    """The same of pixels in an array, (height, width) uint8 or uint32."""
    turned = turn_image(pixels, turn, axis=-2)
    step = max(1, BAND_PIXELS // turned.shape[1])
    for top in range(0, len(turned), step):
        yield ArrayBand(np.ascontiguousarray(turned[top : top + step]))


def displayed_bands(picture: Image.Image, turn: int = 0) -> Iterator[Image.Image]:
    """The bands as pictures of their own."""
    return (band.image for band in bands_of(picture, turn))


def as_sampled(band: Image.Image) -> Image.Image:
    """A band in the mode whose values count.

    Palettes are looked up (RGBA), so that neither the order of a palette nor its unused entries
    count. One-bit values are 0 and 255.
    """
    if band.mode not in CONVERTED_MODES:
        return band
    return band.convert("RGBA" if band.mode in PALETTE_MODES else "L")


def samples(band: Image.Image) -> NDArray[Any]:
    """The values of a band in native depth, (rows, width, channels) uint8 or uint16.

    32-bit values, integer or float, are the two halves of their bit pattern.
    """
    values = np.asarray(as_sampled(band))
    if values.dtype.itemsize == _WORD:
        halves = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        return halves.view("<u2").reshape(*values.shape, 2)
    if values.dtype.itemsize == _HALF:
        values = values.astype("<u2", copy=False)
    return values.reshape(values.shape[0], values.shape[1], -1)


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
