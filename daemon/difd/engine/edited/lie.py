"""How one picture lies in another, by features that look alike and agree on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.likely import Gathered, Likely
from difd.engine.features.codes import ALIKE, flips
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
    pictures = len(gathered.starts) - 1
    angle = gathered.turns * np.float32(2 * math.pi)
    cosine, sine = np.cos(angle), np.sin(angle)
    plain = np.stack([gathered.x, gathered.y, gathered.scales, cosine, sine], axis=1)
    starts = np.concatenate([gathered.starts, gathered.starts[1:] + gathered.starts[-1]])
    for way in np.unique(likely.ways).tolist():
        turned = plain.copy()
        if way & _MIRRORED:
            turned[:, [0, 3]] *= -1
        if way & _INVERTED:
            turned[:, 3:] *= -1
        codes = np.concatenate([gathered.codes ^ flips()[way], gathered.codes])
        places = np.concatenate([turned, plain]).astype(np.float32)

        def laid(
            some: NDArray[np.intp],
            codes: NDArray[np.uint64] = codes,
            places: NDArray[np.float32] = places,
        ) -> tuple[NDArray[np.intp], Maps, NDArray[np.int32]]:
            found, agreeing = np.zeros((len(some), 6)), np.zeros(len(some), np.int32)
            pairs = likely.pairs[some] + np.array([0, pictures])
            loops.lies_of(codes, places, starts, pairs, ALIKE, found, agreeing)
            return some, found, agreeing

        every = np.flatnonzero(likely.ways == way)
        parts = np.split(every, range(_TOGETHER, len(every), _TOGETHER))
        with Threads(threads, check) as pool:
            for some, found, agreeing in pool.in_order(laid, parts):
                check()
                if way & _MIRRORED:
                    found[:, [0, 3]] *= -1
                maps[some], agree[some] = found, agreeing
    return maps, agree
