"""The daemon's desk for the ignore list: puts groups of a search on it, shows it, takes them off.

A group is read from the result of its search, which may be long: that happens in a thread.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from difd.actions.plan.choice import groups_of
from difd.protocol.envelope import Reply
from difd.protocol.errors import UsageError
from difd.protocol.ignoring import (
    ForgetIgnored,
    IgnoredContent,
    IgnoredReply,
    IgnoreGroups,
    ListIgnored,
)
from difd.protocol.jobs import JobInfo
from difd.protocol.results import Member
from difd.service.server.answering import LateReplies
from difd.service.server.verbs import Verb, verb
from difd.store.database import failures_told
from difd.store.ignore_list import IgnoreList
from difd.store.job_journal import JobJournal

WAITING_MAX: Final = 16
"""Requests to ignore groups that may be under way; more are refused."""


class IgnoreDesk:
    """Takes requests about the ignore list.

    Args:
        ignore_list: where ignored groups are kept.
        journal: the job journal's file; it is opened again in a thread.
        find: the job that a client means.
        send: sends a message to a connection; False when it is gone.
    """

    def __init__(
        self,
        ignore_list: IgnoreList,
        journal: Path,
        find: Callable[[str], JobInfo],
        send: Callable[[bytes, msgspec.Struct], bool],
    ) -> None:
        self._list, self._journal, self._find = ignore_list, journal, find
        refusal = f"{WAITING_MAX} requests to ignore groups are under way already."
        self._replies = LateReplies(send, WAITING_MAX, refusal)

    def verbs(self) -> tuple[Verb, ...]:
        """What it answers."""
        return (
            verb(IgnoreGroups, self._add),
            verb(ListIgnored, self._page),
            verb(ForgetIgnored, self._forget, changes=True),
        )

    def _add(self, connection: bytes, request: IgnoreGroups) -> None:
        """Begin to ignore groups.

        Raises:
            UsageError: the job has no result, or too much is asked at once.
        """
        job = self._find(request.job)
        if not job.has_result:
            raise UsageError(f"Job {job.id[:8]} is {job.state} and has no result yet.")
        self._replies.begin(connection, request, partial(self._added, request, job.id))

    def _page(self, _connection: bytes, request: ListIgnored) -> IgnoredReply:
        """A page of the list."""
        with failures_told("The ignore list"):
            groups, after = self._list.page(request.cursor)
        return IgnoredReply(id=request.id, groups=tuple(groups), next_cursor=after)

    def _forget(self, _connection: bytes, request: ForgetIgnored) -> IgnoredReply:
        """Take groups off the list.

        Raises:
            UsageError: one of them is not on it.
        """
        with failures_told("The ignore list"):
            groups = self._list.remove(request.groups)
        return IgnoredReply(id=request.id, groups=tuple(groups))

    async def _added(self, request: IgnoreGroups, job: str) -> Reply:
        with failures_told("The ignore list"):
            found = await asyncio.to_thread(_contents, self._journal, job, request.groups)
            groups = self._list.add(found, time.time())
        return IgnoredReply(id=request.id, groups=tuple(groups))


def _contents(path: Path, job: str, wanted: Sequence[int]) -> list[list[IgnoredContent]]:
    """What the files of some groups of a search contain, group by group as they are wanted.

    Raises:
        UsageError: the search has no such group.
    """
    found: dict[int, list[IgnoredContent]] = {}
    with closing(JobJournal(path)) as journal:
        for members in groups_of(journal.all_rows(job)):
            if members[0].group in wanted:
                found[members[0].group] = _of_members(members)
                if len(found) == len(set(wanted)):
                    break
    missing = set(wanted) - found.keys()
    if missing:
        raise UsageError(
            f"The search has no group {min(missing)}.",
            hint=f"See its groups with: difctl show {job[:8]}",
        )
    return [found[number] for number in dict.fromkeys(wanted)]


def _of_members(members: Sequence[Member]) -> list[IgnoredContent]:
    counts = Counter(member.digest for member in members)
    paths = {member.digest: member.path for member in reversed(members)}
    return [IgnoredContent(digest, paths[digest], count) for digest, count in counts.items()]
