"""Which images of a search may match each other at all, by their role, not by their looks.

Two reference images are never a pair. In a query, one of the two must have been given by name. And
what somebody said is no duplicate is none. Pairs may be wanted only across folders; then an image
is on the side of its folder, and two of one side are no pair.
Roles are few, so that classes of many identical images are handled role by role. Sides may be many,
so a class has images of one side only (see `classes`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.group.ignoring import Contents
from difd.engine.match.classes import Classes
from difd.engine.record import Found, Record
from difd.protocol.options import Across


class Roles(msgspec.Struct, frozen=True, eq=False):
    """The roles that occur in a search: at most four, mostly one.

    Attributes:
        of: (n,) int8, the role of every image.
        allowed: (r, r) bool, whether images of two roles may be a pair.
        present: (m, r) bool, whether a class has images of a role.
        partner: (m, r) int64, the first image of the class that an image of the role may be a
            pair with; n if there is none.
        contents: the ignored contents of all images.
        content: (m,) int32, that of every class.
        united: (m,) bool, whether the images of a class may be pairs with each other.
        side_of: (n,) int32, the side of every image, see `assign_sides`.
        side_of_class: (m,) int32, that of every class.
    """

    of: NDArray[np.int8]
    allowed: NDArray[np.bool_]
    present: NDArray[np.bool_]
    partner: NDArray[np.int64]
    contents: Contents
    content: NDArray[np.int32]
    united: NDArray[np.bool_]
    side_of: NDArray[np.int32]
    side_of_class: NDArray[np.int32]

    @property
    def count(self) -> int:
        """How many roles occur."""
        return len(self.allowed)

    def may_match(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether any image of class a may be a pair with any of class b, place by place."""
        if self.count == 1:
            result = np.full(len(a), self.allowed[0, 0])
        else:
            result = np.einsum(
                "kr,rs,ks->k", self.present[a], self.allowed, self.present[b]
            ).astype(np.bool_)
        result = result & ~self.contents.ignored(self.content[a], self.content[b])
        one, other = self.side_of_class[a], self.side_of_class[b]
        return np.asarray(result & ((one != other) | (one == 0)))

    def may_pair(self, one: int, other: int) -> bool:
        """Whether two images may be a pair."""
        allowed = bool(self.allowed[self.of[one], self.of[other]])
        return allowed and not self.are_apart(one, other)

    def are_apart(self, one: int, other: int) -> bool:
        """Whether two images are no match whatever their roles are: ignored, or of one side."""
        same = self.side_of[one] == self.side_of[other] != 0
        return bool(same) or self.contents.are_ignored(one, other)

    def kind(self, image: int) -> tuple[int, int, int]:
        """What decides which others an image may be a pair with: equal kinds have the same."""
        return int(self.of[image]), int(self.contents.of[image]), int(self.side_of[image])


def assign_sides(files: Sequence[Found], across: Across) -> NDArray[np.int32]:
    """The side of every file, 1 and more; 0 for all if sides do not count, (n,) int32.

    Two files of one side are no pair: those of one folder, or of one given folder. An image that
    was given by name is on a side of its own then.
    """
    if across not in {"folders", "given"}:
        return np.zeros(len(files), np.int32)
    numbers: dict[bytes | int, int] = {}
    sides = []
    for file in files:
        if across == "folders":
            own: bytes | int = os.path.dirname(file.path)
        else:
            own = file.path if file.named else file.given
        sides.append(numbers.setdefault(own, len(numbers) + 1))
    return np.array(sides, np.int32)


def assign_roles(
    records: Sequence[Record],
    classes: Classes,
    contents: Contents,
    sides: NDArray[np.int32],
    *,
    query: bool,
    across: Across = "off",
) -> Roles:
    """Find the roles of all images.

    Args:
        records: in path order.
        classes: of the same images.
        contents: of the same images.
        sides: of the same images, see `assign_sides`; a class has images of one side only.
        query: only pairs with an image that was given by name count.
        across: with "reference", only pairs of a reference image with another one count.
    """
    full = np.array([r.file.reference + 2 * (query and r.file.named) for r in records], np.int8)
    kinds, of = np.unique(full, return_inverse=True)

    def may_be(a: int, b: int) -> bool:
        references = (a & 1) + (b & 1)
        wanted = references == 1 or (references == 0 and across != "reference")
        return wanted and (not query or bool((a | b) & 2))

    allowed = np.array(
        [[may_be(a, b) for b in kinds.tolist()] for a in kinds.tolist()], np.bool_
    ).reshape(len(kinds), len(kinds))
    first = np.full((len(classes), len(kinds)), len(records), np.int64)
    np.minimum.at(first, (classes.class_of, of), np.arange(len(records)))
    partner = np.full_like(first, len(records))
    for role in range(len(kinds)):
        if allowed[role].any():
            partner[:, role] = first[:, allowed[role]].min(axis=1)
    content = contents.of[classes.first]
    side = sides[classes.first]
    return Roles(
        of.astype(np.int8),
        allowed,
        first < len(records),
        partner,
        contents,
        content,
        united=~contents.ignored(content, content) & (side == 0),
        side_of=sides,
        side_of_class=side,
    )
