"""The choices of a whole plan, decided again where a file turns out to stay.

`choice` decides a group by what the search knew. The plan then looks at the disk, and a file that
was to go may stay: it has changed, it is write-protected, it differs in detail. Its own copies need
not stay as well: it stays for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

import msgspec

from difd.actions.plan.choice import (
    Choice,
    Findings,
    Selection,
    choose,
    groups_of,
    proven_sets,
)
from difd.protocol.actions import ActionOptions, HeldBack
from difd.protocol.errors import UsageError
from difd.protocol.ignoring import Ignored
from difd.protocol.results import PROOF, Member, Row

GONE: Final = "It is not there any more."
CHANGED: Final = "It has changed since the search."
KEEPER_GONE: Final = "The file that stays in its place is not there any more."
KEEPER_CHANGED: Final = "The file that stays in its place has changed since the search."
"""Reasons for which a file is held back, and one of the two answers for no other."""

_UNFIT: Final = frozenset({GONE, CHANGED})
_KEEPER_UNFIT: Final = frozenset({KEEPER_GONE, KEEPER_CHANGED})

_TRIES: Final = 2
"""How often a file may be refused before it stays: what stands against it may be no fault of the
other one, and would be met with each of a thousand copies."""


class _Group(msgspec.Struct):
    """A group of which something goes.

    Attributes:
        members: all of its rows; empty where nothing can be decided otherwise.
        choices: what goes, in the order of the rows.
    """

    members: list[Member]
    choices: list[Choice]
    found: Findings = msgspec.field(default_factory=Findings)
    refusals: Counter[bytes] = msgspec.field(default_factory=Counter)


class Choosing:
    """What goes and what is held back, of all groups of a search.

    Args:
        rows: the search's result.
        options: what was asked for.
        ignored: the ignore list, as it is now.
        check: called for every group; may raise to stop.

    Attributes:
        held: what is held back so far.

    Raises:
        UsageError: the options name a group or a file that the search has not.
    """

    def __init__(
        self,
        rows: Iterable[Row],
        options: ActionOptions,
        ignored: Ignored,
        check: Callable[[], None],
    ) -> None:
        self._selection, self._ignored = Selection(options), ignored
        self._groups: dict[int, _Group] = {}
        self.held: list[HeldBack] = []
        unknown_groups = set(options.groups)
        unknown_files = {*options.files, *(options.removals or ())}
        for members in groups_of(rows):
            check()
            number = members[0].group
            unknown_groups.discard(number)
            unknown_files.difference_update(member.path for member in members)
            decided = choose(members, self._selection, ignored)
            self.held += (one for one in decided if isinstance(one, HeldBack))
            choices = [one for one in decided if isinstance(one, Choice)]
            if choices:
                # Of two files that match, none but the one can stay for the other.
                kept = members if len(members) > 2 else []  # noqa: PLR2004
                self._groups[number] = _Group(kept, choices)
                self._groups[number].found.held.update(
                    one.path for one in decided if isinstance(one, HeldBack)
                )
        if unknown_groups:
            raise UsageError(f"The search has no group {min(unknown_groups)}.")
        if unknown_files:
            raise UsageError("This file is in no group of the search.", path=min(unknown_files))

    def choices(self) -> Iterator[Choice]:
        """What goes, as it is decided now: each file once, in whatever groups it is listed."""
        first: dict[bytes, Choice] = {}
        for one in chain.from_iterable(group.choices for group in self._groups.values()):
            first.setdefault(one.member.path, one)
        return iter(first.values())

    def refuse(self, rows: Sequence[HeldBack]) -> None:
        """Take in files that cannot go in favour of the file that was to stay for them.

        At least one of them is held back. Another one goes in favour of a proven copy of it that
        stays.
        """
        by_group: dict[int, dict[bytes, HeldBack]] = {}
        for row in rows:
            by_group.setdefault(row.group, {})[row.path] = row
        for number, refused in by_group.items():
            self._decide_again(self._groups[number], refused)

    def _decide_again(self, group: _Group, refused: dict[bytes, HeldBack]) -> None:
        if not group.members:
            self.held += refused.values()
            group.choices = []
            return
        found, going = group.found, {one.member.path for one in group.choices}
        for path, row in refused.items():
            _note(group, path, row)
        found.held |= {path for path in refused if group.refusals[path] >= _TRIES}
        decided = self._decided(group)
        # Of equal files for which none stays, the first one stays for the others.
        sets = proven_sets(group.members)
        in_order = [member.path for member in group.members if member.path in refused]
        waiting = _unproven(in_order, found, decided)
        found.held.update({sets[path]: path for path in reversed(waiting)}.values())
        decided = self._decided(group)
        found.held.update(_unproven(in_order, found, decided))
        decided = self._decided(group)
        self.held += (row for path, row in refused.items() if path in found.held)
        late = [one for path, one in decided.items() if path in going and path not in refused]
        self.held += (one for one in late if isinstance(one, HeldBack))
        group.choices = [
            one for path, one in decided.items() if path in going and isinstance(one, Choice)
        ]

    def _decided(self, group: _Group) -> dict[bytes, Choice | HeldBack]:
        decided = choose(group.members, self._selection, self._ignored, group.found)
        return {one.path if isinstance(one, HeldBack) else one.member.path: one for one in decided}


def _note(group: _Group, path: bytes, row: HeldBack) -> None:
    """Remember what the refusal of a file says about it and the one that was to stay for it."""
    group.refusals[path] += 1
    if row.reason in _UNFIT:
        group.found.unfit.add(path)
        group.found.held.add(path)
    if row.keeper is not None:
        group.found.refused.add((path, row.keeper))
        if row.reason in _KEEPER_UNFIT:
            group.found.unfit.add(row.keeper)


def _unproven(
    refused: Iterable[bytes], found: Findings, decided: dict[bytes, Choice | HeldBack]
) -> list[bytes]:
    """Files that are to go and have no proven copy that stays."""

    def is_proven(one: Choice | HeldBack | None) -> bool:
        return isinstance(one, Choice) and one.match in PROOF

    return [path for path in refused if path not in found.held and not is_proven(decided.get(path))]
