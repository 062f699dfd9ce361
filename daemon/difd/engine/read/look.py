"""A first look at a file: of a plain JPEG its tensor, and nothing that costs more than that.

What it does not make (digests of the pixels, value, metadata) only counts for files that turn out
to be near a match, which are read once more. Of large pictures libjpeg can leave out the fine
detail of every block before it does the expensive part. In other formats there is little to gain:
once a picture is decoded, all else costs a tenth.
"""

from __future__ import annotations

import io
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from difd.digests import SHORT_BYTES
from difd.engine.formats import check_size, open_picture, quiet
from difd.engine.native.chosen import loops
from difd.engine.orientation import IDENTITY, turn_image
from difd.engine.read import metadata
from difd.engine.read.bands import ArrayBand, displayed_size
from difd.engine.read.fingerprint import tally_of_pixels
from difd.engine.read.jpeg import FULL, Header, decode, header_of
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
    data = source.stream.getbuffer()
    header = header_of(data)
    if header is None:
        return None
    orientation = 1
    if header.described:
        with quiet():
            picture = open_picture(source.stream)
            orientation = metadata.orientation_left(picture)
        if picture.format != "JPEG" or picture.size != header.size:
            return None
    check_size(header.size)
    turn = metadata.turn_for(orientation)
    px = request.px_size
    tensor, error, tally = _reduced(data, header, px), ERROR, b""
    if tensor is not None:
        tensor = turn_image(tensor, turn)
    else:
        pixels = decode(data, header.size, header.channels)
        if pixels is None:
            return None
        tensor, error, tally = tensor_of_pixels(pixels, px, turn), 0.0, tally_of_pixels(pixels)
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
        error=error,
        described=False,
        tally=tally,
    )


def _reduced(data: memoryview, header: Header, px: int) -> NDArray[np.uint8] | None:
    """The tensor of a reduced picture; None if that does not pay, or may be far off."""
    edge = min(header.size)
    eighths = next((few for few in _REDUCED if edge * few >= FULL * _EDGES * px), None)
    if eighths is None:
        return None
    pixels = decode(data, header.size, header.channels, eighths)
    if pixels is None:
        return None
    odd = any(edge * eighths % (2 * FULL) for edge in header.size)
    size = (header.size[0] * eighths / FULL, header.size[1] * eighths / FULL)
    tensor, coarse = _twice_by_pillow(pixels, size, px) if odd else _twice(pixels, px)
    change = np.subtract(coarse, tensor, dtype=np.float32)
    return None if float(np.mean(change * change)) > _DOUBT * _DOUBT else tensor


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
