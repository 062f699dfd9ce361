"""Which images of a search may match each other at all, by their role, not by their looks.

Two reference images are never a pair. In a query, one of the two must have been given by name. And
what somebody said is no duplicate is none.
Roles are few, so that classes of many identical images are handled role by role.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difd.engine.folding import Classes
from difd.engine.ignoring import Contents
from difd.engine.record import Record


@dataclass(frozen=True, slots=True, eq=False)
class Roles:
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
    """

    of: NDArray[np.int8]
    allowed: NDArray[np.bool_]
    present: NDArray[np.bool_]
    partner: NDArray[np.int64]
    contents: Contents
    content: NDArray[np.int32]
    united: NDArray[np.bool_]

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
        return result & ~self.contents.ignored(self.content[a], self.content[b])

    def may_pair(self, one: int, other: int) -> bool:
        """Whether two images may be a pair."""
        allowed = bool(self.allowed[self.of[one], self.of[other]])
        return allowed and not self.contents.are_ignored(one, other)

    def side(self, image: int) -> tuple[int, int]:
        """What decides which others an image may be a pair with: equal sides have the same."""
        return int(self.of[image]), int(self.contents.of[image])


def assign_roles(
    records: Sequence[Record], classes: Classes, contents: Contents, *, query: bool
) -> Roles:
    """Find the roles of all images.

    Args:
        records: in path order.
        classes: of the same images.
        contents: of the same images.
        query: only pairs with an image that was given by name count.
    """
    full = np.array([r.file.reference + 2 * (query and r.file.named) for r in records], np.int8)
    kinds, of = np.unique(full, return_inverse=True)
    allowed = np.array(
        [
            [not (a & b & 1) and (not query or bool((a | b) & 2)) for b in kinds.tolist()]
            for a in kinds.tolist()
        ],
        np.bool_,
    ).reshape(len(kinds), len(kinds))
    first = np.full((len(classes), len(kinds)), len(records), np.int64)
    np.minimum.at(first, (classes.class_of, of), np.arange(len(records)))
    partner = np.full_like(first, len(records))
    for role in range(len(kinds)):
        if allowed[role].any():
            partner[:, role] = first[:, allowed[role]].min(axis=1)
    content = contents.of[classes.first]
    return Roles(
        of.astype(np.int8),
        allowed,
        first < len(records),
        partner,
        contents,
        content,
        united=~contents.ignored(content, content),
    )
