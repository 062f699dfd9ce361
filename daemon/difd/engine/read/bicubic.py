"""The first pass of Pillow's bicubic resize, over the rows: by Pillow, or by our own loops.

Pillow weighs 8-bit values with coefficients in fixed point (PRECISION_BITS of its Resample.c), so
whoever has the same coefficients has the same result, in any order of summation.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from difd.engine.native.chosen import WHY_NOT, loops
from difd.engine.native.twin import narrow_in_memory
from difd.engine.read.pixel_memory import pixels_of

_PRECISION: Final = 22
_LANES: Final = 16
"""Weights come in multiples of this, filled up with zeros: the loops then have no odd ends."""

_WIDEST: Final = 1 << 16
"""Wider pictures are left to Pillow: their coefficients would take more memory than they do."""


_LOW_BITS: Final = 11
"""Of a weight: processors multiply and add pairs of 16-bit numbers at once, so it is cut in two."""


class Weights(NamedTuple):
    """What each value of a resized row is made of; see `loops.narrow_colours`."""

    first: NDArray[np.int64]
    high: NDArray[np.int16]
    low: NDArray[np.int16]


@lru_cache(maxsize=32)
def weights(width: int, px: int) -> Weights:
    """Pillow's coefficients for rows of `width` that become `px` wide.

    Every step is a correctly rounded operation in double precision, in Pillow's order; a compiler
    that fuses some of them gets other last bits, which `_rounds_alike` finds out.
    """
    scale = width / px
    stretch = max(scale, 1.0)
    support = 2.0 * stretch
    centre = (np.arange(px) + 0.5) * scale
    first = np.maximum((centre - support + 0.5).astype(np.int64), 0)
    count = np.minimum((centre + support + 0.5).astype(np.int64), width) - first
    step = np.arange(count.max())
    distance = np.abs((step + first[:, None] - centre[:, None] + 0.5) * (1.0 / stretch))
    weight = np.where(distance < 2, _outer(distance), 0.0)  # noqa: PLR2004  the filter's support
    weight = np.where(distance < 1, _inner(distance), weight)
    weight[step >= count[:, None]] = 0.0
    total = np.cumsum(weight, axis=1)[:, -1:]  # one after the other, as Pillow adds
    weight /= np.where(total == 0.0, 1.0, total)
    longest = -(-int(count.max()) // _LANES) * _LANES
    fixed = np.zeros((px, longest), np.int32)
    fixed[:, : step.size] = np.trunc(np.copysign(0.5, weight) + weight * (1 << _PRECISION))
    high, low = fixed >> _LOW_BITS, fixed & ((1 << _LOW_BITS) - 1)
    return Weights(first, high.astype(np.int16), low.astype(np.int16))


def _inner(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = ((-0.5 + 2.0) * distance - (-0.5 + 3.0)) * distance * distance + 1
    return result


def _outer(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = (((distance - 5) * distance + 8) * distance - 4) * -0.5
    return result


def narrow(pixels: NDArray[Any], px: int) -> NDArray[np.uint8]:
    """Rows resized to the width `px`: (rows, px) of grey, (rows, px, 3) of four bytes a pixel.

    Args:
        pixels: of a picture (see `pixel_memory`), (rows, width).
        px: the width.
    """
    wide = max(pixels.shape[1], px) > _WIDEST
    if wide or WHY_NOT or not _rounds_alike():
        return narrow_in_memory(pixels, px)
    return narrow_by_loops(pixels, px)


def narrow_by_loops(pixels: NDArray[Any], px: int) -> NDArray[np.uint8]:
    """The same by our own loops; 46 ms for 12 megapixels become 11 to 16."""
    rows, width = pixels.shape
    if pixels.dtype.itemsize == 1:
        out = np.empty((rows, px), np.uint8)
        loops.narrow_grey(pixels, *weights(width, px), out)
    else:
        out = np.empty((rows, px, 3), np.uint8)
        loops.narrow_colours(pixels, *weights(width, px), out)
    return out


def narrow_by_pillow(band: Image.Image, px: int) -> NDArray[np.uint8]:
    """The same of a picture in L or RGB, wherever it lies."""
    return np.asarray(band.resize((px, band.height), Image.Resampling.BICUBIC))


@cache
def _rounds_alike() -> bool:
    """Try some widths: a Pillow whose compiler fused operations rounds differently."""
    noise = np.random.default_rng(0).integers(0, 256, (2, 4001, 3), np.uint8)
    for width, px in ((4001, 50), (777, 50), (4001, 1000), (30, 100)):
        band = Image.fromarray(np.ascontiguousarray(noise[:, :width]))
        pixels = pixels_of(band)
        if pixels is None or not np.array_equal(
            narrow_by_loops(pixels, px), narrow_by_pillow(band, px)
        ):
            return False
    return True
