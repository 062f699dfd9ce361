"""What was done to an edited copy, in words."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.descent import Copy
from difd.engine.edited.frames import Matrix, Points, corners, mapped
from difd.engine.edited.verdict import INSIDE, Verdict
from difd.engine.record import Record
from difd.protocol.results import Box, Lie, Point

LEAST_SCALE: Final = 0.97
"""Pixels of its origin for one of a copy, from which on the copy has no higher resolution."""

_TURNED: Final = 0.5
"""Degrees."""

_SLANTED: Final = 0.015
_BRIGHTER: Final = 10.0
_CONTRAST: Final = 1.2
_BLURRED: Final = 3
_GREY: Final = 4.0
_COLOURFUL: Final = 8.0
_MORE_COLOURFUL: Final = 1.35
"""What counts as a change, and is told."""

_CAPTION_WIDTH: Final = 0.2
_CAPTION_HEIGHT: Final = 0.25
_CAPTION_AT: Final = 0.3
_CHANGED: Final = 0.01
_SIDED: Final = 0.5
_MOST_PLACES: Final = 12


def lie_of(copy: Copy, records: Sequence[Record]) -> Lie:
    """How a copy lies in its origin, and what was done to it."""
    picture, origin = records[copy.image], records[copy.origin]
    matrix = copy.matrix
    longest, theirs = max(picture.width, picture.height), max(origin.width, origin.height)
    there = mapped(matrix, corners((picture.width, picture.height))) * theirs
    shares = there / np.array([origin.width, origin.height])
    angle, mirrored = _turn(matrix)
    pixels = theirs / longest
    hidden = tuple(_hidden(copy, matrix, picture))
    a, b, c, d = (_point(point) for point in shares)
    return Lie(
        x=round(float(there[0, 0]), 2),
        y=round(float(there[0, 1]), 2),
        scale=round(math.sqrt(abs(float(np.linalg.det(matrix[:2, :2])))) * pixels, 5),
        angle=round(angle, 2),
        mirrored=mirrored,
        corners=(a, b, c, d),
        shows=round(min(1.0, copy.shows), 4),
        shown=round(min(1.0, copy.shown), 4),
        changes=tuple(_changes(copy, picture, origin, angle, hidden, mirrored=mirrored)),
        hidden=hidden,
    )


def _turn(matrix: Matrix) -> tuple[float, bool]:
    """Degrees counter-clockwise, -180 to 180, and whether it is mirrored first."""
    linear = matrix[:2, :2]
    mirrored = bool(np.linalg.det(linear) < 0)
    if mirrored:
        linear = linear @ np.diag([-1.0, 1.0])
    # Rows go down, so an angle from the column axis to the row axis goes clockwise.
    clockwise = cmath.phase(complex(linear[0, 0] + linear[1, 1], linear[1, 0] - linear[0, 1]))
    degrees = -math.degrees(clockwise)
    return (degrees if abs(degrees) >= 0.005 else 0.0), mirrored  # noqa: PLR2004  rounded away


def _point(point: NDArray[np.floating]) -> Point:
    return round(float(point[0]), 5), round(float(point[1]), 5)


def _changes(
    copy: Copy,
    picture: Record,
    origin: Record,
    angle: float,
    hidden: tuple[Box, ...],
    *,
    mirrored: bool,
) -> Iterator[str]:
    if copy.laid.verdict is Verdict.OVERLAP:
        yield f"shares {_percent(copy.shows)} of it"
    elif copy.shown >= INSIDE and copy.shows < INSIDE:
        yield f"cropped to {_percent(copy.shows)}"
    elif copy.framed:
        yield "has a border"
    elif copy.shown < INSIDE and not _is_slanted(copy):
        part = "a part of it" if copy.laid.pasted else "it"
        yield f"shows {part} on {_percent(copy.shown)} of its area"
    if mirrored:
        yield "mirrored"
    if abs(angle) >= _TURNED:
        yield f"turned by {abs(angle):.0f}°" if abs(angle) >= 1 else f"turned by {abs(angle):.1f}°"
    if _is_slanted(copy):
        yield "stretched" if _is_straight(copy.matrix) else "seen aslant"
    if copy.has_fewer_tones:
        yield "in fewer tones"
    yield from _over_it(copy, hidden)
    yield from _tones(copy, picture, origin)


def _percent(share: float) -> str:
    percent = 100 * min(1.0, share)
    return f"{percent:.0f} %" if percent >= 1 else f"{percent:.1f} %"


def _is_slanted(copy: Copy) -> bool:
    return copy.laid.slant >= _SLANTED


def _is_straight(matrix: Matrix) -> bool:
    """Whether right angles stay right, and parallels parallel."""
    along, down = matrix[:2, 0], matrix[:2, 1]
    lengths = float(np.linalg.norm(along) * np.linalg.norm(down))
    square = abs(float(along @ down)) < 0.02 * lengths
    return square and bool(np.abs(matrix[2, :2]).max() < 0.02)  # noqa: PLR2004  a hundredth


def _over_it(copy: Copy, hidden: tuple[Box, ...]) -> Iterator[str]:
    evidence = copy.laid.evidence
    if not hidden:
        return
    side = copy.covered_side
    if not side:
        mine = evidence.over_one >= evidence.over_other
        side = 1 if mine == copy.forward else -1
    if side < 0:
        yield "without what lies over the other one"
    elif any(_is_caption(box) for box in hidden):
        yield "with a caption"
    else:
        yield "something lies over it"


def _is_caption(box: Box) -> bool:
    left, top, right, bottom = box
    low = right - left >= _CAPTION_WIDTH and bottom - top <= _CAPTION_HEIGHT
    return low and (bottom <= _CAPTION_AT or top >= 1 - _CAPTION_AT)


def _tones(copy: Copy, picture: Record, origin: Record) -> Iterator[str]:
    evidence = copy.laid.evidence
    brighter = evidence.brighter if not copy.forward else -evidence.brighter
    contrast = evidence.contrast if not copy.forward else 1 / max(evidence.contrast, 1e-3)
    if copy.laid.inverted:
        yield "inverted"
    elif abs(brighter) >= _BRIGHTER:
        yield "brighter" if brighter > 0 else "darker"
    if not copy.laid.inverted and not 1 / _CONTRAST < contrast < _CONTRAST:
        yield "more contrast" if contrast > 1 else "less contrast"
    own, theirs = _colourfulness(picture), _colourfulness(origin)
    if own < _GREY and theirs > _COLOURFUL:
        yield "grey"
    elif theirs < _GREY and own > _COLOURFUL:
        yield "coloured"
    elif copy.shows >= INSIDE and copy.shown >= INSIDE and min(own, theirs) > _GREY:
        if own > _MORE_COLOURFUL * theirs:
            yield "more colourful"
        elif theirs > _MORE_COLOURFUL * own:
            yield "less colourful"
    if evidence.blurred >= _BLURRED:
        softer = evidence.softer if not copy.forward else -evidence.softer
        yield "blurred" if softer > 0 else "sharper"


def _colourfulness(record: Record) -> float:
    """How far the channels of a picture are apart, in grey levels, on average."""
    return float(np.ptp(record.tensor.astype(np.int16), axis=2).mean())


def _hidden(copy: Copy, matrix: Matrix, picture: Record) -> Iterator[Box]:
    """The places that differ, as boxes in the copy.

    They are known as shares of the grid, which lies straight in the first one of the pair.
    """
    evidence = copy.laid.evidence
    sided = evidence.over_one + evidence.over_other >= _SIDED or evidence.covered_side != 0
    if evidence.changed < _CHANGED or evidence.only_tones or copy.has_fewer_tones or not sided:
        return
    left, top, right, bottom = evidence.grid
    for box in evidence.places[:_MOST_PLACES]:
        across = left + (right - left) * np.array([box[0], box[2], box[2], box[0]])
        down = top + (bottom - top) * np.array([box[1], box[1], box[3], box[3]])
        points: Points = np.stack([across, down], axis=1)
        if not copy.forward:
            back = np.linalg.inv(matrix)
            points = mapped(back / back[2, 2], points)
        own = (picture.width, picture.height)
        points = points * max(own) / np.array(own)
        low, high = points.min(axis=0).clip(0, 1), points.max(axis=0).clip(0, 1)
        if (high > low).all():
            yield (
                round(float(low[0]), 4),
                round(float(low[1]), 4),
                round(float(high[0]), 4),
                round(float(high[1]), 4),
            )
