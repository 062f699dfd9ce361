"""Whether two files hold the same picture, pixel by pixel, in some turn.

The proof behind matches that differ in bytes: both are decoded in full, again, and every sample of
every frame is compared in native mode and depth.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack

import msgspec
import numpy as np
from PIL import Image

from difd.engine.formats import FAULTS, Refused, count_frames, quiet
from difd.engine.orientation import TURNS, compose
from difd.engine.read import metadata
from difd.engine.read.bands import (
    CONVERTED_MODES,
    Band,
    bands_of,
    displayed_size,
    frame_label,
    samples,
)
from difd.engine.read.decode import load_frame, open_any, shown_as
from difd.engine.read.source import open_source
from difd.engine.read.value.survey import survey

EqualTurns = tuple[tuple[int, bool], ...]
"""(degrees counter-clockwise, mirrored) each; flipped left to right first, then turned."""


class CompareRequest(msgspec.Struct, frozen=True):
    """Two files to compare."""

    path_a: bytes
    path_b: bytes


def compare(request: CompareRequest) -> EqualTurns:
    """`equal_turns` as a request to a pool; empty if a file can no longer be read."""
    try:
        return equal_turns(request.path_a, request.path_b)
    except (Refused, MemoryError, Image.DecompressionBombError, *FAULTS):
        return ()


def equal_turns(path_a: bytes, path_b: bytes) -> EqualTurns:
    """All turns under which the displayed pixels of `path_a` are exactly those of `path_b`.

    Every frame must agree, in mode, depth and duration, too, and all that decides how the values
    are shown. Files that show more than is decoded (see `depth`) are never equal here.

    Raises:
        Refused: a file cannot be read.
        Exception: whatever a damaged file makes its decoder raise.
    """
    with quiet(), ExitStack() as stack:
        pictures, shown = [], []
        for path in (path_a, path_b):
            source = stack.enter_context(open_source(path))
            picture, incomplete = open_any(path, source.stream)
            stack.enter_context(picture)
            if incomplete:
                return ()
            pictures.append(picture)
            shown.append(shown_as(picture, survey(source.stream, str(picture.format))))
        same = shown[0] == shown[1]
        codes = equal_codes(pictures[0], pictures[1], range(len(TURNS))) if same else []
    return tuple((TURNS[code].rotation, TURNS[code].mirrored) for code in codes)


def equal_codes(a: Image.Image, b: Image.Image, codes: Iterable[int]) -> list[int]:
    """Which of some turns make the displayed pixels of `a` exactly those of `b`, in all frames.

    Raises:
        Refused: a frame is too large.
        Exception: whatever a damaged file makes its decoder raise.
    """
    frames = count_frames(a)
    if frames != count_frames(b):
        return []
    codes = list(codes)
    turn_a = turn_b = 0
    for index in range(frames):
        load_frame(a, index)
        load_frame(b, index)
        if index == 0:
            turn_a, turn_b = (
                metadata.turn_for(metadata.orientation_left(picture)) for picture in (a, b)
            )
        if frame_label(a) != frame_label(b):
            return []
        codes = [code for code in codes if _frames_equal(a, compose(turn_a, code), b, turn_b)]
        if not codes:
            break
    return codes


def _frames_equal(a: Image.Image, turn_a: int, b: Image.Image, turn_b: int) -> bool:
    if displayed_size(a.size, turn_a) != displayed_size(b.size, turn_b):
        return False
    pairs = zip(bands_of(a, turn_a), bands_of(b, turn_b), strict=True)
    return all(_bands_equal(band_a, band_b) for band_a, band_b in pairs)


def _bands_equal(a: Band, b: Band) -> bool:
    # As they lie in memory they are equal in most cases, and need no copies; where they differ, it
    # may be in bytes that do not count.
    one, other = (None if band.mode in CONVERTED_MODES else band.pixels for band in (a, b))
    if a.mode == b.mode and one is not None and other is not None and np.array_equal(one, other):
        return True
    return np.array_equal(samples(a.image), samples(b.image))
