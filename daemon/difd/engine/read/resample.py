"""From decoded frames to planes: px × px × 3, transparent parts on white and on black.

The values are those of Pillow's `resize((px, px), BICUBIC)` on the whole picture in RGB, bit for
bit. Pillow's resize is two passes with 8-bit values between them, the rows first; so the first
pass can be done in bands, and only a strip of px columns is kept. Pillow weighs 8-bit values with
coefficients in fixed point (PRECISION_BITS of its Resample.c), so whoever has the same coefficients
has the same result, in any order of summation.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image

from difd.engine.native.chosen import WHY_NOT, loops
from difd.engine.native.in_pillow import narrow_in_memory
from difd.engine.orientation import COMPOSE, IDENTITY, turn_image
from difd.engine.read.bands import AnyBand
from difd.engine.read.pixel_memory import pixels_of

if TYPE_CHECKING:
    from PIL import ImageCms

_PRECISION: Final = 22
_LANES: Final = 16
"""Weights come in multiples of this, filled up with zeros: the loops then have no odd ends."""

WIDEST: Final = 1 << 16
"""Wider pictures are left to Pillow: their coefficients would take more memory than they do."""

_LOW_BITS: Final = 11
"""Of a weight: processors multiply and add pairs of 16-bit numbers at once, so it is cut in two."""


class Weights(NamedTuple):
    """What each value of a resized row is made of; see `loops.narrow_colours`."""

    first: NDArray[np.int64]
    high: NDArray[np.int16]
    low: NDArray[np.int16]


@lru_cache(maxsize=32)
def weights(width: int, px: int, within: float | None = None) -> Weights:
    """Pillow's coefficients for rows of `width`, or as much of them, that become `px` wide.

    Every step is a correctly rounded operation in double precision, in Pillow's order; a compiler
    that fuses some of them gets other last bits, which `rounds_alike` finds out.
    """
    scale = (width if within is None else float(np.float32(within))) / px  # as Pillow holds it
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
    wide = max(pixels.shape[1], px) > WIDEST
    if wide or not rounds_alike():
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


def shorten(strip: NDArray[np.uint8], px: int) -> NDArray[np.uint8]:
    """Columns resized to the height `px`: the second pass.

    Args:
        strip: (rows, px) of grey or (rows, px, 3).
        px: the height.
    """
    if len(strip) > WIDEST or not rounds_alike():
        return shorten_by_pillow(strip, px)
    return shorten_by_loops(strip, px)


def shorten_by_loops(
    strip: NDArray[np.uint8], px: int, within: float | None = None
) -> NDArray[np.uint8]:
    """The same by our own loops; of so many rows, if they are not all meant."""
    flat = strip.reshape(len(strip), -1)
    out = np.empty((px, flat.shape[1]), np.uint8)
    loops.shorten(flat, *weights(len(strip), px, within), out)
    return out.reshape(px, *strip.shape[1:])


def shorten_by_pillow(strip: NDArray[np.uint8], px: int) -> NDArray[np.uint8]:
    """The same by Pillow."""
    return np.asarray(Image.fromarray(strip).resize((px, px), Image.Resampling.BICUBIC))


def narrow_by_pillow(band: Image.Image, px: int) -> NDArray[np.uint8]:
    """The same of a picture in L or RGB, wherever it lies."""
    return np.asarray(band.resize((px, band.height), Image.Resampling.BICUBIC))


@cache
def rounds_alike() -> bool:
    """Whether there are loops, and they resize as Pillow does.

    Some widths are tried: a Pillow whose compiler fused operations rounds differently.
    """
    if WHY_NOT:
        return False
    noise = np.random.default_rng(0).integers(0, 256, (2, 4001, 3), np.uint8)
    for width, px in ((4001, 50), (777, 50), (4001, 1000), (30, 100)):
        band = Image.fromarray(np.ascontiguousarray(noise[:, :width]))
        pixels = pixels_of(band)
        if pixels is None or not np.array_equal(
            narrow_by_loops(pixels, px), narrow_by_pillow(band, px)
        ):
            return False
    return True


_FULL: Final = 255
_SIXTEEN_BITS: Final = 257
"""65535 / 255: what one step of 8 bits is in 16."""

_FLOATING: Final = frozenset({"I", "F"})
"""Modes without a fixed range."""

_DIRECT: Final = frozenset({"L", "RGB", "RGBA"})
"""Modes that are resampled as they are, where they are opaque."""

_OPAQUE: Final = 0xFF000000
"""The least value of an opaque RGBA pixel as one number."""

_TRANSPOSE: Final = 5
"""The turn that makes rows of columns."""

_COLUMNS_FIRST: Final = int(PIL.__version__.split(".")[0]) >= 13  # noqa: PLR2004  see above
"""Whether this Pillow takes the columns of tall pictures first; 12.3 does not, 13.0 does."""


class Resampler:
    """Takes the bands of one frame, top to bottom, and gives its planes.

    Args:
        size: width and height of the frame as it is stored.
        px: edge of the planes.
        value_range: smallest and largest value of the frame, for modes without a fixed range.

    Attributes:
        turn: the turn in which it takes the bands of the frame as it is stored.
    """

    def __init__(
        self,
        size: tuple[int, int],
        px: int,
        value_range: tuple[float, float] | None = None,
    ) -> None:
        self.turn = _TRANSPOSE if takes_columns_first(size, (px, px)) else IDENTITY
        self._px = px
        self._height = size[0] if self.turn else size[1]
        self._range = value_range
        self._top = 0
        self._white: NDArray[np.uint8] | None = None
        self._black: NDArray[np.uint8] | None = None

    def add(self, band: AnyBand) -> None:
        """Take the next band, in any mode, in the turn that is `turn`."""
        if not self._add_in_place(band):
            self._add_image(band.image)
        self._top += band.height

    def planes(self, turn: int) -> list[NDArray[np.uint8]]:
        """The frame on white, and on black if any pixel is transparent; (px, px, 3) each.

        Args:
            turn: the turn of the frame as it is stored, which is left to do on the small planes.
        """
        turn = int(COMPOSE[self.turn, turn])
        strips = [strip for strip in (self._white, self._black) if strip is not None]
        return [turn_image(self._finish(strip), turn) for strip in strips]

    def _add_in_place(self, band: AnyBand) -> bool:
        """Take a band that is opaque and in L or RGB already, without a copy of it."""
        if band.mode not in _DIRECT or band.is_keyed or self._black is not None:
            return False
        pixels = band.pixels
        if pixels is None or (band.mode == "RGBA" and int(pixels.min()) < _OPAQUE):
            return False
        self._white = self._put(self._white, narrow(pixels, self._px))
        return True

    def _add_image(self, band: Image.Image) -> None:
        colours = to_colours(band, self._range)
        transparent = colours.mode == "RGBA"
        on_white = flatten(colours, _FULL) if transparent else colours
        self._white = self._put(self._white, self._narrow(on_white))
        if self._black is None and transparent and _lowest_alpha(colours) < _FULL:
            # All bands before this one were opaque: the same on any ground.
            self._black = self._white.copy()
        if self._black is not None:
            on_black = flatten(colours, 0) if transparent else colours
            self._black = self._put(self._black, self._narrow(on_black))

    def _narrow(self, band: Image.Image) -> NDArray[np.uint8]:
        """The first pass over a band of L or RGB."""
        pixels = pixels_of(band)
        return narrow_by_pillow(band, self._px) if pixels is None else narrow(pixels, self._px)

    def _put(self, strip: NDArray[np.uint8] | None, rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Put rows into a strip, which is made when there is none."""
        if strip is None:
            strip = np.empty((self._height, *rows.shape[1:]), np.uint8)
        strip[self._top : self._top + len(rows)] = rows
        return strip

    def _finish(self, strip: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return _colours(shorten(strip, self._px))


def tensor_of_pixels(pixels: NDArray[Any], px: int, turn: int) -> NDArray[np.uint8]:
    """The plane of an opaque picture that is in memory as a whole, (px, px, 3).

    Args:
        pixels: (height, width), see `pixel_memory`.
        px: edge of the plane.
        turn: the turn of the picture, which is left to do on the small plane.
    """
    if takes_columns_first(pixels.shape[::-1], (px, px)):
        pixels = np.ascontiguousarray(pixels.T)
        turn = int(COMPOSE[_TRANSPOSE, turn])
    return turn_image(_colours(shorten(narrow(pixels, px), px)), turn)


def _colours(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A plane of grey or colours in three channels."""
    return plane if plane.ndim == 3 else np.repeat(plane[..., None], 3, axis=2)  # noqa: PLR2004


def takes_columns_first(size: tuple[int, int], wanted: tuple[int, int]) -> bool:
    """Whether Pillow begins with the columns: the height loses over twice what the width does."""
    width, height = (before - after for before, after in zip(size, wanted, strict=True))
    return _COLUMNS_FIRST and height > 0 and height > 2 * width


def to_colours(band: Image.Image, value_range: tuple[float, float] | None) -> Image.Image:
    """A band in L, RGB, or RGBA if its picture may be transparent.

    Grey stays one channel: the same values come out, for a third of the work.
    """
    if band.mode.startswith("I;16") or (band.mode == "I" and value_range is None):
        return _sixteen_bits(band)
    if band.mode in _FLOATING:
        return _scaled(band, value_range or (0.0, 1.0))
    if band.has_transparency_data:
        return _with_alpha(band)
    if band.mode in {"1", "L"}:
        return band.convert("L")
    if band.mode == "LAB":
        return _from_lab(band)
    return band.convert("RGB")


def _with_alpha(band: Image.Image) -> Image.Image:
    if band.mode == "La":
        band = band.convert("LA")
    return band.convert("RGBA")


def _sixteen_bits(band: Image.Image) -> Image.Image:
    values = np.asarray(band).astype(np.uint32)
    grey = Image.fromarray(((values + _SIXTEEN_BITS // 2) // _SIXTEEN_BITS).astype(np.uint8))
    key = band.info.get("transparency")
    if not isinstance(key, int):
        return grey
    alpha = Image.fromarray(np.where(values == key, 0, _FULL).astype(np.uint8))
    return Image.merge("LA", (grey, alpha)).convert("RGBA")


def _scaled(band: Image.Image, value_range: tuple[float, float]) -> Image.Image:
    """Values from smallest to largest become 0 to 255; what is not finite becomes 0."""
    low, high = value_range
    values = np.asarray(band).astype(np.float64)
    shares = np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0)
    shares[~np.isfinite(values)] = 0.0
    return Image.fromarray(np.rint(shares * _FULL).astype(np.uint8))


def value_range_of(bands: Iterable[Image.Image]) -> tuple[float, float]:
    """Smallest and largest finite value; (0, 0) if there is none."""
    lows, highs = [], []
    for band in bands:
        values = np.asarray(band)
        finite = values[np.isfinite(values)]
        if finite.size:
            lows.append(float(finite.min()))
            highs.append(float(finite.max()))
    return (min(lows), max(highs)) if lows else (0.0, 0.0)


def flatten(colours: Image.Image, ground: int) -> Image.Image:
    """RGBA on an opaque ground of one grey, as RGB."""
    backdrop = Image.new("RGBA", colours.size, (ground, ground, ground, _FULL))
    return Image.alpha_composite(backdrop, colours).convert("RGB")


def _lowest_alpha(colours: Image.Image) -> int:
    low, _ = colours.getchannel("A").getextrema()
    return int(low)  # type: ignore[arg-type]


@cache
def _lab_transform() -> ImageCms.ImageCmsTransform:
    from PIL import ImageCms  # noqa: PLC0415

    return ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
    )


def _from_lab(band: Image.Image) -> Image.Image:
    """LAB in sRGB; Pillow's `convert` has no such conversion."""
    from PIL import ImageCms  # noqa: PLC0415  hardly any file is LAB

    converted = ImageCms.applyTransform(band, _lab_transform())
    if converted is None:  # pragma: no cover - only with inPlace
        raise ValueError("LAB could not be converted")
    return converted
