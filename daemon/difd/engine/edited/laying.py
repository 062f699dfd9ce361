"""Lays one picture onto another from their files, and says what they are to each other.

Runs in workers. Both are decoded no larger than their common part needs; whatever is wrong with a
file, it is no edited copy of anything.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np
from PIL import Image

from difd.engine.edited.agreement import Agreement, Strips, within
from difd.engine.edited.alignment import GRID, Aligned, Grey, aligned, framed
from difd.engine.edited.evidence import Evidence, evidence_of
from difd.engine.edited.frames import Common, Matrix, common
from difd.engine.edited.rim import rim_of
from difd.engine.edited.verdict import (
    INSIDE,
    Verdict,
    is_pasted,
    may_be_one,
    pasted_part,
    slant_of,
    verdict_on,
)
from difd.engine.edited.writing import FINE_GRID, FINEST, are_pages, say_otherwise
from difd.engine.formats import FAULTS, Refused, quiet
from difd.engine.read.grey_file import grey_of_file

_EDGES: Final = (400, 566, 800, 1131, 1600, 2263, 3200)
"""Longer edges in which pictures are decoded: a few, so that one may serve several pairs."""

_KEPT: Final = 6
"""Pictures that are kept for the next pair; it often has one of them."""


class LayTask(msgspec.Struct, frozen=True):
    """Two pictures, and how the one may lie in the other.

    Attributes:
        number: the caller's own number of the pair.
        one: absolute path.
        other: absolute path.
        one_digest: of the file's bytes.
        other_digest: likewise.
        one_size: width and height as displayed.
        other_size: likewise.
        start: a rough map: x' = m[0] x + m[1] y + m[2], y' = m[3] x + m[4] y + m[5], in longer
            edges of either.
    """

    number: int
    one: bytes
    other: bytes
    one_digest: bytes
    other_digest: bytes
    one_size: tuple[int, int]
    other_size: tuple[int, int]
    start: tuple[float, float, float, float, float, float]


class Laid(msgspec.Struct, frozen=True):
    """What two pictures are to each other.

    Attributes:
        verdict: edited, or overlapping.
        matrix: from the one to the other, in longer edges of either, row by row.
        share: of the frame of the one that lies in the other.
        of_other: the reverse.
        slant: see `verdict.slant_of`.
        inverted: bright is dark in the other.
        pasted: a part of one was pasted into the other.
        evidence: what the pixels tell.
        rim: of two of which one lies inside the other, how much more changes there across its frame
            than beside it (see `rim_of`); 0 if that is not known.
    """

    verdict: Verdict
    matrix: tuple[float, ...]
    share: float
    of_other: float
    slant: float
    inverted: bool
    pasted: bool
    evidence: Evidence
    rim: float = 0.0


def lay(task: LayTask) -> Laid | None:
    """Compare two pictures; None if they are different, or one cannot be read any more."""
    try:
        with quiet():
            return _laid(task)
    except (Refused, MemoryError, Image.DecompressionBombError, *FAULTS):
        return None


def _laid(task: LayTask) -> Laid | None:
    start = np.array([*task.start, 0, 0, 1], np.float64).reshape(3, 3)
    shared = common(start, task.one_size, task.other_size)
    if shared is None:
        return None
    greys = _greys(task, start, shared, GRID)
    found = None
    for lay_onto in (framed, aligned):
        pictures = lay_onto(*greys, start)
        found = None if pictures is None else _told(task, pictures, greys)
        if found is not None and found.verdict is Verdict.EDITED:
            break
    return found


def _told(task: LayTask, pictures: Aligned, greys: tuple[Grey, Grey]) -> Laid | None:
    """What two aligned pictures are to each other; None if different."""
    shared = common(pictures.matrix, task.one_size, task.other_size)
    agreement = Agreement.of(pictures)
    if shared is None or agreement is None:
        return None
    slant = slant_of(pictures.matrix, task.one_size)
    zoom = zoom_of(pictures.matrix) * max(task.other_size) / max(task.one_size)
    evidence = evidence_of(agreement) if may_be_one(agreement) else None
    verdict, pasted = Verdict.DIFFERENT, False
    if evidence is not None:
        verdict = verdict_on(evidence, shared, slant, zoom)
    if verdict is not Verdict.EDITED:
        part = pasted_part(agreement, shared, zoom)
        rest = None if part is None else evidence_of(part)
        if rest is not None and is_pasted(rest):
            verdict, pasted, evidence = Verdict.EDITED, True, rest
    if evidence is None or verdict is Verdict.DIFFERENT:
        return None
    if are_pages(agreement) and _say_otherwise(task, pictures.matrix, evidence.strips):
        return None
    return Laid(
        verdict,
        tuple(pictures.matrix.ravel().tolist()),
        shared.share,
        shared.of_other,
        slant,
        pictures.inverted,
        pasted,
        evidence,
        _rim(task, pictures.matrix, shared, greys),
    )


def _say_otherwise(task: LayTask, start: Matrix, strips: Strips) -> bool:
    """Whether two pages say other things; they are decoded once more, finer."""
    shared = common(start, task.one_size, task.other_size)
    if shared is None:
        return False
    greys = _greys(task, start, shared, FINE_GRID)
    pictures = aligned(*greys, start, FINEST, FINE_GRID)
    return pictures is not None and say_otherwise(pictures, within(strips, pictures.seen.shape))


def _rim(task: LayTask, matrix: Matrix, shared: Common, greys: tuple[Grey, Grey]) -> float:
    inside, outside = shared.share >= INSIDE, shared.of_other >= INSIDE
    if inside == outside:
        return 0.0
    if inside:
        return rim_of(greys[1], matrix, task.one_size) or 0.0
    back: Matrix = np.linalg.inv(matrix)
    return rim_of(greys[0], back / back[2, 2], task.other_size) or 0.0


def zoom_of(matrix: Matrix) -> float:
    """How much larger things are in the other picture, in longer edges of either."""
    return math.sqrt(abs(float(np.linalg.det(matrix[:2, :2]))))


def _greys(task: LayTask, start: Matrix, shared: Common, grid: int) -> tuple[Grey, Grey]:
    """Both, as fine as the grid in which their common part is compared."""
    reach = max(1e-3, float(np.ptp(shared.outline, axis=0).max()))
    needed = grid / reach
    return (
        _grey(task.one, task.one_digest, _edge(needed)),
        _grey(task.other, task.other_digest, _edge(needed / max(1e-3, zoom_of(start)))),
    )


def _edge(needed: float) -> int:
    return next((edge for edge in _EDGES if edge >= needed), _EDGES[-1])


@lru_cache(maxsize=_KEPT)
def _grey(path: bytes, digest: bytes, edge: int) -> Grey:
    return grey_of_file(path, digest, edge)
