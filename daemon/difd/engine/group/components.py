"""Connected components of a graph whose edges arrive in arrays, a few at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Components:
    """Disjoint sets of the numbers 0 to count - 1.

    The root of a set is its smallest number, so the outcome does not depend on the order.
    """

    def __init__(self, count: int) -> None:
        self._parent: NDArray[np.int64] = np.arange(count)

    def roots(self, items: NDArray[np.int64]) -> NDArray[np.int64]:
        """The root of the set of every item, (k,) int64; paths are shortened on the way."""
        root = self._parent[items]
        while True:
            above = self._parent[root]
            if np.array_equal(above, root):
                break
            root = self._parent[above]
        self._parent[items] = root
        return root

    def unite(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> None:
        """Join the set of every a with that of the b in the same place."""
        while True:
            one, other = self.roots(a), self.roots(b)
            apart = one != other
            if not apart.any():
                return
            a, b, one, other = a[apart], b[apart], one[apart], other[apart]
            # A root that is to hang under several takes the smallest; the rest comes next round.
            np.minimum.at(self._parent, np.maximum(one, other), np.minimum(one, other))
