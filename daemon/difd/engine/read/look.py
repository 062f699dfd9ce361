"""A first look at a file: of a plain JPEG its tensor, and nothing that costs more than that.

What it does not make (digests of the pixels, value, metadata) only counts for files that turn out
to be near a match, which are read once more. Of large pictures libjpeg can leave out the fine detail
of every block before it does the expensive part. In other formats there is little to gain: once a
picture is decoded, all else costs a tenth.
"""

from __future__ import annotations

import io
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from difd.engine.formats import check_size, open_picture
from difd.engine.orientation import IDENTITY, turn_image
from difd.engine.read import metadata
from difd.engine.read.bands import ArrayBand, displayed_size
from difd.engine.read.fingerprint import opaque_digest, tally_of_pixels
from difd.engine.read.jpeg import FULL, Header, decode, header_of
from difd.engine.read.resample import Resampler
from difd.engine.read.source import Source
from difd.engine.record import ReadRequest, Record

ERROR: Final = 2.0
"""Root mean square error of a reduced picture's tensor that is allowed for, in grey levels; at most
1.55 was seen on photos, 1.14 on drawings (pictures that are doubted are decoded in full at once).
Measured (tests/bench/recall.py), not proven: pure noise and coloured stripes one pixel wide can
exceed it."""

_EDGES: Final = 4
"""A reduced picture has edges of at least so many times those of the tensor."""

_REDUCED: Final = (1, 2)
"""Eighths that are worth it: by 4 or more it saves half of the time (800x600: 1.4 ms instead of
2.4); by 2 a third, and what then has to be decoded again costs more than that."""

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
        picture = open_picture(source.stream)
        if picture.format != "JPEG" or picture.size != header.size:
            return None
        orientation = metadata.orientation_left(picture)
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
        tensor, error, tally = _whole(pixels, px, turn), 0.0, tally_of_pixels(pixels)
    width, height = displayed_size(header.size, turn)
    return Record(
        file=request.file,
        width=width,
        height=height,
        format="JPEG",
        orientation=orientation,
        frames=1,
        digest=source.digest,
        former=source.former,
        pixel_digest=opaque_digest(b"pixels", source.digest),
        sums_digest=opaque_digest(b"sums", source.digest),
        value_range=None,
        metadata=(),
        planes=np.ascontiguousarray(tensor[None]),
        exact=False,
        error=error,
        described=False,
        tally=tally,
    )


def _whole(pixels: NDArray[Any], px: int, turn: int) -> NDArray[np.uint8]:
    """The exact tensor of a decoded picture, turned."""
    resampler = Resampler((pixels.shape[1], pixels.shape[0]), px)
    if resampler.turn != IDENTITY:
        pixels = np.ascontiguousarray(turn_image(pixels, resampler.turn, axis=-2))
    resampler.add(ArrayBand(pixels))
    return resampler.planes(turn)[0]


def _reduced(data: memoryview, header: Header, px: int) -> NDArray[np.uint8] | None:
    """The tensor of a picture decoded in a reduced size; None if it does not pay or may be far off."""
    edge = min(header.size)
    eighths = next((few for few in _REDUCED if edge * few >= FULL * _EDGES * px), None)
    if eighths is None:
        return None
    pixels = decode(data, header.size, header.channels, eighths)
    if pixels is None:
        return None
    image = ArrayBand(pixels).image.convert("RGB")
    # What is rounded up is no part of the picture: it would move hard edges (errors up to 7.5 grey
    # levels, root mean square, instead of 1.14).
    right, bottom = (edge * eighths / FULL for edge in header.size)
    tensor = np.asarray(image.resize((px, px), Image.Resampling.BICUBIC, (0, 0, right, bottom)))
    half = (0, 0, right / 2, bottom / 2)
    coarse = np.asarray(image.reduce(2).resize((px, px), Image.Resampling.BICUBIC, half))
    change = np.subtract(coarse, tensor, dtype=np.float32)
    return None if float(np.mean(change * change)) > _DOUBT * _DOUBT else tensor
