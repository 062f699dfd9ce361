"""How one picture lies in another, by features that look alike and agree on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.likely import Gathered, Likely, Pairs
from difd.engine.features.codes import ALIKE, flips
from difd.engine.features.features import placed
from difd.engine.native.chosen import loops
from difd.engine.threads import Threads

Maps = NDArray[np.float64]
"""(m, 6): x' = m[0] x + m[1] y + m[2], y' = m[3] x + m[4] y + m[5], in longer edges of either."""

_MIRRORED: Final = 1
_INVERTED: Final = 2


_TOGETHER: Final = 256
"""Pairs that a thread takes at once."""


def lies(
    gathered: Gathered,
    likely: Likely,
    check: Callable[[], None] = lambda: None,
    threads: int = 1,
) -> tuple[Maps, NDArray[np.int32]]:
    """The map of the first picture of each pair into the second, and how many features agree on it.

    Mirrored pictures have maps of a negative determinant.

    Args:
        gathered: the features of all pictures.
        likely: the pairs.
        check: called now and then; may raise to stop.
        threads: how many work at once.
    """
    maps = np.zeros((len(likely.pairs), 6))
    agree = np.zeros(len(likely.pairs), np.int32)
    order = np.argsort(likely.ways, kind="stable")
    ends = np.searchsorted(likely.ways[order], np.arange(len(flips()) + 1))

    def laid(some: NDArray[np.intp]) -> tuple[NDArray[np.intp], Maps, NDArray[np.int32]]:
        return some, *_laid(gathered, likely.pairs[some], int(likely.ways[some[0]]))

    parts = [
        order[start : min(start + _TOGETHER, end)]
        for begin, end in pairwise(ends.tolist())
        for start in range(begin, end, _TOGETHER)
    ]
    with Threads(threads, check) as pool:
        for some, found, agreeing in pool.in_order(laid, parts):
            check()
            maps[some], agree[some] = found, agreeing
    return maps, agree


def _laid(gathered: Gathered, pairs: Pairs, way: int) -> tuple[Maps, NDArray[np.int32]]:
    """The same for pairs that lie in each other in one way."""
    found, agree = np.zeros((len(pairs), 6)), np.zeros(len(pairs), np.int32)
    pictures, sides = np.unique(pairs, return_inverse=True)
    held = [slice(*gathered.starts[one : one + 2].tolist()) for one in pictures.tolist()]
    codes = np.concatenate([gathered.codes[one] for one in held])
    x, y, scales, turns = placed(np.concatenate([gathered.places[one] for one in held]))
    angle = turns * np.float32(2 * math.pi)
    plain = np.stack([x, y, scales, np.cos(angle), np.sin(angle)], axis=1)
    turned = plain.copy()
    if way & _MIRRORED:
        turned[:, [0, 3]] *= -1
    if way & _INVERTED:
        turned[:, 3:] *= -1
    both = np.concatenate([codes ^ flips()[way], codes])
    starts = np.cumsum([0, *[one.stop - one.start for one in held] * 2])
    numbers = sides.reshape(pairs.shape) + np.array([0, len(pictures)])
    places = np.concatenate([turned, plain]).astype(np.float32)
    loops.lies_of(both, places, starts, numbers, ALIKE, found, agree)
    if way & _MIRRORED:
        found[:, [0, 3]] *= -1
    return found, agree
