"""Which pictures of a quick look are near a match, and so have to be decoded in full.

A tensor of a reduced decode is off by a small error. If two exact tensors are within a threshold,
the quick ones are within the threshold plus both errors (triangle inequality, root mean square).
That no error exceeds `ERROR` is measured (tests/bench/recall.py), not proven: pure noise and
coloured stripes one pixel wide can exceed it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from difd.engine.match.comparison import Comparison
from difd.engine.record import Record
from difd.engine.work import WorkPool
from difd.protocol.options import MSE_MAX, SearchOptions

ERROR: Final = 2.0
"""Root mean square error of a quick tensor that is allowed for, in grey levels; at most 1.55 was
seen on photos, 1.14 on drawings (pictures that `draft` doubts are decoded in full at once)."""


def near_images(
    records: Sequence[Record],
    signatures: NDArray[np.float32],
    options: SearchOptions,
    pool: WorkPool,
    check: Callable[[], None],
) -> NDArray[np.int64]:
    """The numbers of the pictures that are not exact and near a match with different content.

    Args:
        records: those that are compared with each other.
        signatures: theirs.
        options: the search.
        pool: what compares them, if it can.
        check: called all the time; may raise to stop.
    """
    by_digest: dict[bytes, list[int]] = {}
    for number, record in enumerate(records):
        by_digest.setdefault(record.digest, []).append(number)
    groups = list(by_digest.values())
    # Copies are exact among themselves whatever the tensor: one stands for all.
    first = np.array([group[0] for group in groups], np.int64)
    vague = np.array([not records[number].exact for number in first.tolist()], np.bool_)
    if not vague.any():
        return np.empty(0, np.int64)
    root = math.sqrt(options.similarity)
    widest = replace(options, similarity=min(MSE_MAX, (root + 2 * ERROR) ** 2))
    comparison = Comparison(
        [records[number] for number in first.tolist()],
        signatures[first],
        widest,
        pool=pool,
        check=check,
    )
    near = np.zeros(len(first), np.bool_)

    def undecided(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
        check()
        wanted: NDArray[np.bool_] = (vague[a] & ~near[a]) | (vague[b] & ~near[b])
        return wanted

    for edges in comparison.edges(undecided, lambda _fraction: check()):
        near[edges.a] = near[edges.b] = True
    chosen = np.nonzero(near & vague)[0].tolist()
    return np.array(sorted(n for place in chosen for n in groups[place]), np.int64)
