"""Groups: disjoint sets of images that belong together, and which of each set stay.

A group is a connected component of the matches. Inside it files are walked in keep order: one that
is undecided stays, and its undecided direct matches are decided by it. So no chain of matches ever
takes away a picture that has no kept direct match. A second look at a decided group puts proven
copies under the best of their own that holds all they hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from itertools import chain, combinations_with_replacement, islice, pairwise
from typing import Final

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from difd.engine.group.components import Components
from difd.engine.group.roles import Roles
from difd.engine.match.classes import Classes
from difd.engine.match.edges import Edges
from difd.engine.match.lookup import Neighbours
from difd.engine.orientation import COMPOSE, IDENTITY, INVERSE
from difd.engine.prove.turned_copies import TurnedCopies
from difd.engine.read.value import holds_all
from difd.engine.record import Record

_ASKED: Final = 8
"""Files of one picture that are asked whether they can stand for another one, before those of its
bytes are: of a hundred thousand each may hold something of its own."""


class Grouping(msgspec.Struct, frozen=True, eq=False):
    """What was decided, by image.

    Attributes:
        groups: the images of each group in keep order; groups in the order of their first path.
        keeper: (n,) int64, the image that stays in its place: itself for keepers, -1 for images
            in no group.
        ssd: (n,) int64, the SSD to the keeper.
        turn: (n,) int8, the turn of the tensor onto that of the keeper.
        first_frame: (n,) bool, decided as a still against an animation.
    """

    groups: tuple[NDArray[np.int64], ...]
    keeper: NDArray[np.int64]
    ssd: NDArray[np.int64]
    turn: NDArray[np.int8]
    first_frame: NDArray[np.bool_]


class Links:
    """Collects which images hang together: units are the images of one class and role."""

    def __init__(self, classes: Classes, roles: Roles) -> None:
        self._roles = roles
        self._unit = classes.class_of * np.int64(roles.count) + roles.of
        self._sets = Components(len(classes) * roles.count)
        for one, other in self._role_pairs():
            if one < other:
                together = roles.present[:, one] & roles.present[:, other]
                both = np.nonzero(together & roles.united)[0]
                self._sets.unite(both * roles.count + one, both * roles.count + other)

    def _role_pairs(self) -> list[tuple[int, int]]:
        pairs = np.argwhere(self._roles.allowed).tolist()
        return [(one, other) for one, other in pairs]

    def add(self, edges: Edges) -> None:
        """Take in matches between classes."""
        present, count = self._roles.present, self._roles.count
        for one, other in self._role_pairs():
            which = present[edges.a, one] & present[edges.b, other]
            self._sets.unite(edges.a[which] * count + one, edges.b[which] * count + other)

    def add_copies(self, copies: TurnedCopies) -> None:
        """Take in turned copies."""
        for images in copies.sets:
            sides: defaultdict[tuple[int, int, int], list[int]] = defaultdict(list)
            for image in images:
                sides[self._roles.kind(image)].append(image)
            for left, right in combinations_with_replacement(sides.values(), 2):
                if self._roles.may_pair(left[0], right[0]):
                    # One of each side connects all: every left one matches every right one.
                    everything = self._unit[np.array(left + right)]
                    self._sets.unite(everything[:-1], everything[1:])

    def apart(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which pairs of classes have images that would be connected by a match, and are not."""
        present, count = self._roles.present, self._roles.count
        result = np.zeros(len(a), np.bool_)
        for one, other in self._role_pairs():
            which = present[a, one] & present[b, other]
            roots_a = self._sets.roots(a[which] * count + one)
            roots_b = self._sets.roots(b[which] * count + other)
            result[which] |= roots_a != roots_b
        return result

    def components(self) -> list[NDArray[np.int64]]:
        """The images of every component that has a match, each and all in path order."""
        root = self._sets.roots(self._unit)
        order = np.argsort(root, kind="stable")
        bounds = np.nonzero(np.diff(root[order], prepend=-1, append=-1))[0]
        parts = [order[i:j] for i, j in pairwise(bounds.tolist()) if j - i > 1]
        return sorted(
            (part for part in parts if self._matched(part)), key=lambda part: int(part[0])
        )

    def _matched(self, part: NDArray[np.int64]) -> bool:
        """Images of one unit alone, such as two references, need not match each other."""
        one_unit = bool((self._unit[part] == self._unit[part[0]]).all())
        return not one_unit or self._roles.may_pair(int(part[0]), int(part[1]))


class Walk:
    """Decides who stays, component by component.

    A class is swept once per role of a keeper, whatever its size, so the work grows with the
    number of images and of the keepers' matches, not with the number of pairs of images.

    Args:
        classes, roles, neighbours, copies: the images and their matches.
        distance: the SSD of two images that are turned copies.
        reference: (n,) bool, images that stay whatever they match.
        check: called for every keeper; may raise to stop.
    """

    def __init__(
        self,
        classes: Classes,
        roles: Roles,
        neighbours: Neighbours,
        copies: TurnedCopies,
        *,
        distance: Callable[[int, int], int],
        reference: NDArray[np.bool_],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._classes, self._roles = classes, roles
        self._neighbours, self._copies = neighbours, copies
        self._distance, self._reference, self._check = distance, reference, check
        count = len(classes.class_of)
        self._keeper = np.full(count, -1, np.int64)
        self._ssd = np.zeros(count, np.int64)
        self._turn = np.zeros(count, np.int8)
        self._first_frame = np.zeros(count, np.bool_)
        self._undecided = classes.sizes.copy()
        self._open = np.ones(len(classes), np.bool_)
        self._swept = np.zeros(len(classes), np.int8)
        self._asked = np.zeros(len(classes), np.int8)
        self._swept_sets: set[tuple[int, tuple[int, int, int]]] = set()

    def run(self, groups: Sequence[NDArray[np.int64]]) -> Grouping:
        """Decide all components.

        Args:
            groups: the images of each, those to keep first.
        """
        for images in groups:
            for image in images.tolist():
                if self._keeper[image] < 0:
                    self._check()
                    self._keep(image)
            self._show_stills(images)
        return Grouping(tuple(groups), self._keeper, self._ssd, self._turn, self._first_frame)

    def _keep(self, image: int) -> None:
        """This image stays; its undecided direct matches are decided by it."""
        number, role = int(self._classes.class_of[image]), int(self._roles.of[image])
        self._keeper[image] = image
        self._decided(number, 1)
        if not self._asked[number] >> role & 1:
            self._asked[number] |= 1 << role
            if self._roles.united[number]:
                self._sweep(number, image, 0, IDENTITY)
            edges = self._neighbours.of(number, self._open)
            for place in np.nonzero(~edges.first_frame)[0].tolist():
                other, ssd, turn = edges.b[place], edges.ssd[place], edges.turn[place]
                self._sweep(int(other), image, int(ssd), int(turn))
        self._sweep_copies(image)

    def _sweep(self, number: int, keeper: int, ssd: int, turn: int) -> None:
        """Decide the undecided images of a class; `turn` turns its first onto the keeper's."""
        role = int(self._roles.of[keeper])
        if self._swept[number] >> role & 1:
            return
        self._swept[number] |= 1 << role
        members = self._classes.of(number)
        allowed = self._roles.allowed[role, self._roles.of[members]]
        members = members[allowed & (self._keeper[members] < 0)]
        onto_first = self._classes.onto_first
        self._keeper[members] = keeper
        self._ssd[members] = ssd
        onto_class = COMPOSE[onto_first[members], turn]
        self._turn[members] = COMPOSE[onto_class, INVERSE[onto_first[keeper]]]
        self._decided(number, len(members))

    def _sweep_copies(self, keeper: int) -> None:
        """Decide the undecided turned copies of a keeper."""
        number = self._copies.set_of.get(keeper)
        if number is None or (number, self._roles.kind(keeper)) in self._swept_sets:
            return
        self._swept_sets.add((number, self._roles.kind(keeper)))
        for image in self._copies.sets[number]:
            if self._keeper[image] < 0 and self._roles.may_pair(keeper, image):
                self._keeper[image] = keeper
                self._ssd[image] = self._distance(image, keeper)
                self._decided(int(self._classes.class_of[image]), 1)

    def _decided(self, number: int, count: int) -> None:
        """Note that images of a class were decided."""
        self._undecided[number] -= count
        self._open[number] = self._undecided[number] > 0

    def _show_stills(self, images: NDArray[np.int64]) -> None:
        """Put keepers that nobody depends on under an animation (or still) that they resemble.

        Only afterwards: a still that resembles an animation may be the keeper of its own copies.
        """
        if not self._neighbours.any_stills:
            return
        kept: dict[int, list[int]] = {}
        keepers = self._keeper[images]
        needed = set(keepers[keepers != images].tolist())
        rank = {image: place for place, image in enumerate(images.tolist())}
        for image in images[keepers == images].tolist():
            if image in needed or self._reference[image] or not self._put_under(image, kept, rank):
                kept.setdefault(int(self._classes.class_of[image]), []).append(image)

    def _put_under(self, image: int, kept: dict[int, list[int]], rank: dict[int, int]) -> bool:
        """Find the first of the kept animations (or stills) that an image resembles."""
        role = self._roles.of[image]
        edges = self._neighbours.of_stills(int(self._classes.class_of[image]))
        best = min(
            (
                (rank[keeper], place, keeper)
                for place, number in enumerate(edges.b.tolist())
                for keeper in kept.get(number, ())
                if self._roles.allowed[role, self._roles.of[keeper]]
            ),
            default=None,
        )
        if best is None:
            return False
        _, place, keeper = best
        onto_first = self._classes.onto_first
        onto_class = COMPOSE[onto_first[image], INVERSE[edges.turn[place]]]
        self._turn[image] = COMPOSE[onto_class, INVERSE[onto_first[keeper]]]
        self._ssd[image] = edges.ssd[place]
        self._first_frame[image] = True
        self._keeper[image] = keeper
        return True


def picture_of(records: Sequence[Record], copies: TurnedCopies) -> Callable[[int], Hashable]:
    """A function that is equal for images whose pictures are proven equal.

    Args:
        records: the images, in path order.
        copies: turned copies.
    """

    def picture(image: int) -> Hashable:
        # Turned copies are one set; all others are equal only with the same pixels. What could not
        # be decoded has none.
        number = copies.set_of.get(image)
        record = records[image]
        return (record.pixel_digest or record.digest) if number is None else number

    return picture


def holds_as_much(kept: Record, record: Record) -> bool:
    """Whether nothing of a file is lost if another one of the same picture stays."""
    if kept.digest == record.digest:
        return True
    return not (kept.damage and not record.damage) and holds_all(kept.value, record.value)


def goes_sooner(kept: Record, record: Record) -> bool:
    """Whether a file lies where files do not stay, and another one does not lie there."""
    return bool(kept.file.passing) and kept.file.passing != record.file.passing


def _stands_for(kept: Record, record: Record) -> bool:
    return not goes_sooner(kept, record) and holds_as_much(kept, record)


def under_equals(  # noqa: PLR0917  what `Walk` takes
    grouping: Grouping,
    records: Sequence[Record],
    classes: Classes,
    roles: Roles,
    copies: TurnedCopies,
    distance: Callable[[int, int], int],
) -> Grouping:
    """Put every image that its keeper cannot stand for under the first equal that can.

    The walk in keep order may decide five equal files by a sixth that merely resembles them, or
    lacks a caption that they have, and all five would have to be looked at. Four of them are proven
    copies of the fifth; they are put under it. The fifth keeps its place under the sixth. Whoever
    removes it as well must check its copies against the sixth instead, which they match as it does:
    their pixels are the same.

    Args:
        grouping: as the walk decided; it is not changed.
        records: the images, in path order.
        classes: their classes of identical tensors.
        roles: which of them may be a pair.
        copies: turned copies.
        distance: the SSD of two images that are turned copies.

    Returns:
        The grouping in which `keeper` may be an image that itself is under another one, if it is
        equal in full; never more than one such step.
    """
    keeper, ssd = grouping.keeper.copy(), grouping.ssd.copy()
    turn, first_frame = grouping.turn.copy(), grouping.first_frame.copy()
    picture = picture_of(records, copies)

    for images in grouping.groups:
        firsts: defaultdict[Hashable, list[int]] = defaultdict(list)
        same_bytes: defaultdict[tuple[Hashable, bytes], list[int]] = defaultdict(list)
        for image in images.tolist():
            own, record = picture(image), records[image]
            known, equal = firsts[own], same_bytes[own, record.digest]
            kept = int(keeper[image])
            proven = kept != image and picture(kept) == own
            if proven and _stands_for(records[kept], record):
                continue
            pairs = (one for one in known if roles.may_pair(one, image))
            same = (one for one in equal if roles.may_pair(one, image))
            asked = chain(islice(pairs, _ASKED), same)
            first = next((one for one in asked if _stands_for(records[one], record)), None)
            if first is None:
                known.append(image)
                equal.append(image)
            if first is None or kept == image:
                continue
            same_class = classes.class_of[image] == classes.class_of[first]
            keeper[image] = first
            first_frame[image] = False
            ssd[image] = 0 if same_class else distance(image, first)
            onto_first = classes.onto_first
            turn[image] = (
                COMPOSE[onto_first[image], INVERSE[onto_first[first]]] if same_class else IDENTITY
            )
    return replace(
        grouping,
        keeper=keeper,
        ssd=ssd,
        turn=turn.astype(np.int8),
        first_frame=first_frame,
    )
