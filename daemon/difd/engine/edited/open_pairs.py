"""Pairs of pictures that are still to be compared pixel by pixel, and in what order.

Pictures are compared with the largest of those that they may be related to first: of copies of one
picture nobody needs to know how each lies in every other one. Where very many pictures may be
related, as scans of one form, each is compared with those that it has most in common with.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.laying import LayTask
from difd.engine.edited.likely import Pairs
from difd.engine.record import Record

Pair = tuple[int, int]


class OpenPairs:
    """Pairs that are still to be compared.

    Args:
        records: the pictures.
        tasks: of each pair, the lower number first; those that have most in common first.
    """

    def __init__(self, records: Sequence[Record], tasks: dict[Pair, list[LayTask]]) -> None:
        self._tasks = dict(tasks)
        self._smaller: defaultdict[int, set[int]] = defaultdict(set)
        self._larger: defaultdict[int, set[int]] = defaultdict(set)
        self._origins: defaultdict[int, set[int]] = defaultdict(set)
        for pair in tasks:
            large, small = sorted(pair, key=lambda n: (-records[n].width * records[n].height, n))
            self._smaller[large].add(small)
            self._larger[small].add(large)
        self._ready = {image for image in self._smaller if not self._larger[image]}

    @property
    def count(self) -> int:
        """How many pairs there are."""
        return len(self._tasks)

    def next_tasks(self, enough: int) -> list[LayTask]:
        """Tasks of pictures that are larger than all that they are open with.

        Args:
            enough: with so many tasks, the other pictures wait for the next time.
        """
        tasks: list[LayTask] = []
        for image in sorted(self._ready):
            if len(tasks) >= enough:
                break
            self._ready.discard(image)
            for other in sorted(self._smaller[image]):
                tasks += self._close(image, other)
        return tasks

    def settle(self, image: int, origin: int) -> None:
        """Note that a picture comes from another, and drop what need not be known any more."""
        self._origins[image].add(origin)
        for other in [*self._smaller[image], *self._larger[image]]:
            if self._origins[image] & self._origins[other]:
                self._close(image, other)

    def narrow(self, most: Callable[[int], int]) -> int:
        """Drop pairs that are not among the first so many of one of their pictures; how many.

        Args:
            most: how many of a picture's pairs are kept.
        """
        taken: Counter[int] = Counter()
        far = []
        for pair in self._tasks:
            if all(taken[image] >= most(image) for image in pair):
                far.append(pair)
            taken.update(pair)
        for pair in far:
            self._close(*pair)
        return len(far)

    def _close(self, one: int, other: int) -> list[LayTask]:
        large, small = (one, other) if other in self._smaller[one] else (other, one)
        self._smaller[large].discard(small)
        self._larger[small].discard(large)
        if not self._smaller[large]:
            self._ready.discard(large)
        if not self._larger[small] and self._smaller[small]:
            self._ready.add(small)
        return self._tasks.pop((min(one, other), max(one, other)))


def nearest(pairs: Pairs, score: NDArray[np.integer], most: int) -> NDArray[np.bool_]:
    """Which pairs to keep: those that one of their pictures has among its best.

    Args:
        pairs: (n, 2).
        score: (n,), the higher the better.
        most: how many to keep.
    """
    if len(pairs) <= most:
        return np.ones(len(pairs), np.bool_)
    pictures, rows = pairs.T.ravel(), np.tile(np.arange(len(pairs)), 2)
    order = np.lexsort((-score[rows], pictures))
    starts = np.flatnonzero(np.diff(pictures[order], prepend=-1))
    place = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    best = np.full(len(pairs), len(order))
    np.minimum.at(best, rows[order], place)
    kept = np.zeros(len(pairs), np.bool_)
    kept[np.lexsort((-score, best))[:most]] = True
    return kept
