"""Groups of pictures that no decoder reads: copies byte for byte, by the rules of all others.

Roles, sides, the ignore list and the keep rules count as for pictures that are compared. difPy's
result lists compared pictures only, so nothing is added to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from difd.engine.group.grouping import Grouping, Links, Walk
from difd.engine.group.ignoring import Contents
from difd.engine.group.keep import KeepOrder, in_keep_order
from difd.engine.group.listing import Listing
from difd.engine.group.roles import Roles, assign_roles, assign_sides
from difd.engine.match.classes import Classes
from difd.engine.match.lookup import Neighbours
from difd.engine.prove.turned_copies import TurnedCopies
from difd.engine.record import Record
from difd.protocol.ignoring import Ignored
from difd.protocol.keep_rules import KeepRule
from difd.protocol.options import SearchOptions

NO_COPIES = TurnedCopies((), {}, {})
NO_LISTING = Listing(*(np.empty(0, np.int64) for _ in range(3)))


def group_undecoded(
    records: Sequence[Record],
    rules: tuple[KeepRule, ...],
    options: SearchOptions,
    ignored: Ignored,
    check: Callable[[], None],
    *,
    query: bool,
) -> tuple[Grouping, Roles, KeepOrder]:
    """Decide who stays of pictures with the same bytes.

    Args:
        records: from `undecoded_copies`, those that are compared with each other, in path order.
        rules: who stays.
        options: of these, `across` counts.
        ignored: files that are no match for each other.
        check: called now and then; may raise to stop.
        query: only pairs with an image that was given by name count.
    """
    contents = Contents([record.digest for record in records], ignored)
    sides = assign_sides([record.file for record in records], options.across)
    classes, spread = _classes([record.digest for record in records], sides)
    roles = assign_roles(records, classes, contents, sides, query=query, across=options.across)
    neighbours = Neighbours(None, len(classes))
    links = Links(classes, roles)
    copies = _same_bytes(spread)
    links.add_copies(copies)
    walk = Walk(
        classes,
        roles,
        neighbours,
        copies,
        distance=lambda _one, _other: 0,
        reference=np.array([record.file.reference for record in records], np.bool_),
        check=check,
    )
    keep, groups = in_keep_order(
        rules, records, links.components(), lambda image: records[image].digest, check
    )
    return walk.run(groups), roles, keep


def _classes(digests: Sequence[bytes], sides: NDArray[np.int32]) -> tuple[Classes, list[list[int]]]:
    """Classes of the same bytes and side, and the images of each content on several sides."""
    numbers: dict[tuple[bytes, int], int] = {}
    class_of = np.array(
        [
            numbers.setdefault((digest, side), len(numbers))
            for digest, side in zip(digests, sides.tolist(), strict=True)
        ],
        np.int32,
    )
    start = np.zeros(len(numbers) + 1, np.int64)
    np.cumsum(np.bincount(class_of, minlength=len(numbers)), out=start[1:])
    members = np.argsort(class_of, kind="stable").astype(np.int32)
    spread: dict[bytes, list[int]] = {}
    for image, digest in enumerate(digests):
        spread.setdefault(digest, []).append(image)
    several = [same for same in spread.values() if len(set(sides[same].tolist())) > 1]
    return Classes(class_of, np.zeros(len(digests), np.int8), members, start), several


def _same_bytes(sets: Sequence[Sequence[int]]) -> TurnedCopies:
    """Contents that lie on several sides, whose classes no comparison connects."""
    if not sets:
        return NO_COPIES
    upright = frozenset({0})
    return TurnedCopies(
        tuple(map(tuple, sets)),
        {image: number for number, same in enumerate(sets) for image in same},
        {image: upright for same in sets for image in same},
    )
