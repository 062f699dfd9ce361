"""Where two pictures differ, for people to look at: the blocks that re-encoding does not explain.

By the comparison that plans rest on, as far as the two can be compared. It decides nothing. Runs in
workers, with the same limits as reading for a search: the files may be hostile.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from difd.engine.edited.frames import mapped
from difd.engine.formats import FAULTS, Refused, quiet
from difd.engine.orientation import IDENTITY, codes_for
from difd.engine.prove.blocks import differing
from difd.engine.prove.canvas import BLOCK, GROUNDS, Canvas, Size, by_likeness
from difd.engine.prove.detail import KERNELS
from difd.engine.prove.part import exact_map, laid
from difd.engine.read import metadata
from difd.engine.read.bands import turned
from difd.engine.read.colours import as_shown, profile_of
from difd.engine.read.decode import damage_reason, load_frame, open_any, value_range_in
from difd.engine.read.resample import flatten, to_colours
from difd.engine.read.source import open_source
from difd.engine.read.value.survey import survey
from difd.protocol.results import Box, Point

PLACES_MAX: Final = 30
"""Most places that are told, those first that differ most."""

_CELLS: Final = 64
"""Along the longer edge: what lies in neighbouring ones of so many squares is one place."""

_ALL_OVER: Final = 0.4
"""Share of these squares from which on all of the picture differs."""

_WHITE: Final = GROUNDS[0]

Places = tuple[Box, ...]


class DifferenceRequest(msgspec.Struct, frozen=True):
    """Two pictures.

    Attributes:
        path: the one.
        other: the picture whose places are told.
        rotation: degrees counter-clockwise that turn the one onto the other, after mirroring, both
            as displayed; None if that is not known.
        mirrored: whether the one is flipped left to right first; None if that is not known.
        lie: where the corners of an edited copy lie in the other, as shares of its width and
            height, from the upper left clockwise; empty for what shows all of it.
        hidden: what is known to differ there, as shares of the copy.
    """

    path: bytes
    other: bytes
    rotation: int | None = None
    mirrored: bool | None = None
    lie: tuple[Point, ...] = ()
    hidden: tuple[Box, ...] = ()


def find_differences(request: DifferenceRequest) -> Places | str:
    """The places where the two differ; one that is all of the other if they differ all over.

    Returns:
        Shares of the other picture as displayed, none if nothing differs; or why they cannot be
        compared.
    """
    try:
        with quiet(), ExitStack() as stack:
            one, other = (_opened(stack, path) for path in (request.path, request.other))
            if request.lie:
                return _in_part(one, other, request)
            return _in_full(one, other, request)
    except Refused as refusal:
        return str(refusal)
    except MemoryError:
        return "needs more memory than a worker may take"
    except (Image.DecompressionBombError, *FAULTS) as error:
        return damage_reason(error)


def _opened(stack: ExitStack, path: bytes) -> Image.Image:
    """A picture upright, in sRGB, without finer shades: RGB, or RGBA if it may be transparent."""
    source = stack.enter_context(open_source(path))
    picture, _ = open_any(path, source.stream)
    with picture:
        profile = profile_of(picture, survey(source.stream, str(picture.format)).shown)
        load_frame(picture, 0)
        turn = metadata.turn_for(metadata.orientation_left(picture))
        colours = to_colours(as_shown(picture, profile), value_range_in(picture))
        return turned(colours if colours.mode == "RGBA" else colours.convert("RGB"), turn)


def _in_full(one: Image.Image, other: Image.Image, request: DifferenceRequest) -> Places:
    canvas, their = Canvas(one, IDENTITY), Canvas(other, IDENTITY)
    codes = by_likeness(canvas, their, codes_for(request.rotation, request.mirrored))
    if not codes:
        raise Refused("they have other proportions")
    canvas = canvas.turned(codes[0])
    size = min(canvas.size, their.size, key=lambda each: each.area)
    transparent = canvas.transparent or their.transparent
    grids = []
    for kernel in KERNELS if canvas.size != their.size else KERNELS[:1]:
        each = [
            differing(canvas.planes(size, kernel, ground), their.planes(size, kernel, ground))
            for ground in (GROUNDS if transparent else GROUNDS[:1])
        ]
        grids.append(np.max(each, axis=0))
    return _places(min(grids, key=np.count_nonzero), size)


def _in_part(copy: Image.Image, origin: Image.Image, request: DifferenceRequest) -> Places:
    copy, origin = (
        flatten(each, _WHITE) if each.mode == "RGBA" else each for each in (copy, origin)
    )
    matrix = exact_map(copy, origin, request.lie)
    size = Size(*copy.size)
    found = _places(
        min((differing(*two) for two in laid(copy, origin, matrix)), key=np.count_nonzero), size
    )
    if found == (_WHOLE,) and request.hidden:
        # Other tones differ everywhere; what stands out from them is known from the search.
        found = request.hidden
    corners = (
        np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) * size
        for left, top, right, bottom in found
    )
    return tuple(_bounds(mapped(matrix, each) / np.array(origin.size)) for each in corners)


def _bounds(points: NDArray[np.floating]) -> Box:
    low, high = points.min(axis=0).clip(0, 1), points.max(axis=0).clip(0, 1)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


_WHOLE: Final[Box] = (0.0, 0.0, 1.0, 1.0)


def _places(grid: NDArray[np.float64], size: Size) -> Places:
    """What lies together in a grid of blocks, as boxes, those first that differ most.

    Args:
        grid: (rows, columns), see `differing`.
        size: of the canvas.
    """
    rows, columns = np.nonzero(grid)
    edge = -(-max(grid.shape) // _CELLS)
    cells: dict[tuple[int, int], list[int]] = {}
    for number, cell in enumerate(np.stack([rows // edge, columns // edge], axis=1).tolist()):
        cells.setdefault((cell[0], cell[1]), []).append(number)
    every = -(-grid.shape[0] // edge) * -(-grid.shape[1] // edge)
    if len(cells) > _ALL_OVER * every:
        return (_WHOLE,)
    found = []
    for group in _together(cells):
        members = [number for cell in group for number in cells[cell]]
        tall, wide = rows[members], columns[members]
        box = (
            int(wide.min()) * BLOCK / size.width,
            int(tall.min()) * BLOCK / size.height,
            min(1.0, (int(wide.max()) + 1) * BLOCK / size.width),
            min(1.0, (int(tall.max()) + 1) * BLOCK / size.height),
        )
        found.append((float(grid[tall, wide].max()), box))
    found.sort(reverse=True)
    return tuple(box for _, box in found[:PLACES_MAX])


def _together(cells: Iterable[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Cells that touch each other, together."""
    left = set(cells)
    groups = []
    while left:
        group = [left.pop()]
        for row, column in group:  # which grows
            around = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)}
            near = around & left
            left -= near
            group += near
        groups.append(group)
    return groups
