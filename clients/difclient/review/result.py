"""A search's groups as the page needs them, and what was decided about each file.

Read once, page by page, up to where the groups end: the pairs behind them are for programs. What
was decided since, by whatever page or client, the daemon knows.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, get_args

import msgspec

from difclient.client import Client
from difclient.fate import gone_since, ignored_among
from difclient.language.catalogue import _
from difd.protocol.actions import PlanItem
from difd.protocol.deciding import Decision
from difd.protocol.errors import UsageError
from difd.protocol.jobs import JobInfo
from difd.protocol.results import Group, Match, Member, Row

STRENGTHS: Final[tuple[Match, ...]] = get_args(Match)


class File(msgspec.Struct, eq=False):
    """One file of a group.

    Attributes:
        row: its place among the rows of the result; what requests name it by.
        member: what the search says of it.
        goes: what was decided; what the search proposes while nothing is.
        gone: an action took it away, and nothing brought it back.
    """

    row: int
    member: Member
    goes: bool
    gone: bool = False

    @property
    def fixed(self) -> str | None:
        """Why it cannot be chosen to go, in the daemon's words; None if it can."""
        if self.member.reference:
            return "it lies in a reference folder"
        if self.gone:
            return "it is gone already"
        if self.member.action != "none":
            return None
        return "; ".join(self.against) or self.member.reason

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before it goes; what already says why it cannot go is not said again."""
        return () if self.against else self.member.warnings

    @property
    def against(self) -> tuple[str, ...]:
        """Why it stays, as the search says it beside what the file is to the other one."""
        member = self.member
        if member.action != "none" or not (member.is_beside or not member.writable):
            return ()
        return member.warnings

    @property
    def folder(self) -> bytes:
        """The folder that it lies in."""
        return os.path.dirname(self.member.path)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.member.width, self.member.height

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.member.width * self.member.height


class FoundGroup(msgspec.Struct, eq=False):
    """One group.

    Attributes:
        files: its members.
        edited: edited copies of these, which are no members.
        chosen: the rows that go by what somebody decided; None if nobody did.
        ignored: the id of its entry in the ignore list, if the user put it there from here.
        of: the number of the group that this is a part of; None if it is all of it.
    """

    row: Group
    files: list[File] = msgspec.field(default_factory=list)
    edited: list[File] = msgspec.field(default_factory=list)
    chosen: frozenset[int] | None = None
    ignored: str | None = None
    of: int | None = None

    @property
    def number(self) -> int:
        """Its number in the result."""
        return self.row.id

    @property
    def match(self) -> Match:
        """The weakest match in it."""
        found = {file.member.match for file in self.files if file.member.match}
        if not found and self.edited:
            return "edited"
        return next((one for one in reversed(STRENGTHS) if one in found), "bytes")

    @property
    def going(self) -> list[File]:
        """The files that are chosen to go; none of what is no duplicates."""
        return [] if self.ignored else [file for file in self.every if file.goes]

    @property
    def every(self) -> list[File]:
        """The members, and the edited copies."""
        return [*self.files, *self.edited]

    @property
    def decided(self) -> bool:
        """Whether somebody decided about it."""
        return self.chosen is not None

    @property
    def decision(self) -> Decision:
        """What somebody decided about it, or that nobody did."""
        return Decision(self.number, None if self.chosen is None else tuple(sorted(self.chosen)))

    def take(self, decision: Decision) -> None:
        """Let files go or stay as it was decided; None is what the search proposes."""
        self.chosen = None if decision.going is None else frozenset(decision.going)
        for file in self.every:
            self.settle(file)

    def settle(self, file: File) -> None:
        """Let one of its files go or stay as it was decided, if it can go."""
        proposed = file.member.action == "remove"
        wanted = proposed if self.chosen is None else file.row in self.chosen
        file.goes = wanted and file.fixed is None

    @property
    def largest(self) -> float:
        """The largest MSE in it."""
        return max((file.member.mse or 0.0 for file in self.files), default=0.0)


class Groups:
    """Groups, to be found by their numbers and by the rows of their files.

    Args:
        groups: all of them.
    """

    def __init__(self, groups: list[FoundGroup]) -> None:
        self.groups = groups
        self._by_number = {group.number: group for group in groups}
        self._by_row = {file.row: (file, group) for group in groups for file in group.every}

    @property
    def files(self) -> Iterator[File]:
        """All files, edited copies too."""
        return (file for file, _ in self._by_row.values())

    def group(self, number: int) -> FoundGroup:
        """The group of this number.

        Raises:
            UsageError: there is none.
        """
        if number not in self._by_number:
            raise UsageError(f"The search has no group {number}.")
        return self._by_number[number]

    def file(self, row: int) -> File:
        """The file at this row.

        Raises:
            UsageError: there is none.
        """
        return self._place(row)[0]

    def group_of(self, file: File) -> FoundGroup:
        """The group that a file is in."""
        return self._place(file.row)[1]

    def going(self) -> list[File]:
        """All files that are chosen to go."""
        return list(chain.from_iterable(group.going for group in self.groups))

    def _place(self, row: int) -> tuple[File, FoundGroup]:
        if row not in self._by_row:
            raise UsageError(f"Row {row} of the search is no file.")
        return self._by_row[row]


class Result(Groups):
    """A finished search.

    Args:
        job: the search.
        groups: all of its groups.

    Attributes:
        on_change: called after something became of groups, with these; from any thread.
        version: rises when files go or come back, or groups are ignored or heeded; not with
            decisions.
    """

    def __init__(self, job: JobInfo, groups: list[FoundGroup]) -> None:
        super().__init__(groups)
        self.job = job
        self.on_change: Callable[[Sequence[FoundGroup]], None] = lambda _groups: None
        self.version = 0
        self._last = 0
        self._gone: frozenset[bytes] | None = frozenset()
        self._ignored: dict[int, str] = {}
        # An edited copy is listed under all that it shows, and may be a member of a group, too.
        self._by_path: defaultdict[bytes, list[File]] = defaultdict(list)
        for file in self.files:
            self._by_path[file.member.path].append(file)

    @classmethod
    def load(cls, client: Client, reference: str) -> Result:
        """Read the groups of a search, and what actions did to their files.

        Raises:
            UnknownJob: there is no such search.
            UsageError: it has no result.
        """
        job = client.job(reference)
        if not job.has_result:
            raise UsageError(_("The search has no result."))
        result = cls(job, _groups(client.results(job.id)))
        result.take_over(client)
        return result

    @property
    def is_as_proposed(self) -> bool:
        """Whether exactly what the search proposed goes, and nothing was done or ignored yet."""
        return not any(group.ignored for group in self.groups) and all(
            file.goes == (file.member.action == "remove") and not file.gone for file in self.files
        )

    def file_at(self, path: bytes) -> File | None:
        """The file at a path; of an edited copy that is a member of a group, too, the member."""
        return next(iter(self._by_path.get(path, ())), None)

    def take_over(self, client: Client) -> None:
        """Take over what became of it, by whatever client: actions, ignored groups, decisions."""
        gone = gone_since(client, self.job.id)
        if gone != self._gone:
            self._set_gone((file, file.member.path in gone) for file in self.files)
            self._gone = gone
        self._take_ignored(client)
        self.take_decisions(client)

    def take_decisions(self, client: Client) -> None:
        """Take over what was decided since, by whatever client."""
        more = True
        while more:
            page = client.deciding.since(self.job.id, self._last)
            if page.result != self.job.finished:
                raise UsageError(_("The search was resumed meanwhile; open its result again."))
            self._take(page.decisions)
            self._last, more = page.last, page.more

    def decide(self, client: Client, decisions: Sequence[Decision]) -> None:
        """Have the daemon keep decisions; what it could not keep is not decided here either.

        Raises:
            DifdError: it could not.
        """
        client.deciding.decide(self.job, decisions)
        self._take(decisions)

    def ignore(self, client: Client, number: int, *, ignored: bool) -> bool:
        """Have a group be no duplicates from now on, or duplicates again, decided as it was.

        Returns:
            Whether that changed anything: another client may have said the same before.

        Raises:
            DifdError: it could not be kept.
        """
        self._take_ignored(client)
        entry = self.group(number).ignored
        if ignored == (entry is not None):
            return False
        if entry is None:
            client.ignoring.add(self.job.id, [number])
        else:
            client.ignoring.remove([entry])
        # Files of other groups may hold the same.
        self._take_ignored(client)
        return True

    def _take_ignored(self, client: Client) -> None:
        ignored = ignored_among(client, (file.member for file in self.files))
        if ignored == self._ignored:
            return
        changed = [one for one in self.groups if one.ignored != ignored.get(one.number)]
        for group in changed:
            group.ignored = ignored.get(group.number)
        self._ignored = ignored
        self._regrouped(changed)

    def _take(self, decisions: Sequence[Decision]) -> None:
        changed = []
        for decision in decisions:
            if (group := self._by_number.get(decision.group)) is not None:
                group.take(decision)
                changed.append(group)
        if changed:
            self.on_change(changed)

    def mark(self, items: Iterable[PlanItem]) -> None:
        """Take over what an action did, or undid."""
        self._set_gone(
            (file, item.state == "done")
            for item in items
            if item.state in {"done", "undone"}
            for file in self._by_path.get(item.path, ())
        )
        self._gone = None  # what the daemon tells next is compared with all files

    def _set_gone(self, files: Iterable[tuple[File, bool]]) -> None:
        """Of each file, whether it is gone."""
        changed = []
        for file, gone in files:
            if file.gone != gone:
                file.gone = gone
                group = self.group_of(file)
                group.settle(file)
                changed.append(group)
        self._regrouped(changed)

    def _regrouped(self, changed: Sequence[FoundGroup]) -> None:
        if changed:
            self.version += 1
            self.on_change(changed)


def _groups(rows: Iterable[Row]) -> list[FoundGroup]:
    groups: list[FoundGroup] = []
    for number, row in enumerate(rows):
        if isinstance(row, Group):
            groups.append(FoundGroup(row))
        elif isinstance(row, Member):
            files = groups[-1].edited if row.is_beside else groups[-1].files
            files.append(File(number, row, goes=row.action == "remove"))
        else:
            break
    return groups
