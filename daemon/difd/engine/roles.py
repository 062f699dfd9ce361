"""Which images of a search may match each other at all, by their role, not by their looks.

Two reference images are never a pair. In a query, one of the two must have been given by name.
Roles are few, so that classes of many identical images are handled role by role.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difd.engine.folding import Classes
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
    """

    of: NDArray[np.int8]
    allowed: NDArray[np.bool_]
    present: NDArray[np.bool_]
    partner: NDArray[np.int64]

    @property
    def count(self) -> int:
        """How many roles occur."""
        return len(self.allowed)

    def may_match(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether any image of class a may be a pair with any of class b, place by place."""
        if self.count == 1:
            return np.full(len(a), self.allowed[0, 0])
        result: NDArray[np.bool_] = np.einsum(
            "kr,rs,ks->k", self.present[a], self.allowed, self.present[b]
        ).astype(np.bool_)
        return result


def assign_roles(records: Sequence[Record], classes: Classes, *, query: bool) -> Roles:
    """Find the roles of all images.

    Args:
        records: in path order.
        classes: of the same images.
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
    return Roles(of.astype(np.int8), allowed, first < len(records), partner)
