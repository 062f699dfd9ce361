"""Which pictures of a first look are near a match, and so have to be read in full.

A tensor of a reduced decode is off by a small error. If two exact tensors are within a threshold,
the quick ones are within the threshold plus both errors (triangle inequality, root mean square).
Turned copies may be further apart than that, by the rounding of their resizes: their tallies tell.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from difd.engine.match.comparison import Comparison
from difd.engine.match.signature import signatures_of
from difd.engine.record import Record
from difd.engine.work import WorkPool
from difd.protocol.options import MSE_MAX, SearchOptions


def near_images(
    records: Sequence[Record],
    signatures: NDArray[np.float32],
    options: SearchOptions,
    pool: WorkPool,
    check: Callable[[], None],
) -> NDArray[np.int64]:
    """The numbers of the pictures that are a first look and near a match with different content.

    Args:
        records: those that are compared with each other.
        signatures: theirs.
        options: the search.
        pool: what compares them, if it can.
        check: called all the time; may raise to stop.
    """
    if all(record.exact for record in records):
        return np.empty(0, np.int64)
    by_digest: dict[bytes, list[int]] = {}
    for number, record in enumerate(records):
        by_digest.setdefault(record.digest, []).append(number)
    groups = list(by_digest.values())
    # Copies are exact among themselves whatever the tensor: one stands for all.
    first = np.array([group[0] for group in groups], np.int64)
    vague = np.array([not records[number].exact for number in first.tolist()], np.bool_)
    if not vague.any():  # all that are, are copies of others
        return np.empty(0, np.int64)
    near = _share_tally([records[number] for number in first.tolist()])
    root = math.sqrt(options.similarity)
    error = np.array([records[number].error for number in first.tolist()], np.float64)
    widest = replace(options, similarity=min(MSE_MAX, (root + 2 * float(error.max())) ** 2))
    comparison = Comparison(
        [records[number] for number in first.tolist()],
        signatures_of(signatures, first),
        widest,
        pool=pool,
        check=check,
    )
    values = records[0].tensor.size

    def undecided(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
        check()
        wanted: NDArray[np.bool_] = (vague[a] & ~near[a]) | (vague[b] & ~near[b])
        return wanted

    for edges in comparison.edges(undecided, lambda _fraction: check()):
        reach = (root + error[edges.a] + error[edges.b]) ** 2
        within = edges.ssd <= np.nextafter(reach * values, math.inf)
        near[edges.a[within]] = near[edges.b[within]] = True
    chosen = np.nonzero(near & vague)[0].tolist()
    return np.array(sorted(n for place in chosen for n in groups[place]), np.int64)


def _share_tally(records: Sequence[Record]) -> NDArray[np.bool_]:
    """Which of some different contents may be turned copies of one another."""
    count = Counter(record.tally for record in records)
    return np.array([bool(r.tally) and count[r.tally] > 1 for r in records], np.bool_)
