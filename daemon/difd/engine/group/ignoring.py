"""The ignore list in a search: which images are no match because somebody said so.

What is ignored goes by the bytes of files. Images with the same ignored bytes are numbered alike,
so that the question is answered for arrays of pairs at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.protocol.ignoring import Ignored

_NO_GROUP: Final = -1


class Contents:
    """The images of a search by their ignored contents.

    Args:
        digests: those of the images' files, in their order.
        ignored: the ignore list.

    Attributes:
        of: (n,) int32, the number of every image's content; 0 if no ignored group has it.
    """

    def __init__(self, digests: Iterable[bytes], ignored: Ignored) -> None:
        numbers: dict[bytes, int] = {}
        self.of: NDArray[np.int32] = np.array(
            [
                numbers.setdefault(digest, len(numbers) + 1) if ignored.groups_of(digest) else 0
                for digest in digests
            ],
            np.int32,
        )
        groups = [(), *map(ignored.groups_of, numbers)]
        # (contents, most groups of one content): the groups that have each content.
        self._groups = np.full((len(groups), max(map(len, groups))), _NO_GROUP, np.int64)
        for number, own in enumerate(groups):
            self._groups[number, : len(own)] = own
        self._repeated = np.array([False, *map(ignored.is_repeated, numbers)], np.bool_)

    def ignored(self, one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether images with these contents are no match, place by place."""
        result = np.zeros(len(one), np.bool_)
        places = np.nonzero((one > 0) & (other > 0))[0]
        if len(places):
            one, other = one[places], other[places]
            shared = np.zeros(len(places), np.bool_)
            for own in self._groups.T:
                for others in self._groups.T:
                    shared |= (own[one] == others[other]) & (own[one] != _NO_GROUP)
            result[places] = np.where(one == other, self._repeated[one], shared)
        return result

    def are_ignored(self, one: int, other: int) -> bool:
        """Whether two images are no match."""
        # Nearly all images are in no ignored group; they must cost nothing.
        if not self.of[one] or not self.of[other]:
            return False
        return bool(self.ignored(self.of[[one]], self.of[[other]])[0])
