"""Small pictures for people to look at: upright, in colour, whatever the file's mode.

Runs in workers, with the same limits as reading for a search: the file may be hostile.
"""

from __future__ import annotations

import io
from typing import Final

import msgspec
from PIL import Image

from difd.engine.formats import FAULTS, Refused, quiet
from difd.engine.orientation import TURNS
from difd.engine.read import metadata
from difd.engine.read.bands import displayed_bands
from difd.engine.read.decode import damage_reason, load_frame, open_any
from difd.engine.read.resample import to_colours, value_range_of
from difd.engine.read.source import open_source

QUALITY: Final = 82
"""JPEG quality: about 5 kB for 160 pixels."""

_FLOATING: Final = frozenset({"I", "F"})


class ThumbnailRequest(msgspec.Struct, frozen=True):
    """A picture to make small.

    Attributes:
        path: the file.
        size: the longer edge of the result, in pixels; smaller pictures stay as they are.
    """

    path: bytes
    size: int


def make_thumbnail(request: ThumbnailRequest) -> bytes | str:
    """The small picture as a JPEG, or as a PNG if it is transparent; or why there is none."""
    try:
        with quiet(), open_source(request.path) as source:
            picture, _ = open_any(request.path, source.stream)
            with picture:
                return _small(picture, request.size)
    except Refused as refusal:
        return str(refusal)
    except MemoryError:
        return "needs more memory than a worker may take"
    except FAULTS as error:
        return damage_reason(error)


def _small(picture: Image.Image, size: int) -> bytes:
    # A JPEG is decoded at the next larger eighth: 15 ms instead of 70 for 12 megapixels.
    picture.draft("RGB", (2 * size, 2 * size))
    load_frame(picture, 0)
    orientation = metadata.orientation_left(picture)
    values = value_range_of(displayed_bands(picture)) if picture.mode in _FLOATING else None
    colours = to_colours(picture, values)
    colours.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
    turn = TURNS[metadata.turn_for(orientation)]
    if turn.mirrored:
        colours = colours.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if turn.rotation:
        colours = colours.rotate(turn.rotation, expand=True)
    target = io.BytesIO()
    if colours.mode == "RGBA":
        colours.save(target, "PNG")
    else:
        colours.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()
