"""Which of two related pictures comes from the other, and under which one each is listed.

The one that holds more of the scene is the origin: of a crop the whole picture. What only stands
around a picture (a border, the rest of a collage or of a screen) is no scene. An edited copy is
listed under the origin of its origin, if it shows that, too; a collage under all that it shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.frames import Matrix, Points, corners, mapped
from difd.engine.edited.laying import Laid, zoom_of
from difd.engine.edited.related import Relation
from difd.engine.edited.verdict import INSIDE, Verdict
from difd.engine.record import Record

_SMALLER: Final = 0.95
_MUCH_SMALLER: Final = 0.5
_STRAIGHT: Final = 0.015
"""A picture that shows another one in less than this of its size is no source of that one: less
sure, and sure; and how straight it has to lie for that."""

_CELLS: Final = 0.8
_SAMPLES: Final = 16
_STEP: Final = 1.5
_LEAST_STEP: Final = 10.0
_GOES_ON: Final = 0.6
"""Around a picture in another one: how far its rim is looked at on both sides, in pixels of a
tensor, at how many places of each edge, and how much more than inside has to change there, or how
much less what is outside has to be like what is inside."""

_BLURRED: Final = 3
"""How often one was smoothed to be as blurred as the other, for that to be a copy of it."""

_BORDER: Final = 8.0
"""Deviation of the colours around a picture, in grey levels, up to which they are a border."""

_ENOUGH: Final = 6
"""Pixels of a tensor that say what is around a picture."""


class Copy(msgspec.Struct, frozen=True):
    """An edited copy, or a picture that overlaps.

    Attributes:
        image: the copy.
        origin: the picture that it is listed under.
        laid: what they are to each other, from `one` to `other`.
        forward: `one` is the copy.
        framed: around the origin there is a border in it.
    """

    image: int
    origin: int
    laid: Laid
    forward: bool
    framed: bool

    @property
    def matrix(self) -> Matrix:
        """From the copy to its origin, in longer edges of either."""
        matrix: Matrix = np.array(self.laid.matrix).reshape(3, 3)
        if not self.forward:
            matrix = np.linalg.inv(matrix)
            matrix = matrix / matrix[2, 2]
        return matrix

    @property
    def shows(self) -> float:
        """Share of the origin's frame that it shows."""
        return self._alike * (self.laid.of_other if self.forward else self.laid.share)

    @property
    def shown(self) -> float:
        """Share of its own frame that shows the origin."""
        return self._alike * (self.laid.share if self.forward else self.laid.of_other)

    @property
    def _alike(self) -> float:
        """Share of what their frames have in common in which something alike is to be seen."""
        left, top, right, bottom = self.laid.evidence.strips
        return (1 - left - right) * (1 - top - bottom)

    @property
    def is_crop(self) -> bool:
        """Whether all of it lies in the origin, with nothing over it or around it."""
        return self.shown >= INSIDE and not self.laid.pasted and self.covered_side <= 0

    @property
    def covered_side(self) -> int:
        """1 if something lies over it, -1 if something lies over its origin, 0 if neither."""
        side = self.laid.evidence.covered_side
        return -side if self.forward else side


def descent(
    relations: Sequence[Relation],
    records: Sequence[Record],
    is_better: Callable[[int, int], bool],
    *,
    overlaps: bool,
) -> list[Copy]:
    """Every edited copy with the picture that it is listed under, in the order of the copies.

    Args:
        relations: what was found.
        records: the pictures.
        is_better: whether the first of two pictures is to be kept rather than the second.
        overlaps: pictures that only overlap are wanted, too.
    """
    found: defaultdict[int, list[Copy]] = defaultdict(list)
    for relation in sorted(relations, key=lambda one: -one.laid.evidence.agreeing):
        if relation.laid.verdict is Verdict.EDITED:
            copy = _copy(relation, records, is_better)
            if not _comes_from(found, copy.origin, copy.image):
                found[copy.image].append(copy)
    listed = [copy for image in sorted(found) for copy in _direct(found, image)]
    if overlaps:
        listed += [
            _later(relation, is_better)
            for relation in relations
            if relation.laid.verdict is Verdict.OVERLAP
        ]
    return sorted(listed, key=lambda copy: (copy.image, copy.origin))


def origin_of(
    relation: Relation, records: Sequence[Record], is_better: Callable[[int, int], bool]
) -> int | None:
    """Which of two related pictures the other one comes from; None if they only overlap."""
    if relation.laid.verdict is not Verdict.EDITED:
        return None
    return _copy(relation, records, is_better).origin


def _copy(
    relation: Relation, records: Sequence[Record], is_better: Callable[[int, int], bool]
) -> Copy:
    one, other, laid = relation.one, relation.other, relation.laid
    matrix = np.array(laid.matrix).reshape(3, 3)
    sizes = [(records[image].width, records[image].height) for image in (one, other)]
    zoom = zoom_of(matrix) * max(sizes[1]) / max(sizes[0])
    forward = Copy(one, other, laid, forward=True, framed=False)
    backward = Copy(other, one, laid, forward=False, framed=False)
    inside, outside = laid.share >= INSIDE, laid.of_other >= INSIDE
    if laid.pasted:
        # The collage is the one of which it takes less.
        return backward if laid.share > laid.of_other else forward
    if inside == outside:
        return _of_one_frame(relation, records, is_better)
    inner, outer = (forward, backward) if inside else (backward, forward)
    if _has_border(outer, records):
        return msgspec.structs.replace(outer, framed=True)
    smaller = zoom if inside else 1 / zoom
    straight = laid.slant < _STRAIGHT and abs(matrix[0, 1]) < _STRAIGHT * abs(matrix[0, 0])
    # Who enlarges what he cut out makes it as large as the whole, or turns it.
    shrunk = smaller < _SMALLER and straight and sizes[0] != sizes[1]
    if shrunk or smaller < _MUCH_SMALLER or _is_framed(outer, records):
        return outer
    return inner


def _of_one_frame(
    relation: Relation, records: Sequence[Record], is_better: Callable[[int, int], bool]
) -> Copy:
    """Of two that show the same: the one without a caption, the larger one, the better one."""
    one, other, laid = relation.one, relation.other, relation.laid
    evidence = laid.evidence
    pixels = [records[image].width * records[image].height for image in (one, other)]
    if evidence.blurred >= _BLURRED:
        is_copy = evidence.softer < 0
    elif evidence.covered_side:
        is_copy = evidence.covered_side < 0
    elif pixels[0] != pixels[1]:
        is_copy = pixels[0] < pixels[1]
    else:
        is_copy = not is_better(one, other)
    image, origin = (one, other) if is_copy else (other, one)
    return Copy(image, origin, laid, forward=is_copy, framed=False)


def _later(relation: Relation, is_better: Callable[[int, int], bool]) -> Copy:
    one, other = relation.one, relation.other
    is_copy = not is_better(one, other)
    image, origin = (one, other) if is_copy else (other, one)
    return Copy(image, origin, relation.laid, forward=is_copy, framed=False)


def _is_framed(outer: Copy, records: Sequence[Record]) -> bool:
    """Whether a picture has an edge all around where the other one lies in it.

    A border, a screen and a collage have; where the scene goes on, the inner one is a crop of it.
    """
    picture, inside = records[outer.image], records[outer.origin]
    edge = picture.tensor.shape[0]
    size = (picture.width, picture.height)
    back: Matrix = np.linalg.inv(outer.matrix)
    frame = corners((inside.width, inside.height))
    rims = [
        mapped(back, _rim(frame, step * _CELLS / edge)) * (max(size) / np.array(size)) * edge
        for step in (1, -1, -3)
    ]
    within = np.logical_and.reduce([((rim > 0) & (rim < edge)).all(axis=1) for rim in rims])
    if np.count_nonzero(within) < _ENOUGH:
        return False
    values = picture.tensor.astype(np.float64)
    out, rim, inner = (
        values[points[within, 1].astype(int), points[within, 0].astype(int)] for points in rims
    )
    step = np.median(np.abs(out - rim).max(axis=1))
    usual = np.median(np.abs(rim - inner).max(axis=1))
    goes_on = _correlation(out, rim) >= _GOES_ON * _correlation(rim, inner)
    return bool(step > _STEP * usual + _LEAST_STEP) or not goes_on


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    apart, beside = one - one.mean(axis=0), other - other.mean(axis=0)
    scale = float(np.sqrt((apart**2).sum() * (beside**2).sum()))
    return float((apart * beside).sum()) / scale if scale else 1.0


def _rim(frame: Points, out: float) -> Points:
    """Points along a frame, so far outside of it, as a share of its width and height."""
    middle = frame.mean(axis=0)
    wider = middle + (frame - middle) * (1 + 2 * out)
    along = np.linspace(0.05, 0.95, _SAMPLES)[:, None]
    ends = zip(wider, np.roll(wider, -1, axis=0), strict=True)
    return np.concatenate([start + (end - start) * along for start, end in ends])


def _has_border(outer: Copy, records: Sequence[Record]) -> bool:
    """Whether what stands around the other one in a picture is of one colour."""
    picture, inside = records[outer.image], records[outer.origin]
    edge = picture.tensor.shape[0]
    size = np.array([picture.width, picture.height])
    row, column = (np.mgrid[0:edge, 0:edge] + 0.5) / edge
    points: Points = np.stack([column.ravel(), row.ravel()], axis=1) * (size / size.max())
    there = mapped(outer.matrix, points)
    limits = corners((inside.width, inside.height))[2]
    slack = 1 / edge
    outside = ((there < -slack) | (there > limits + slack)).any(axis=1)
    around = picture.tensor.reshape(-1, 3)[outside].astype(np.float64)
    return len(around) >= _ENOUGH and float(around.std(axis=0).max()) < _BORDER


def _comes_from(found: dict[int, list[Copy]], image: int, source: int) -> bool:
    """Whether a picture descends from another one, over however many."""
    waiting, seen = [image], set()
    while waiting:
        here = waiting.pop()
        if here == source:
            return True
        if here not in seen:
            seen.add(here)
            waiting += [copy.origin for copy in found.get(here, ())]
    return False


def _direct(found: dict[int, list[Copy]], image: int) -> list[Copy]:
    """Those origins of a copy that come from none of its others; several only of a collage."""
    copies = found[image]
    origins = {copy.origin for copy in copies}
    tops = [
        copy
        for copy in copies
        if not any(
            other != copy.origin and _comes_from(found, copy.origin, other) for other in origins
        )
    ]
    several = [copy for copy in tops if copy.shown < INSIDE and not copy.framed]
    best = [copy for copy in tops if copy not in several]
    # The best match comes first.
    return sorted(several, key=lambda copy: copy.origin) + best[:1]
