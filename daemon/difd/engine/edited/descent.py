"""Which of two related pictures comes from the other, and under which one each is listed.

The one that holds more of the scene is the origin: of a crop the whole picture. What only stands
around a picture (a border, the rest of a collage or of a screen) is no scene. An edited copy is
listed under the origin of its origin, if that one shows nothing else; a collage under all that it
shows.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.frames import Matrix, Points, corners, mapped
from difd.engine.edited.laying import Laid
from difd.engine.edited.related import Relation
from difd.engine.edited.verdict import INSIDE, Verdict, terraced_side
from difd.engine.record import Record

_ENDS_THERE: Final = 2.0
"""How much more has to change across the frame of a picture than beside it, where it lies in
another one, for that one to be a border, a screen or a collage around it. Crops have 1.9 at most.
"""

_LEAST_RIM: Final = 0.1
_LIKELY: Final = 0.5
"""What a rim counts as, at least; and how sure it is that what others are like is the origin, as
sure as an edge that is 1.4 times as clear as it has to be."""

_BLURRED: Final = 3
_VERY_BLURRED: Final = 6
"""How often one was smoothed to be as blurred as the other, for that to be a copy of it; and if
something seems to lie over one of them."""

_COVERED: Final = 0.03
"""Share of the pixels that changed where a caption and not the blur of the other one did it."""

_BORDER: Final = 8.0
"""Deviation of the colours around a picture, in grey levels, up to which they are a border."""

_ENOUGH: Final = 6
"""Pixels of a tensor that say what is around a picture."""

_OVERRULED: Final = 6
"""By how many other pictures more the one of two of the same frame has to be the origin of, less
those that it is a copy of, to be that of the other one, too, whatever the two look like. Pictures
of its group count as well."""


class Pictures(NamedTuple):
    """What is known of the pictures that are related.

    Attributes:
        records: the pictures.
        members: how many are in the group of each.
        is_better: whether the first of two is to be kept rather than the second.
    """

    records: Sequence[Record]
    members: NDArray[np.intp]
    is_better: Callable[[int, int], bool]


class Copy(msgspec.Struct, frozen=True):
    """An edited copy, or a picture that overlaps.

    Attributes:
        image: the copy.
        origin: the picture that it is listed under.
        laid: what they are to each other, from `one` to `other`.
        forward: `one` is the copy.
        framed: around the origin there is a border in it.
        indirect: another copy of the origin was laid onto this one, not the origin itself.
    """

    image: int
    origin: int
    laid: Laid
    forward: bool
    framed: bool
    indirect: bool = False

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
    def is_of_one_frame(self) -> bool:
        """Whether the two show the same part of a scene, and neither is pasted into the other."""
        inside = self.laid.share >= INSIDE, self.laid.of_other >= INSIDE
        return inside[0] == inside[1] and not self.laid.pasted

    @property
    def is_crop(self) -> bool:
        """Whether all of it lies in the origin, with nothing over it or around it."""
        bare = not self.laid.pasted and self.covered_side <= 0
        return self.shown >= INSIDE and bare and not self.indirect

    @property
    def covered_side(self) -> int:
        """1 if something lies over it, -1 if something lies over its origin, 0 if neither."""
        return self._side(self.laid.evidence.covered_side)

    @property
    def has_fewer_tones(self) -> bool:
        """Whether few tones of its origin were left."""
        return self._side(terraced_side(self.laid.evidence)) > 0

    def _side(self, of_pair: int) -> int:
        """1 for what is in it, -1 for what is in its origin."""
        return -of_pair if self.forward else of_pair


def descent(relations: Sequence[Relation], pictures: Pictures, *, overlaps: bool) -> list[Copy]:
    """Every edited copy with the picture that it is listed under, in the order of the copies.

    Args:
        relations: what was found.
        pictures: the pictures.
        overlaps: pictures that only overlap are wanted, too.
    """
    found: defaultdict[int, list[Copy]] = defaultdict(list)
    # Where the origins go round in a circle, what is least certain gives way.
    proven = sorted(
        (relation for relation in relations if relation.laid.verdict is Verdict.EDITED),
        key=lambda one: (-_certainty(one, pictures), -_agreeing(one)),
    )
    copies = [_copy(relation, pictures) for relation in proven]
    for copy in _overruled(copies, pictures.members):
        if not _comes_from(found, copy.origin, copy.image):
            found[copy.image].append(copy)
    count = Counter(copy.origin for some in found.values() for copy in some)
    direct = {image: _direct(found, image, count) for image in sorted(found)}
    listed = [copy for some in direct.values() for copy in _raised(some, direct)]
    if overlaps:
        listed += [
            _later(relation, pictures)
            for relation in relations
            if relation.laid.verdict is Verdict.OVERLAP
        ]
    return sorted(listed, key=lambda copy: (copy.image, copy.origin))


def origin_of(relation: Relation, pictures: Pictures) -> int | None:
    """Which of two related pictures the other one comes from; None if they only overlap."""
    if relation.laid.verdict is not Verdict.EDITED:
        return None
    return _copy(relation, pictures).origin


def _overruled(copies: Sequence[Copy], members: NDArray[np.intp]) -> list[Copy]:
    """The same, and where two look as if the first picture came from its copy, the right way round.

    One in a hundred edits misleads: a picture that all others come from is none of their copies.
    Only of those that were compared with both can be said from which of the two they come.
    """
    sides: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for copy in copies:
        sides[copy.origin][copy.image], sides[copy.image][copy.origin] = 1, -1

    def lead(copy: Copy) -> int:
        of_copy, of_origin = sides[copy.image], sides[copy.origin]
        others = of_copy.keys() & of_origin.keys()
        like = int(members[copy.image] - members[copy.origin])
        return like + sum(of_copy[other] - of_origin[other] for other in others)

    return [
        _turned(copy) if copy.is_of_one_frame and lead(copy) >= _OVERRULED else copy
        for copy in copies
    ]


def _turned(copy: Copy) -> Copy:
    return Copy(copy.origin, copy.image, copy.laid, not copy.forward, copy.framed)


def _certainty(relation: Relation, pictures: Pictures) -> float:
    """How sure it is which of two is the origin, 0 to 1.

    That one was pasted into the other, or is covered, or has fewer tones, or ends at an edge in the
    other or clearly at none, is seen. That others are like one of them only speaks for it.
    """
    laid = relation.laid
    covered = laid.evidence.covered_side != 0 and laid.evidence.changed >= _COVERED
    if laid.pasted or covered or terraced_side(laid.evidence):
        return 1.0
    if (laid.share >= INSIDE) != (laid.of_other >= INSIDE):
        return min(1.0, abs(math.log2(max(laid.rim, _LEAST_RIM) / _ENDS_THERE)))
    return _LIKELY if pictures.members[relation.one] != pictures.members[relation.other] else 0.0


def _agreeing(relation: Relation) -> float:
    return relation.laid.evidence.agreeing


def _copy(relation: Relation, pictures: Pictures) -> Copy:
    one, other, laid = relation.one, relation.other, relation.laid
    forward = Copy(one, other, laid, forward=True, framed=False)
    backward = Copy(other, one, laid, forward=False, framed=False)
    if laid.pasted:
        # The collage is the one of which it takes less.
        return backward if laid.share > laid.of_other else forward
    if forward.is_of_one_frame:
        return _of_one_frame(relation, pictures)
    inner, outer = (forward, backward) if laid.share >= INSIDE else (backward, forward)
    framed = _has_border(outer, pictures.records)
    # Whether a plain margin was cut off or put on, nobody can see.
    if laid.rim < _ENDS_THERE and not (framed and pictures.is_better(outer.origin, outer.image)):
        return inner
    return msgspec.structs.replace(outer, framed=framed)


def _of_one_frame(relation: Relation, pictures: Pictures) -> Copy:
    """Of two that show the same, the origin is the one without a caption, or that was not blurred.

    Of one of which few tones were left, the other: steps of tone look sharp, and like a caption.

    If nobody can see it, it is the one that others are like, or the larger one, or the better one.
    """
    one, other, laid = relation.one, relation.other, relation.laid
    evidence = laid.evidence
    records, members = pictures.records, pictures.members
    pixels = [records[image].width * records[image].height for image in (one, other)]
    clear = evidence.covered_side and evidence.changed >= _COVERED
    if fewer := terraced_side(evidence):
        is_copy = fewer < 0
    elif evidence.blurred >= (_VERY_BLURRED if clear else _BLURRED):
        is_copy = evidence.softer < 0
    elif clear:
        is_copy = evidence.covered_side < 0
    elif members[one] != members[other]:
        is_copy = bool(members[one] < members[other])
    elif evidence.covered_side:
        is_copy = evidence.covered_side < 0
    elif pixels[0] != pixels[1]:
        is_copy = pixels[0] < pixels[1]
    else:
        is_copy = not pictures.is_better(one, other)
    image, origin = (one, other) if is_copy else (other, one)
    return Copy(image, origin, laid, forward=is_copy, framed=False)


def _later(relation: Relation, pictures: Pictures) -> Copy:
    one, other = relation.one, relation.other
    is_copy = not pictures.is_better(one, other)
    image, origin = (one, other) if is_copy else (other, one)
    return Copy(image, origin, relation.laid, forward=is_copy, framed=False)


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


def _comes_from(
    found: dict[int, list[Copy]], image: int, source: int, *, over_parts: bool = True
) -> bool:
    """Whether a picture descends from another one, over however many.

    With `over_parts` also over pictures that show more than what they come from, as collages do.
    """
    waiting, seen = [image], set()
    while waiting:
        here = waiting.pop()
        if here == source:
            return True
        if here not in seen:
            seen.add(here)
            above = found.get(here, ())
            waiting += [copy.origin for copy in above if over_parts or not _is_part(copy)]
    return False


def _direct(found: dict[int, list[Copy]], image: int, copies_of: Mapping[int, int]) -> list[Copy]:
    """Those origins of a copy that come from none of its others; several only of a collage.

    Of a collage's pictures each is listed once, else the one that most copies come from. A copy of
    a collage is one, whatever the collage shows.
    """
    copies = found[image]
    tops = [
        copy
        for copy in copies
        if not any(
            above.origin != copy.origin
            and _comes_from(
                found,
                copy.origin,
                above.origin,
                over_parts=_is_part(copy) or not _is_part(above),
            )
            for above in copies
        )
    ]
    several = [copy for copy in tops if _is_part(copy)]
    # The best match comes first, and stays so among equals.
    best = sorted(
        (copy for copy in tops if copy not in several), key=lambda copy: -copies_of[copy.origin]
    )
    return sorted(several, key=lambda copy: copy.origin) + best[:1]


def _is_part(copy: Copy) -> bool:
    """Whether a copy shows more than its origin: that is one of several, or something around it."""
    return copy.shown < INSIDE and not copy.framed


def _raised(copies: Sequence[Copy], direct: Mapping[int, Sequence[Copy]]) -> list[Copy]:
    """Copies of copies as copies of the first origin, each origin once."""
    best: dict[int, Copy] = {}
    for copy in copies:
        made = copy
        while (above := direct.get(made.origin)) and _is_whole(above):
            made = _under(made, above[0])
        known = best.get(made.origin)
        if known is None or (known.indirect and not made.indirect):
            best[made.origin] = made
    return list(best.values())


def _is_whole(above: Sequence[Copy]) -> bool:
    """Whether a copy shows one picture, and nothing but that: what lies in it lies in that.

    What is cut out of something that lies over the copy comes from elsewhere.
    """
    if len(above) != 1:
        return False
    (copy,) = above
    return copy.shown >= INSIDE and not copy.laid.pasted and copy.covered_side <= 0


def _under(copy: Copy, above: Copy) -> Copy:
    """A copy, under the picture that its origin comes from."""
    matrix: Matrix = above.matrix @ copy.matrix
    if not copy.forward:
        matrix = np.linalg.inv(matrix)
    laid = copy.laid
    shows = (laid.of_other if copy.forward else laid.share) * above.shows
    # How it differs from the picture that is passed over is known, whose tones may be others.
    places = laid.evidence.places if copy.forward and copy.covered_side > 0 else ()
    evidence = msgspec.structs.replace(
        laid.evidence, brighter=0.0, contrast=1.0, blurred=0, softer=0, places=places
    )
    if not copy.has_fewer_tones:
        evidence = msgspec.structs.replace(evidence, even_one=0.0, even_other=0.0)
    laid = msgspec.structs.replace(
        laid,
        matrix=tuple((matrix / matrix[2, 2]).ravel().tolist()),
        share=laid.share if copy.forward else shows,
        of_other=shows if copy.forward else laid.of_other,
        slant=max(laid.slant, above.laid.slant),
        inverted=laid.inverted != above.laid.inverted,
        evidence=evidence,
    )
    return Copy(copy.image, above.origin, laid, copy.forward, copy.framed, indirect=True)
