"""What of a result may go without a look, what has to be looked at, and what is done."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from difclient.review.result import File, FoundGroup


def safe_files(group: FoundGroup) -> list[File]:
    """The files of a group that go, are proven equal to one that stays, and hold nothing more."""
    return [file for file in group.going if file.member.action == "remove" and not file.gone]


def is_to_look_at(group: FoundGroup) -> bool:
    """Whether files are in it that may go, but only if somebody looks and says so."""
    return any(file.member.action == "review" for file in _free(group))


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


class Tally(msgspec.Struct):
    """How much is in each box, and how far it is decided.

    Attributes:
        groups: all of them.
        safe_files, safe_bytes: copies proven equal that go, and with which nothing of value does.
        look_groups, looked_at: groups that have to be looked at, and how many of them are decided.
        gone_files, gone_bytes: what actions took away.
        ignored: groups that are no duplicates, as somebody said.
        fixed_groups: groups of which nothing can go.
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

    @classmethod
    def of(cls, groups: Iterable[FoundGroup]) -> Tally:
        """Count the groups of a result."""
        tally = cls()
        for group in groups:
            tally.count(group)
        return tally

    def count(self, group: FoundGroup) -> None:
        """Take a group in."""
        self.groups += 1
        self.ignored += group.ignored is not None
        self.fixed_groups += is_fixed(group)
        if is_to_look_at(group):
            self.look_groups += 1
            self.looked_at += group.decided
        safe = safe_files(group)
        self.safe_files += len(safe)
        self.safe_bytes += sum(file.member.size for file in safe)
        gone = [file for file in group.every if file.gone]
        self.gone_files += len(gone)
        self.gone_bytes += sum(file.member.size for file in gone)
