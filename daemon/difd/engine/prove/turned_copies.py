"""Says how sure a match is, and finds turned and mirrored copies that rounding hides.

Pillow rounds between the two passes of a resize, so the tensor of a losslessly turned copy is not
quite the turned tensor (0.0036 on photos, up to 38 on small black-and-white pictures). Such copies
share their orientation-free sums instead; those are compared pixel by pixel, in the pool. The same
rounding parts a copy that is turned by its EXIF orientation from one that is stored as it is shown;
these have equal pixel digests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import msgspec

from difd.engine.orientation import COMPOSE, IDENTITY, INVERSE, Turn
from difd.engine.prove.pixel_proof import CompareRequest, compare
from difd.engine.record import Record
from difd.engine.work import WorkerLoss, WorkPool, answers
from difd.protocol.results import Match


class TurnedCopies(msgspec.Struct, frozen=True, eq=False):
    """Sets of pictures that are each other's exact pixels after an allowed turn.

    Attributes:
        sets: images of each set, in path order; a set has at least two different pictures, or one
            picture that is stored in more than one orientation.
        set_of: the set of each image that is in one.
        onto_third: every turn of an image in a set onto one and the same picture.
    """

    sets: tuple[tuple[int, ...], ...]
    set_of: dict[int, int]
    onto_third: dict[int, frozenset[int]]

    def turn(self, image: int, onto: int, allowed: tuple[int, ...]) -> int | None:
        """The preferred allowed turn of one picture exactly onto another, None if unknown."""
        own = self.set_of.get(image)
        if own is None or own != self.set_of.get(onto):
            return None
        return _preferred(self.onto_third[image], self.onto_third[onto], allowed)


def turned_copies(
    records: Sequence[Record],
    allowed: tuple[int, ...],
    pool: WorkPool,
    check: Callable[[], None],
) -> TurnedCopies:
    """Find pictures that equal each other pixel by pixel in another turn.

    Pictures with equal sums are compared with one of them, not all with all; those that differ
    from it are compared with the next one. A file that cannot be read again is left out.

    Args:
        records: in path order.
        allowed: the allowed turns.
        pool: where pictures are compared.
        check: called now and then; may raise to stop.
    """
    open_sets = _same_sums(records) if allowed != (IDENTITY,) else []
    found: list[dict[int, frozenset[int]]] = []
    while open_sets:
        # One round asks for all sets at once, so that the pool is busy.
        requests: dict[CompareRequest, int] = {}
        for images in open_sets:
            for image in images[1:]:
                path, first = records[image].file.path, records[images[0]].file.path
                requests[CompareRequest(path, first)] = image
        turns = _compare(requests, pool, check)
        rest: list[list[int]] = []
        for images in open_sets:
            equal = {image: turns[image] for image in images[1:] if image in turns}
            if equal:
                equal[images[0]] = _symmetries(equal.values())
                found.extend(_reachable(equal, allowed))
            others = [image for image in images[1:] if image not in equal]
            if len(others) > 1:
                rest.append(others)
        open_sets = rest
    return _with_identical(found + _stored_otherwise(records, found), records)


def _same_sums(records: Sequence[Record]) -> list[list[int]]:
    """Images with equal sums, one of each picture; sets of one are left out."""
    pictures: dict[bytes, int] = {}
    for number, record in enumerate(records):
        if record.sums_digest and record.pixel_digest:
            pictures.setdefault(record.pixel_digest, number)
    sets: defaultdict[bytes, list[int]] = defaultdict(list)
    for number in sorted(pictures.values()):
        sets[records[number].sums_digest].append(number)
    return [images for images in sets.values() if len(images) > 1]


def _compare(
    requests: dict[CompareRequest, int],
    pool: WorkPool,
    check: Callable[[], None],
) -> dict[int, frozenset[int]]:
    """All turns of each image onto the first one of its set; images without one are left out."""
    turns: dict[int, frozenset[int]] = {}
    for request, answer in answers(pool, compare, requests, check):
        if not isinstance(answer, WorkerLoss) and answer:
            codes = frozenset(Turn(mirrored, rotation).code for rotation, mirrored in answer)
            turns[requests[request]] = codes
    return turns


def _symmetries(turns: Iterable[frozenset[int]]) -> frozenset[int]:
    """The turns of a picture onto itself, from all turns of its copies onto it."""
    return frozenset(
        int(COMPOSE[INVERSE[there], back]) for own in turns for there in own for back in own
    )


def _preferred(turns: frozenset[int], onto: frozenset[int], allowed: tuple[int, ...]) -> int | None:
    """The best turn of one picture onto another, from all turns of both onto a third."""
    codes = {int(COMPOSE[first, INVERSE[back]]) for first in turns for back in onto}
    return min(codes.intersection(allowed), default=None)


def _reachable(
    turns: dict[int, frozenset[int]], allowed: tuple[int, ...]
) -> list[dict[int, frozenset[int]]]:
    """Split a set into parts inside which allowed turns lead from every image to every other.

    Allowed turns are a group, so one image of a part stands for all; there are at most 8 parts.
    """
    parts: list[dict[int, frozenset[int]]] = []
    for image in sorted(turns):
        for part in parts:
            if _preferred(turns[image], part[next(iter(part))], allowed) is not None:
                part[image] = turns[image]
                break
        else:
            parts.append({image: turns[image]})
    return [part for part in parts if len(part) > 1]


def _stored_otherwise(
    records: Sequence[Record], found: list[dict[int, frozenset[int]]]
) -> list[dict[int, frozenset[int]]]:
    """One image of each picture, not in a part yet, that is stored in more than one orientation."""
    known = {records[image].pixel_digest for part in found for image in part}
    pictures: dict[bytes, int] = {}
    several: set[int] = set()
    for number, record in enumerate(records):
        if record.pixel_digest and record.pixel_digest not in known:
            first = pictures.setdefault(record.pixel_digest, number)
            if record.orientation != records[first].orientation:
                several.add(first)
    return [{image: frozenset({IDENTITY})} for image in sorted(several)]


def _with_identical(
    parts: list[dict[int, frozenset[int]]], records: Sequence[Record]
) -> TurnedCopies:
    """Add the images that show the very same picture as one of a part."""
    turns = {
        records[image].pixel_digest: (number, own)
        for number, part in enumerate(parts)
        for image, own in part.items()
    }
    sets: list[list[int]] = [[] for _ in parts]
    set_of: dict[int, int] = {}
    onto_third: dict[int, frozenset[int]] = {}
    for image, record in enumerate(records):
        if record.pixel_digest in turns:
            set_of[image], onto_third[image] = turns[record.pixel_digest]
            sets[set_of[image]].append(image)
    return TurnedCopies(tuple(map(tuple, sets)), set_of, onto_third)


def match_kind(one: Record, other: Record, *, turned: bool, ssd: int) -> Match:
    """How sure a match is.

    Args:
        one: an image.
        other: another one.
        turned: an allowed turn makes their pixels equal, as was confirmed.
        ssd: the SSD of their tensors.
    """
    if one.digest and one.digest == other.digest:
        return "bytes"
    same_pixels = one.pixel_digest and one.pixel_digest == other.pixel_digest
    if turned or same_pixels:
        return "pixels"
    return "tensor" if ssd == 0 else "similar"
