"""Second look at a decided group: proven copies go under their own best, not under a likeness.

The walk in keep order may decide five equal files by a sixth that merely resembles them, and all
five would have to be looked at. Four of them are proven copies of the fifth; they are put under it.
The fifth keeps its place under the sixth. Whoever removes it as well must check its copies against
the sixth instead, which they match as it does: their pixels are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import numpy as np

from difd.engine.group.grouping import Grouping
from difd.engine.group.roles import Roles
from difd.engine.match.classes import Classes
from difd.engine.orientation import COMPOSE, IDENTITY, INVERSE
from difd.engine.prove.turned_copies import TurnedCopies
from difd.engine.record import Record


def picture_of(records: Sequence[Record], copies: TurnedCopies) -> Callable[[int], Hashable]:
    """A function that is equal for images whose pictures are proven equal.

    Args:
        records: the images, in path order.
        copies: turned copies.
    """

    def picture(image: int) -> Hashable:
        # Turned copies are one set; all others are equal only with the same pixels. What could not
        # be decoded has none.
        number = copies.set_of.get(image)
        record = records[image]
        return (record.pixel_digest or record.digest) if number is None else number

    return picture


def under_equals(  # noqa: PLR0917  what `Walk` takes
    grouping: Grouping,
    records: Sequence[Record],
    classes: Classes,
    roles: Roles,
    copies: TurnedCopies,
    distance: Callable[[int, int], int],
) -> Grouping:
    """Put every image that its keeper merely resembles under the first that it equals in full.

    Args:
        grouping: as the walk decided; it is not changed.
        records: the images, in path order.
        classes: their classes of identical tensors.
        roles: which of them may be a pair.
        copies: turned copies.
        distance: the SSD of two images that are turned copies.

    Returns:
        The grouping in which `keeper` may be an image that itself is under another one, if it is
        equal in full; never more than one such step.
    """
    keeper, ssd = grouping.keeper.copy(), grouping.ssd.copy()
    turn, first_frame = grouping.turn.copy(), grouping.first_frame.copy()
    picture = picture_of(records, copies)

    for images in grouping.groups:
        firsts: defaultdict[Hashable, list[int]] = defaultdict(list)
        for image in images.tolist():
            own = picture(image)
            known = firsts[own]
            first = next((one for one in known if roles.may_pair(one, image)), None)
            proven = picture(int(keeper[image])) == own
            if first is None and (keeper[image] == image or not proven):
                known.append(image)
            if first is None or proven:
                continue
            same_class = classes.class_of[image] == classes.class_of[first]
            keeper[image] = first
            first_frame[image] = False
            ssd[image] = 0 if same_class else distance(image, first)
            onto_first = classes.onto_first
            turn[image] = (
                COMPOSE[onto_first[image], INVERSE[onto_first[first]]] if same_class else IDENTITY
            )
    return replace(
        grouping,
        keeper=keeper,
        ssd=ssd,
        turn=turn.astype(np.int8),
        first_frame=first_frame,
    )
