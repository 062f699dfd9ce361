"""difPy's `result`: every image is listed once, under the earliest image that it matches.

Pairs are walked in path order. They arrive in any order, and all that is remembered is the
earliest partner of every class, so the number of pairs does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice, pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.group.keep import KeepOrder
from difd.engine.group.roles import Roles
from difd.engine.match.classes import Classes
from difd.engine.match.edges import Edges
from difd.engine.prove.turned_copies import TurnedCopies
from difd.engine.record import Record


class Listing(msgspec.Struct, frozen=True, eq=False):
    """The entries of `result`, in the order in which they are shown.

    Attributes:
        key: (k,) int64, the image under which another one is listed.
        match: (k,) int64, that other one.
        ssd: (k,) int64, their SSD.
    """

    key: NDArray[np.int64]
    match: NDArray[np.int64]
    ssd: NDArray[np.int64]


class EarliestPartners:
    """Collects, for every class and role, the earliest image that matches it."""

    def __init__(self, classes: Classes, roles: Roles) -> None:
        self._classes = classes
        self._roles = roles
        self._best = roles.partner.copy()
        self._best[~roles.united] = len(classes.class_of)
        self._ssd = np.zeros(self._best.shape, np.int64)

    def add(self, edges: Edges) -> None:
        """Take in matches."""
        for one, other in ((edges.a, edges.b), (edges.b, edges.a)):
            for role in range(self._roles.count):
                self._improve(role, one, self._roles.partner[other, role], edges.ssd)

    def improves(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which pairs of classes would change anything, if they matched."""
        partner = self._roles.partner
        better = (partner[b] < self._best[a]) | (partner[a] < self._best[b])
        return np.asarray(better.any(axis=1))

    def _improve(
        self,
        role: int,
        classes: NDArray[np.int64],
        partner: NDArray[np.int64],
        ssd: NDArray[np.int64],
    ) -> None:
        order = np.lexsort((partner, classes))
        classes, partner, ssd = classes[order], partner[order], ssd[order]
        first = np.ones(len(classes), np.bool_)
        first[1:] = classes[1:] != classes[:-1]
        first &= partner < self._best[classes, role]
        self._best[classes[first], role] = partner[first]
        self._ssd[classes[first], role] = ssd[first]

    def listing(self, copies: TurnedCopies, distance: Callable[[int, int], int]) -> Listing:
        """The entries, once all matches are in.

        Args:
            copies: turned copies, which match whatever the threshold is.
            distance: the SSD of two images that are turned copies.
        """
        class_of, role_of = self._classes.class_of, self._roles.of
        key = self._best[class_of, role_of]
        ssd = self._ssd[class_of, role_of]
        for images in copies.sets:
            earliest: dict[tuple[int, int, int], int] = {}
            for image in images:
                side = self._roles.kind(image)
                if side not in earliest:
                    earliest[side] = next(
                        (one for one in images if self._roles.may_pair(one, image)), len(key)
                    )
                first = earliest[side]
                if first < key[image] and first < image:
                    key[image], ssd[image] = first, distance(image, first)
        match = np.nonzero(key < np.arange(len(key)))[0]
        order = np.lexsort((match, key[match]))
        match = match[order]
        return Listing(key[match], match, ssd[match])


def lower_quality(
    listing: Listing, records: Sequence[Record], roles: Roles, keep: KeepOrder
) -> NDArray[np.int64]:
    """All but the best image of every set that `result` shows, (k,) int64 in path order.

    The best has most pixels, then most bytes, then comes first by the keep rules. One that is
    better does not count for an image that it is no match of. Reference images are never among the
    others: nobody may remove them.
    """
    lower: set[int] = set()
    bounds = np.nonzero(np.diff(listing.key, prepend=-1, append=-1))[0]
    for start, stop in pairwise(bounds.tolist()):
        images = [int(listing.key[start]), *listing.match[start:stop].tolist()]
        images = [images[place] for place in keep.ordered([records[image] for image in images])]
        # Sorting is stable: the keep rules decide between images of one quality.
        images.sort(key=lambda image: _quality(records[image]))
        lower.update(
            image
            for place, image in enumerate(images)
            if not all(roles.are_apart(image, better) for better in islice(images, place))
        )
    return np.array(sorted(n for n in lower if not records[n].file.reference), np.int64)


def _quality(record: Record) -> tuple[int, int]:
    return -record.width * record.height, -record.file.size
