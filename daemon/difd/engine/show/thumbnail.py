"""Small pictures for people to look at: upright, in colour, whatever the file's mode.

Runs in workers, with the same limits as reading for a search: the file may be hostile.
"""

from __future__ import annotations

import io
from typing import Final

import msgspec
from PIL import Image

from difd.engine.formats import FAULTS, Refused, quiet
from difd.engine.read import metadata
from difd.engine.read.bands import turned
from difd.engine.read.colours import as_shown, profile_of
from difd.engine.read.decode import damage_reason, load_frame, open_any, value_range_in
from difd.engine.read.resample import to_colours
from difd.engine.read.source import open_source
from difd.engine.read.value.survey import survey

QUALITY: Final = 82
"""JPEG quality: about 5 kB for 160 pixels."""


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
                profile = profile_of(picture, survey(source.stream, str(picture.format)).shown)
                return _small(picture, request.size, profile)
    except Refused as refusal:
        return str(refusal)
    except MemoryError:
        return "needs more memory than a worker may take"
    except (Image.DecompressionBombError, *FAULTS) as error:
        return damage_reason(error)


def _small(picture: Image.Image, size: int, profile: bytes) -> bytes:
    # A JPEG is decoded at the next larger eighth: 15 ms instead of 70 for 12 megapixels.
    picture.draft("RGB", (2 * size, 2 * size))
    load_frame(picture, 0)
    orientation = metadata.orientation_left(picture)
    # Profiles of CMYK are for its four channels.
    printed = picture.mode == "CMYK" and profile
    colours = picture.copy() if printed else to_colours(picture, value_range_in(picture))
    colours.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
    colours = turned(to_colours(as_shown(colours, profile), None), metadata.turn_for(orientation))
    target = io.BytesIO()
    if colours.mode == "RGBA":
        colours.save(target, "PNG")
    else:
        colours.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()
