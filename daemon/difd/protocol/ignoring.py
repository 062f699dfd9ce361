"""The ignore list: groups that somebody said are no duplicates, remembered by what files contain.

Every two files of such a group are no match from then on, wherever they are and whatever they are
called. A file that is changed is another one; a copy that the group did not have is found as ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

from difd.protocol.envelope import JobReference, Reply, Request

GroupNumber = Annotated[int, msgspec.Meta(ge=1)]
EntryReference = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
"""The id of an ignored group, or the beginning of one."""


class IgnoredContent(msgspec.Struct, frozen=True):
    """What one or several files of an ignored group contain.

    Attributes:
        digest: of the bytes.
        path: where one of them was when the group was ignored, for people.
        count: how many files of the group had these bytes.
    """

    digest: bytes
    path: bytes
    count: int = 1


class IgnoredGroup(msgspec.Struct, frozen=True):
    """One entry of the ignore list.

    Attributes:
        id: made from the contents, so that a group is never in the list twice.
        created: when it was ignored, in seconds since 1970.
        contents: each once, in the order of the group.
    """

    id: str
    created: float
    contents: tuple[IgnoredContent, ...]

    @property
    def files(self) -> int:
        """How many files the group had."""
        return sum(content.count for content in self.contents)


class Ignored:
    """Which contents are no match for each other, by digest.

    Args:
        groups: the ignore list.
    """

    def __init__(self, groups: Iterable[IgnoredGroup] = ()) -> None:
        self._groups: defaultdict[bytes, tuple[int, ...]] = defaultdict(tuple)
        self._repeated: set[bytes] = set()
        for number, group in enumerate(groups):
            for content in group.contents:
                self._groups[content.digest] += (number,)
                if content.count > 1:
                    self._repeated.add(content.digest)

    def __bool__(self) -> bool:
        return bool(self._groups)

    def groups_of(self, digest: bytes) -> tuple[int, ...]:
        """The numbers of the ignored groups that have this content."""
        return self._groups.get(digest, ())

    def is_repeated(self, digest: bytes) -> bool:
        """Whether files with these same bytes are no match for each other."""
        return digest in self._repeated

    def between(self, one: bytes, other: bytes) -> bool:
        """Whether two files with these contents are no match."""
        if one == other:
            return self.is_repeated(one)
        return not set(self.groups_of(one)).isdisjoint(self.groups_of(other))


NOTHING_IGNORED: Final = Ignored()
"""An empty ignore list."""


class IgnoreGroups(Request, frozen=True, tag="ignore_add"):
    """Ignore these groups of a finished search from now on; all of them or none."""

    job: JobReference
    groups: Annotated[tuple[GroupNumber, ...], msgspec.Meta(min_length=1, max_length=10_000)]


class ListIgnored(Request, frozen=True, tag="ignore_list"):
    """A page of the ignore list, oldest first, from `cursor` on."""

    cursor: Annotated[int, msgspec.Meta(ge=0)] = 0


class ForgetIgnored(Request, frozen=True, tag="ignore_remove"):
    """Take these groups off the ignore list; all of them or none."""

    groups: Annotated[tuple[EntryReference, ...], msgspec.Meta(min_length=1, max_length=10_000)]


class IgnoredReply(Reply, frozen=True, tag="ignored_groups"):
    """The answer to all of these: what was added or removed, or a page of the list.

    Attributes:
        next_cursor: where a list goes on; None after the last group.
    """

    groups: tuple[IgnoredGroup, ...]
    next_cursor: int | None = None
