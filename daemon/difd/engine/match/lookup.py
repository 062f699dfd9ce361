"""Looks up the matches of one class, from memory or by comparing again.

A threshold that everything meets makes more matches than memory holds; then nothing is stored, and
the few classes whose matches are needed are compared once more.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.engine.match.comparison import Comparison, Relevant
from difd.engine.match.edges import Edges, join_edges

STORED: Final = 4_000_000
"""Matches between classes that are kept in memory, about 400 MB; beyond, they are found again."""


class Neighbours:
    """Looks up the matches of a class: from memory, or by comparing again if there are too many.

    Args:
        comparison: where they come from; None if there are none.
        count: how many classes there are.
        capacity: how many are kept.
        relevant: pairs that count when they are compared again; all if None.
    """

    def __init__(
        self,
        comparison: Comparison | None,
        count: int,
        capacity: int = STORED,
        *,
        relevant: Relevant | None = None,
    ) -> None:
        self._comparison = comparison
        self._relevant = relevant
        self._capacity = capacity
        self._count = count
        self._parts: list[Edges] = []
        self._stored = 0
        self._edges = join_edges(())
        self._start = np.zeros(count + 1, np.int64)
        self._linked = np.zeros(count, np.bool_)
        self._stills = np.zeros(count, np.bool_)

    @property
    def complete(self) -> bool:
        """Whether all matches so far are in memory."""
        return self._stored <= self._capacity

    def add(self, edges: Edges) -> None:
        """Take in matches while there is room."""
        self._linked[edges.a] = True
        self._linked[edges.b] = True
        self._stills[edges.a[edges.first_frame]] = True
        self._stills[edges.b[edges.first_frame]] = True
        self._stored += len(edges)
        if self.complete:
            self._parts.append(edges)
        else:
            self._parts.clear()

    def finish(self) -> None:
        """Sort the matches by class, after the last was added."""
        both = join_edges([part for edges in self._parts for part in (edges, edges.reversed())])
        self._parts.clear()
        self._edges = both.select(np.lexsort((both.b, both.a)))
        np.cumsum(np.bincount(both.a, minlength=self._count), out=self._start[1:])

    def of(self, number: int, among: NDArray[np.bool_]) -> Edges:
        """The matches of class `number` with those of `among`, (m,) bool, sorted by class.

        The class itself is `a` in all of them.
        """
        if not self._linked[number] or self._comparison is None:
            return join_edges(())
        if self.complete:
            edges = self._edges.select(slice(self._start[number], self._start[number + 1]))
            return edges.select(among[edges.b])
        edges = self._comparison.edges_of(number, among)
        if self._relevant is not None:
            edges = edges.select(self._relevant(edges.a, edges.b))
        return edges.select(np.argsort(edges.b, kind="stable"))

    @property
    def any_stills(self) -> bool:
        """Whether any still matches an animation."""
        if self.complete:
            return bool(self._stills.any())
        return self._comparison is not None and self._comparison.any_animations

    def of_stills(self, number: int) -> Edges:
        """The matches of a class that are a still against an animation."""
        # Beyond the capacity not every match was seen, so the flags are not complete either.
        if self.complete and not self._stills[number]:
            return join_edges(())
        edges = self.of(number, np.ones(self._count, np.bool_))
        return edges.select(edges.first_frame)
