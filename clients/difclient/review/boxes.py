"""What of a result may go without a look, what has to be looked at, and what is done."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from difclient.review.result import File, FoundGroup


def safe_files(group: FoundGroup) -> list[File]:
    """The files of a group that go, are proven equal to one that stays, and hold nothing more."""
    return _safe(group.going)


def _safe(going: Iterable[File]) -> list[File]:
    return [file for file in going if file.member.action == "remove" and not file.gone]


def is_to_look_at(group: FoundGroup) -> bool:
    """Whether files are in it that may go, but only if somebody looks and says so."""
    return _has_to_be_looked_at(_free(group))


def _has_to_be_looked_at(free: Iterable[File]) -> bool:
    return any(file.member.action == "review" for file in free)


def is_open(group: FoundGroup) -> bool:
    """Whether something in it can go, and nobody decided about it yet."""
    return not group.decided and bool(_free(group))


def is_done(group: FoundGroup) -> bool:
    """Whether files of it are gone, or it is no duplicates."""
    return group.ignored is not None or any(file.gone for file in group.every)


def is_fixed(group: FoundGroup) -> bool:
    """Whether nothing can go, and nothing did."""
    return not is_done(group) and not _free(group)


def _free(group: FoundGroup) -> list[File]:
    """The files that may go, by themselves or after a look."""
    if group.ignored is not None:
        return []
    asked = [file for file in group.every if file.member.action in {"remove", "review"}]
    return [file for file in asked if not file.gone and file.fixed is None]


class Tally(NamedTuple):
    """How much is in each box, and how far it is decided.

    Attributes:
        groups: all of them.
        safe_files, safe_bytes: copies proven equal that go, and with which nothing of value does.
        look_groups, looked_at: groups that have to be looked at, and how many of them are decided.
        gone_files, gone_bytes: what actions took away.
        ignored: groups that are no duplicates, as somebody said.
        fixed_groups: groups of which nothing can go.
        open_groups: groups of which something can go, and about which nobody decided.
        going_files, going_groups, going_bytes: what is chosen to go.
    """

    groups: int = 0
    safe_files: int = 0
    safe_bytes: int = 0
    look_groups: int = 0
    looked_at: int = 0
    gone_files: int = 0
    gone_bytes: int = 0
    ignored: int = 0
    fixed_groups: int = 0
    open_groups: int = 0
    going_files: int = 0
    going_groups: int = 0
    going_bytes: int = 0

    @classmethod
    def of(cls, group: FoundGroup) -> Tally:
        """Count a group."""
        going, free = group.going, _free(group)
        safe, look = _safe(going), _has_to_be_looked_at(free)
        gone = [file for file in group.every if file.gone]
        done = group.ignored is not None or bool(gone)
        return cls(
            groups=1,
            safe_files=len(safe),
            safe_bytes=sum(file.member.size for file in safe),
            look_groups=int(look),
            looked_at=int(look and group.decided),
            gone_files=len(gone),
            gone_bytes=sum(file.member.size for file in gone),
            ignored=int(group.ignored is not None),
            fixed_groups=int(not done and not free),
            open_groups=int(bool(free) and not group.decided),
            going_files=len(going),
            going_groups=int(bool(going)),
            going_bytes=sum(file.member.size for file in going),
        )


class Counts:
    """The tally of all groups of a result, and of a list of them; of a change only that is counted.

    Of 100,000 groups a count takes half a second, and every decision asks for it.

    Args:
        groups: all of them.
    """

    def __init__(self, groups: Iterable[FoundGroup]) -> None:
        self._lock = threading.Lock()  # decisions are taken over in threads
        self._stale = {group.number: group for group in groups}
        self._count = len(self._stale)
        self._each: dict[int, Tally] = {}
        self._all = Tally()
        self._listed: set[int] | None = None
        self._of_list = Tally()

    def change(self, group: FoundGroup) -> None:
        """A group is not as it was."""
        with self._lock:
            self._stale[group.number] = group

    def list(self, groups: Sequence[FoundGroup]) -> None:
        """Count these groups as the list from now on."""
        self.renew()
        if len(groups) == self._count:
            self._listed = None
            return
        self._listed = {group.number for group in groups}
        self._of_list = _sum(self._each[number] for number in self._listed)

    @property
    def whole(self) -> Tally:
        """Of all groups."""
        self.renew()
        return self._all

    @property
    def listed(self) -> Tally:
        """Of the list."""
        self.renew()
        return self._all if self._listed is None else self._of_list

    def renew(self) -> None:
        """Count what is not as it was."""
        with self._lock:
            stale, self._stale = self._stale, {}
        before = {number: self._each[number] for number in stale if number in self._each}
        now = {number: Tally.of(group) for number, group in stale.items()}
        self._each |= now
        self._all = _changed(self._all, before.values(), now.values())
        if self._listed is not None:
            lost = (tally for number, tally in before.items() if number in self._listed)
            won = (tally for number, tally in now.items() if number in self._listed)
            self._of_list = _changed(self._of_list, lost, won)


def _sum(tallies: Iterable[Tally]) -> Tally:
    return Tally(*map(sum, zip(Tally(), *tallies, strict=True)))


def _changed(tally: Tally, lost: Iterable[Tally], won: Iterable[Tally]) -> Tally:
    parts = zip(tally, _sum(lost), _sum(won), strict=True)
    return Tally(*(part - less + more for part, less, more in parts))
