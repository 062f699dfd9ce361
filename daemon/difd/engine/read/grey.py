"""A decoded picture in grey, upright and smaller: where features are looked for, and compared."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from difd.engine.features.features import features_of, working_size
from difd.engine.native.chosen import loops
from difd.engine.orientation import turn_image
from difd.engine.read.pixel_memory import pixels_of
from difd.engine.read.resample import (
    WIDEST,
    flatten,
    rounds_alike,
    shorten_by_loops,
    takes_columns_first,
    to_colours,
)

Grey = NDArray[np.uint8]
Size = tuple[float, float]

_WHITE: Final = 255
_SEEN: Final = 128
"""Alpha from which on something is there to be seen."""

_GAP: Final = 2.0
"""So many times the wanted size is reached by means of areas, the rest by cubic curves."""

_PLAIN: Final = ("L", "RGB")
"""Modes that are taken as they lie in memory."""

_ODD_MODES: Final = ("I", "F", "LAB")
"""What these modes begin with is brought to 8 bits of grey, strip by strip."""


class Looked(NamedTuple):
    """A picture in grey.

    Attributes:
        grey: (height, width), transparent parts on white.
        seen: (height, width), where it is not transparent; None if it nowhere is.
    """

    grey: Grey
    seen: NDArray[np.bool_] | None


def features_in(looked: Looked) -> bytes:
    """The features of a picture in its working size (see `Features.packed`)."""
    return features_of(looked.grey, looked.seen).packed()


def grey_of_pixels(pixels: NDArray[Any], within: Size, size: tuple[int, int]) -> Grey:
    """An opaque picture in grey, as Pillow resizes it.

    Args:
        pixels: (height, width), see `pixel_memory`.
        within: width and height of that part of them, from the upper left, that is the picture.
        size: wanted, as it is stored.
    """
    height, width = pixels.shape
    if max(height, width, *size) > WIDEST or not rounds_alike():
        raw = "L" if pixels.dtype.itemsize == 1 else "RGBX"
        values = pixels.view(np.uint8)
        image = Image.frombuffer(raw, (width, height), values, "raw", raw, 0, 1).convert("L")
        return _resized(image, size, within)
    across = max(1, int(within[0] / size[0] / _GAP))
    down = max(1, int(within[1] / size[1] / _GAP))
    columns = np.empty((-(-width // across), -(-height // down)), np.uint8)
    if pixels.dtype.itemsize == 1:
        loops.columns_of_grey(pixels, across, down, columns)
    else:
        loops.columns_of_colours(pixels, across, down, columns)
    return _resized_columns(columns, (within[0] / across, within[1] / down), size)


def grey_of_picture(
    picture: Image.Image, value_range: tuple[float, float] | None, size: tuple[int, int]
) -> Looked:
    """A picture in grey, as it is stored.

    Args:
        picture: decoded, of any mode.
        value_range: smallest and largest value, for modes without a fixed range.
        size: wanted.
    """
    if picture.mode.startswith(_ODD_MODES):
        return Looked(_resized(_in_strips(picture, value_range, size), size), None)
    if picture.has_transparency_data:
        colours = picture.convert("RGBA") if picture.mode != "La" else to_colours(picture, None)
        small = colours.resize(size, Image.Resampling.BICUBIC, reducing_gap=_GAP)
        seen = np.asarray(small.getchannel("A")) >= _SEEN
        return Looked(np.asarray(flatten(small, _WHITE).convert("L")), seen)
    pixels = pixels_of(picture) if picture.mode in _PLAIN else None
    if pixels is not None:
        return Looked(grey_of_pixels(pixels, picture.size, size), None)
    return Looked(_resized(picture.convert("L"), size), None)


def upright(looked: Looked, turn: int) -> Looked:
    """The same as displayed after a turn."""
    seen = None if looked.seen is None else _turned(looked.seen, turn)
    return Looked(_turned(looked.grey, turn), seen)


def working_grey(picture: Image.Image, value_range: tuple[float, float] | None = None) -> Looked:
    """A decoded picture in the size in which features are looked for, as it is stored."""
    return grey_of_picture(picture, value_range, working_size(picture.size))


def _turned(values: NDArray[Any], turn: int) -> NDArray[Any]:
    return np.ascontiguousarray(turn_image(values, turn, axis=0))


def _resized(image: Image.Image, size: tuple[int, int], within: Size | None = None) -> Grey:
    box = None if within is None else (0.0, 0.0, *within)
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC, box, reducing_gap=_GAP))


def _resized_columns(columns: Grey, within: Size, size: tuple[int, int]) -> Grey:
    """The same in a third of the time: rows are resized as columns, many values at once.

    Args:
        columns: (width, height), turned over.
        within: width and height of that part that is the picture.
        size: wanted.
    """
    first, second = 0, 1
    if takes_columns_first(columns.shape, size):
        first, second, columns = 1, 0, _turned_over(columns)
    half = shorten_by_loops(columns, size[first], within[first])
    made = shorten_by_loops(_turned_over(half), size[second], within[second])
    return made if second else _turned_over(made)


def _turned_over(values: Grey) -> Grey:
    out = np.empty(values.shape[::-1], np.uint8)
    loops.turn_over(values, out)
    return out


def _in_strips(
    picture: Image.Image, value_range: tuple[float, float] | None, size: tuple[int, int]
) -> Image.Image:
    """A picture of an odd mode in grey, about twice as large as wanted: its copies take memory."""
    width, height = picture.size
    by = max(1, min(width // (2 * size[0]), height // (2 * size[1])))
    step = by * max(1, _STRIP // (by * width))
    strips = []
    for top in range(0, height, step):
        strip = picture.crop((0, top, width, min(height, top + step)))
        strip.info = picture.info
        grey = to_colours(strip, value_range)
        grey = flatten(grey, _WHITE) if grey.mode == "RGBA" else grey
        strips.append(np.asarray(grey.convert("L").reduce(by)))
    return Image.fromarray(np.concatenate(strips))


_STRIP: Final = 1 << 20
"""Pixels of a strip."""
