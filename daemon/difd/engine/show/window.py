"""A part of a picture at its full size, for people who look closely: its own pixels, upright.

Runs in workers, with the same limits as reading for a search: the file may be hostile.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from typing import Final

import msgspec
from PIL import Image

from difd.engine.formats import FAULTS, Refused, quiet
from difd.engine.orientation import TURNS
from difd.engine.read import metadata
from difd.engine.read.bands import displayed_size, turned
from difd.engine.read.colours import as_shown, profile_of
from difd.engine.read.decode import damage_reason, load_frame, open_any, value_range_in
from difd.engine.read.resample import to_colours
from difd.engine.read.source import open_source
from difd.engine.read.value.survey import survey

Box = tuple[int, int, int, int]
"""Left, top, width and height, in pixels of the picture as displayed."""

KEPT_BYTES: Final = 128 << 20
"""Decoded pictures that a worker keeps for the next window: two of 12 megapixels. Decoding one
takes 85 ms, cutting a window out of it 2."""

_PIXEL_BYTES: Final = 4


class WindowRequest(msgspec.Struct, frozen=True):
    """A part of a picture.

    Attributes:
        path: the file.
        window: the part.
    """

    path: bytes
    window: Box


class _Decoded(msgspec.Struct, frozen=True, eq=False):
    """The first frame of a file.

    Attributes:
        picture: as it is stored.
        turn: code of the turn that displays it.
        profile: by which its values are shown, see `profile_of`.
        values: the smallest and the largest, for modes without a fixed range.
    """

    picture: Image.Image
    turn: int
    profile: bytes
    values: tuple[float, float] | None


_kept: OrderedDict[tuple[bytes, bytes], _Decoded] = OrderedDict()
"""By path and digest of the content."""


def forget_pictures() -> None:
    """Keep no decoded picture any more."""
    _kept.clear()


def cut_window(request: WindowRequest) -> bytes | str:
    """The part as a BMP, or as a PNG if the picture may be transparent; or why there is none.

    Where it reaches over the edge of the picture, it is what there is.
    """
    try:
        with quiet():
            decoded = _decoded(request.path)
            return _encoded(_cut(decoded, request.window))
    except Refused as refusal:
        return str(refusal)
    except MemoryError:
        return "needs more memory than a worker may take"
    except (Image.DecompressionBombError, *FAULTS) as error:
        return damage_reason(error)


def _decoded(path: bytes) -> _Decoded:
    with open_source(path) as source:
        identity = path, source.digest
        if identity in _kept:
            _kept.move_to_end(identity)
            return _kept[identity]
        picture, _ = open_any(path, source.stream)
        with picture:
            profile = profile_of(picture, survey(source.stream, str(picture.format)).shown)
            load_frame(picture, 0)
            turn = metadata.turn_for(metadata.orientation_left(picture))
            decoded = _Decoded(picture.copy(), turn, profile, value_range_in(picture))
    _kept[identity] = decoded
    while sum(map(_bytes, _kept.values())) > KEPT_BYTES:
        _kept.popitem(last=False)
    return decoded


def _bytes(decoded: _Decoded) -> int:
    return decoded.picture.width * decoded.picture.height * _PIXEL_BYTES


def _cut(decoded: _Decoded, window: Box) -> Image.Image:
    picture, turn = decoded.picture, decoded.turn
    width, height = displayed_size(picture.size, turn)
    left, top, right, bottom = window[0], window[1], window[0] + window[2], window[1] + window[3]
    if left >= width or top >= height:
        raise Refused(f"has no pixels there: it is {width} × {height} large")
    box = _stored((left, top, min(right, width), min(bottom, height)), (width, height), turn)
    colours = as_shown(picture.crop(box), decoded.profile)
    return turned(to_colours(colours, decoded.values), turn)


def _stored(box: Box, size: tuple[int, int], turn: int) -> Box:
    """Left, top, right and bottom in the picture as stored, of a box of it as displayed.

    Args:
        box: left, top, right and bottom.
        size: width and height as displayed.
        turn: code of the turn that displays it.
    """
    left, top, right, bottom = box
    width, height = size
    for _ in range(TURNS[turn].rotation // 90):  # back, clockwise
        left, top, right, bottom = height - bottom, left, height - top, right
        width, height = height, width
    if TURNS[turn].mirrored:
        left, right = width - right, width - left
    return left, top, right, bottom


def _encoded(part: Image.Image) -> bytes:
    target = io.BytesIO()
    # A BMP of a megapixel takes 2 ms, a PNG 60 and more; browsers read no transparent BMP alike.
    part.save(target, "PNG" if part.mode == "RGBA" else "BMP", compress_level=1)
    return target.getvalue()
