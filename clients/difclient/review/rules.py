"""Decisions for many groups at once: what each rule says, before anything is changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from difclient.language.catalogue import marked
from difclient.review.keeping import Keeping
from difclient.review.result import File, FoundGroup, Result
from difd.protocol.deciding import Decision
from difd.protocol.errors import UsageError
from difd.protocol.holding import holds_all
from difd.protocol.keep_rules import KeepRule, read_rules
from difd.protocol.options import KEEP_RULES
from difd.protocol.results import PROOF

RULES: Final = {
    "one": marked(
        "One file stays, by the keep rules; its copies go, even those that hold something it lacks"
    ),
    "proposed": marked("As proposed: copies proven equal go"),
    "bytes": marked("Only copies with the same bytes go"),
    "smaller": marked(
        "Everything of lower resolution goes, if something larger stays that lacks nothing"
    ),
    "none": marked("Everything stays"),
}
"""What can be decided for many groups, in words."""

KEEP: Final = read_rules(KEEP_RULES)
"""The keep rules of `one`, unless others are given."""


class Change(msgspec.Struct, frozen=True):
    """A decision that becomes another one."""

    file: File
    goes: bool


def changes(
    groups: Collection[FoundGroup],
    rule: str,
    *,
    keep: Sequence[KeepRule] = KEEP,
    alike: bool = False,
    among: Collection[FoundGroup] | None = None,
) -> list[Change]:
    """What a rule would change; a group always keeps a file.

    Edited copies are chosen by hand only: rules that let nothing weak go take that back, others
    leave it.

    Args:
        groups: which it is applied to; ignored ones are left out.
        rule: a key of `RULES`.
        keep: for `one`: keep rules.
        alike: for `smaller` and `one`: also groups whose pictures are not all proven equal.
        among: all groups of the search, over which `one` counts what the rules decide between two
            folders; None: `groups` are all.

    Raises:
        UsageError: there is no such rule.
        InvalidOption: a keep rule needs what an older version's result does not tell.
    """
    decide = _decider(rule, keep, groups if among is None else among)
    back = rule in {"proposed", "bytes", "none"}
    return [
        change
        for group in concerned(groups, rule, alike=alike)
        for change in (*_changes(group, decide), *(_back(group) if back else ()))
    ]


def concerned(groups: Iterable[FoundGroup], rule: str, *, alike: bool) -> list[FoundGroup]:
    """The groups that a rule is applied to; see `changes`."""
    weak = alike or rule not in {"smaller", "one"}
    return [group for group in groups if group.ignored is None and (weak or group.match in PROOF)]


def decisions(
    result: Result, made: Iterable[Change], also: Iterable[FoundGroup] = ()
) -> list[Decision]:
    """Changes as decisions about their groups, of which only a part may be shown.

    Args:
        result: all that was found.
        made: the changes.
        also: groups that are decided so, even if nothing changes.
    """
    wholes = [result.group_of(group.files[0]) for group in also]
    going = {group.number: {file.row for file in group.going} for group in wholes}
    for change in made:
        group = result.group_of(change.file)
        rows = going.setdefault(group.number, {file.row for file in group.going})
        (rows.add if change.goes else rows.discard)(change.file.row)
    return [Decision(number, tuple(sorted(rows))) for number, rows in going.items()]


def _back(group: FoundGroup) -> Iterator[Change]:
    """Edited copies stay again: none is ever proposed."""
    for file in group.edited:
        if file.goes and not file.gone:
            yield Change(file, goes=False)


def _changes(group: FoundGroup, decide: Callable[[list[File]], set[int]]) -> Iterator[Change]:
    here = [file for file in group.files if not file.gone]
    if not here:
        return
    going = {file.row for file in here if file.fixed is None} & decide(here)
    if len(going) == len(here):
        return
    for file in here:
        if file.goes != (file.row in going):
            yield Change(file, not file.goes)


def _decider(
    rule: str, keep: Sequence[KeepRule], among: Iterable[FoundGroup]
) -> Callable[[list[File]], set[int]]:
    match rule:
        case "proposed":
            return lambda files: {file.row for file in files if file.member.action == "remove"}
        case "bytes":
            return lambda files: {
                file.row
                for file in files
                if file.member.action == "remove" and file.member.match == "bytes"
            }
        case "smaller":
            return _smaller
        case "one":
            keeping = Keeping(keep, among)
            return lambda files: _all_but_one(files, keeping)
        case "none":
            return lambda _: set()
        case _:
            raise UsageError("There is no such rule.")


def _smaller(files: list[File]) -> set[int]:
    largest = max(files, key=lambda file: file.pixels)
    return in_favour_of(largest, [file for file in files if file.pixels < largest.pixels], files)


def _all_but_one(files: list[File], keeping: Keeping) -> set[int]:
    """All but the first; what cannot go stays beside it, and is no reason for the rest to go.

    But what the search proposed in favour of one that stays beside it goes.
    """
    first, *others = keeping.ordered(files)
    going = in_favour_of(first, others, files)
    stay = {file.member.path for file in files if file.row not in going}
    return going | {
        file.row
        for file in others
        if file.member.action == "remove" and not file.member.loses and file.member.keeper in stay
    }


def in_favour_of(kept: File, others: Iterable[File], files: Iterable[File]) -> set[int]:
    """The rows of those of which nothing is lost; others may be chosen to go one by one."""
    members = {file.member.path: file.member for file in files}
    return {file.row for file in others if holds_all(kept.member, file.member, members)}
