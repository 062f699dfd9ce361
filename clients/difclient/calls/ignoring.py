"""The ignore list through the daemon: what is no duplicate, and taking that back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from difclient.calls.asking import Ask
from difclient.connection import new_id
from difd.protocol.ignoring import (
    ForgetIgnored,
    IgnoredGroup,
    IgnoredReply,
    IgnoreGroups,
    ListIgnored,
)


class IgnoreClient:
    """The part of a client that deals with the ignore list; reached as `Client.ignoring`.

    Args:
        ask: sends a request and returns its reply.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def add(self, job: str, groups: Sequence[int]) -> tuple[IgnoredGroup, ...]:
        """Ignore groups of a finished search from now on.

        Raises:
            UsageError: there is no such job or group, or the job has no result.
        """
        request = IgnoreGroups(id=new_id(), job=job, groups=tuple(groups))
        return self._ask(request, IgnoredReply).groups

    def groups(self) -> Iterator[IgnoredGroup]:
        """All ignored groups, oldest first, fetched page by page."""
        cursor: int | None = 0
        while cursor is not None:
            page = self._ask(ListIgnored(id=new_id(), cursor=cursor), IgnoredReply)
            yield from page.groups
            cursor = page.next_cursor

    def remove(self, references: Sequence[str]) -> tuple[IgnoredGroup, ...]:
        """Take groups off the list, named by their ids or the beginnings of these.

        Raises:
            UsageError: one of them is not on it; then all stay.
        """
        request = ForgetIgnored(id=new_id(), groups=tuple(references))
        return self._ask(request, IgnoredReply).groups
