"""Of two folders that share pictures one keeps them all, where the rules find no difference.

Which one is counted over the whole search: the folder whose files the rules preferred more often.
So it does not depend on which files are met first, and a person finds one of the two folders whole.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import Final

_MOST_FOLDERS: Final = 32
"""Copies in more folders say little about any two of them, and their pairs would be too many."""

Edges = Mapping[bytes, AbstractSet[bytes]]


class Directions:
    """Collects what the rules decide between folders, and orders the folders by it."""

    def __init__(self) -> None:
        self._folders: set[bytes] = set()
        self._wins: Counter[tuple[bytes, bytes]] = Counter()
        self._pairs: set[tuple[bytes, bytes]] = set()
        self._positions: dict[bytes, int] | None = None

    def add_folders(self, folders: Iterable[bytes]) -> None:
        """Take in folders of files between which the rules decide nothing."""
        self._folders.update(folders)
        self._positions = None

    def add_copies(self, best: Mapping[bytes, int]) -> None:
        """Take in files that are proven equal.

        Args:
            best: of every folder, the place of its best file by the rules; equal where they tie.
        """
        if not 1 < len(best) <= _MOST_FOLDERS:
            return
        for pair in combinations(sorted(best), 2):
            self._pairs.add(pair)
            one, other = pair
            if best[one] != best[other]:
                self._wins[pair if best[one] < best[other] else (other, one)] += 1
        self._positions = None

    def position(self, folder: bytes) -> int:
        """The place of a folder among all: the first keeps what it shares with a later one."""
        if self._positions is None:
            folders = self._folders.union(*self._pairs)
            ordered = _ordered(folders, [self._preferred(), self._by_path()])
            self._positions = {one: place for place, one in enumerate(ordered)}
        return self._positions.get(folder, len(self._positions))

    def has_won(self, folder: bytes, other: bytes) -> bool:
        """Whether the rules preferred the files of a folder to those of another one more often."""
        return self._wins[folder, other] > self._wins[other, folder]

    def _preferred(self) -> Edges:
        """Which folders come after a folder because the rules preferred its files."""
        after: defaultdict[bytes, set[bytes]] = defaultdict(set)
        for one, other in self._pairs:
            if self.has_won(one, other):
                after[one].add(other)
            elif self.has_won(other, one):
                after[other].add(one)
        return after

    def _by_path(self) -> Edges:
        """Which folders come after a folder because of nothing but their paths."""
        after: defaultdict[bytes, set[bytes]] = defaultdict(set)
        for one, other in self._pairs:
            if not self.has_won(one, other) and not self.has_won(other, one):
                after[one].add(other)
        return after


def _ordered(folders: AbstractSet[bytes], levels: list[Edges]) -> list[bytes]:
    """Folders in an order that agrees with all edges, as far as these agree with each other.

    Edges may run in a circle: A before B, B before C, C before A. Inside a circle the last level is
    given up, and where a circle is left without it, the paths decide.

    Args:
        folders: what to order.
        levels: for each folder those that come after it; the more important edges first.
    """
    if not levels:
        return sorted(folders)
    after = {
        one: sorted({other for level in levels for other in level.get(one, ())} & folders)
        for one in folders
    }
    circles = _circles(after)
    number = {one: place for place, circle in enumerate(circles) for one in circle}
    before = [0] * len(circles)
    following: list[set[int]] = [set() for _ in circles]
    for one, others in after.items():
        following[number[one]].update(number[other] for other in others)
    for place, places in enumerate(following):
        places.discard(place)
        for other in places:
            before[other] += 1
    ready = [(min(circles[place]), place) for place, count in enumerate(before) if not count]
    heapq.heapify(ready)
    result: list[bytes] = []
    while ready:
        _, place = heapq.heappop(ready)
        circle = circles[place]
        result += circle if len(circle) == 1 else _ordered(frozenset(circle), levels[:-1])
        for other in following[place]:
            before[other] -= 1
            if not before[other]:
                heapq.heappush(ready, (min(circles[other]), other))
    return result


def _circles(after: Mapping[bytes, list[bytes]]) -> list[list[bytes]]:
    """The strongly connected components of a graph (Tarjan 1972), without recursion."""
    index: dict[bytes, int] = {}
    low: dict[bytes, int] = {}
    open_: dict[bytes, None] = {}
    found: list[list[bytes]] = []
    for start in sorted(after):
        if start in index:
            continue
        index[start] = low[start] = len(index)
        open_[start] = None
        path = [(start, iter(after[start]))]
        while path:
            one, others = path[-1]
            other = next(others, None)
            if other is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[one])
                if low[one] == index[one]:
                    circle: list[bytes] = []
                    while not circle or circle[-1] != one:
                        circle.append(open_.popitem()[0])
                    found.append(circle)
            elif other not in index:
                index[other] = low[other] = len(index)
                open_[other] = None
                path.append((other, iter(after[other])))
            elif other in open_:
                low[one] = min(low[one], index[other])
    return found
