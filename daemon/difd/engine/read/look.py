"""A first look at a file: of a plain JPEG its tensor, and nothing that costs more than that.

What it does not make (digests of the pixels, value, metadata) only counts for files that turn out
to be near a match, which are read once more. Of large pictures libjpeg can leave out the fine
detail of every block before it does the expensive part. In other formats there is little to gain:
once a picture is decoded, all else costs a tenth.
"""

from __future__ import annotations

import io
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from difd.digests import SHORT_BYTES
from difd.engine.features.features import AREA, working_size
from difd.engine.formats import check_size, open_picture, quiet
from difd.engine.native.chosen import loops
from difd.engine.orientation import IDENTITY, turn_image
from difd.engine.read import metadata
from difd.engine.read.bands import ArrayBand, displayed_size
from difd.engine.read.colours import as_shown, profile_of
from difd.engine.read.fingerprint import tally_of_pixels
from difd.engine.read.grey import Looked, features_in, grey_of_pixels, upright
from difd.engine.read.jpeg import FULL, Header, decode, header_of
from difd.engine.read.pixel_memory import pixels_of
from difd.engine.read.resample import tensor_of_pixels
from difd.engine.read.source import Source
from difd.engine.record import ReadRequest, Record

ERROR: Final = 2.0
"""Root mean square error of a reduced picture's tensor that is allowed for, in grey levels; at most
1.55 was seen on photos, 1.14 on drawings (pictures that are doubted are decoded in full at once).
Measured (tests/bench/recall.py), not proven: pure noise and coloured stripes one pixel wide can
exceed it."""

_EDGES: Final = 4
"""A reduced picture has edges of at least so many times those of the tensor."""

_REDUCED: Final = (1, 2, 4)
"""Eighths of the edges, the least that will do: 800x600 takes 1.4 ms by 2, 1.6 by 4, 2.4 in full,
and then a quarter of the work of the resize."""

_DOUBT: Final = 2.0
"""How much a tensor may change, root mean square, when the picture is halved once more. No photo
reached 1; noise and stripes as fine as pixels, whose errors have no bound, change by more."""


def look(request: ReadRequest, source: Source) -> Record | None:
    """The record of a first look; None for all that has to be read in full.

    Raises:
        Refused: it will not be read.
        Exception: whatever a damaged header makes a plugin raise.
    """
    if not isinstance(source.stream, io.BytesIO):
        return None
    data = source.stream.getvalue()  # no copy, as nobody writes to it
    header = header_of(data)
    if header is None:
        return None
    orientation, profile = 1, b""
    if header.described or header.profiled:
        with quiet():
            picture = open_picture(source.stream)
            orientation = metadata.orientation_left(picture)
            profile = profile_of(picture, metadata.colours_by_exif(picture))
        if picture.format != "JPEG" or picture.size != header.size:
            return None
    check_size(header.size)
    turn = metadata.turn_for(orientation)
    seen = _seen(request, data, header, profile if request.shown else b"")
    if seen is None:
        return None
    tensor = turn_image(seen.tensor, turn)
    features = None
    if request.features:
        looked = Looked(grey_of_pixels(seen.pixels, seen.within, working_size(header.size)), None)
        features = features_in(upright(looked, turn))
    width, height = displayed_size(header.size, turn)
    own = source.digest[::-1]  # only equal files have it, and it is no digest of anything
    return Record(
        file=request.file,
        width=width,
        height=height,
        format="JPEG",
        orientation=orientation,
        frames=1,
        digest=source.digest,
        former=source.former,
        pixel_digest=own,
        sums_digest=own[:SHORT_BYTES],
        value_range=None,
        metadata=(),
        planes=np.ascontiguousarray(tensor[None]),
        exact=False,
        error=seen.error,
        described=False,
        tally=seen.tally,
        colours=("shown" if request.shown else "stored") if profile else "usual",
        features=features,
    )


class _Seen(NamedTuple):
    """What a first look sees.

    Attributes:
        tensor: of the picture as it is stored.
        error, tally: see `Record`.
        pixels: that were decoded.
        within: width and height of the part of them that is the picture.
    """

    tensor: NDArray[np.uint8]
    error: float
    tally: bytes
    pixels: NDArray[Any]
    within: tuple[float, float]


def _seen(request: ReadRequest, data: bytes, header: Header, profile: bytes) -> _Seen | None:
    seen = _reduced(request, data, header, profile)
    if seen is not None:
        return seen
    pixels = decode(data, header.size, header.channels)
    if pixels is None:
        return None
    tally, shown = tally_of_pixels(pixels), _in_srgb(pixels, profile)
    return _Seen(
        tensor_of_pixels(shown, request.px_size, IDENTITY), 0.0, tally, pixels, header.size
    )


def _reduced(request: ReadRequest, data: bytes, header: Header, profile: bytes) -> _Seen | None:
    """What is seen of a reduced picture; None if that does not pay, or may be far off."""
    px, (width, height) = request.px_size, header.size
    edge, area = FULL * _EDGES * px, FULL**2 * AREA if request.features else 0
    enough = (few for few in _REDUCED if few * min(width, height) >= edge)
    eighths = next((few for few in enough if few * few * width * height >= area), None)
    if eighths is None:
        return None
    pixels = decode(data, header.size, header.channels, eighths)
    if pixels is None:
        return None
    shown = _in_srgb(pixels, profile)
    odd = any(edge * eighths % (2 * FULL) for edge in header.size)
    size = (width * eighths / FULL, height * eighths / FULL)
    tensor, coarse = _twice_by_pillow(shown, size, px) if odd else _twice(shown, px)
    change = np.subtract(coarse, tensor, dtype=np.float32)
    if float(np.mean(change * change)) > _DOUBT * _DOUBT:
        return None
    return _Seen(tensor, ERROR, b"", pixels, size)


def _in_srgb(pixels: NDArray[Any], profile: bytes) -> NDArray[Any]:
    """Pixels as they are shown."""
    if not profile:
        return pixels
    made = pixels_of(as_shown(ArrayBand(pixels).image, profile))
    return pixels if made is None else made


def _twice(pixels: NDArray[Any], px: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The tensors of a picture, and of it in half the size."""
    height, width = pixels.shape
    if pixels.dtype.itemsize == 1:
        return _twice_by_pillow(pixels, (width, height), px)
    half = np.empty((height // 2, width // 2), np.uint32)
    loops.halve(pixels, half)
    return tensor_of_pixels(pixels, px, IDENTITY), tensor_of_pixels(half, px, IDENTITY)


def _twice_by_pillow(
    pixels: NDArray[Any], size: tuple[float, float], px: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The same of the part that is the picture.

    What is rounded up is none: it would move hard edges (errors up to 7.5 grey levels, root mean
    square, instead of 1.14).
    """
    image = ArrayBand(pixels).image.convert("RGB")
    box = (0.0, 0.0, *size)
    half = (0.0, 0.0, size[0] / 2, size[1] / 2)
    tensor = image.resize((px, px), Image.Resampling.BICUBIC, box)
    coarse = image.reduce(2).resize((px, px), Image.Resampling.BICUBIC, half)
    return np.asarray(tensor), np.asarray(coarse)
