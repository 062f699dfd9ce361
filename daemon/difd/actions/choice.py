"""Which files of a group go, and which file that stays answers for each: decided without the disk.

A search's proposal names a keeper for every file. That keeper may go as well, when it was only
similar to another one, or when somebody chose otherwise; then the matches of the group are followed
to a file that stays, over proofs first. Files that somebody said are no duplicates never answer for
each other, over however many others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from difd.protocol.actions import ActionOptions, HeldBack
from difd.protocol.ignoring import NOTHING_IGNORED, Ignored
from difd.protocol.results import Group, Match, Member, Row

PROOF: Final[frozenset[Match]] = frozenset({"bytes", "pixels"})
"""Matches that are equal in full; the others are compared in detail before a file may go."""

STAYS: Final = "It is a file that stays."
REFERENCE: Final = "It lies in a reference folder."
NOTHING_STAYS: Final = "No file that matches it stays."
IGNORED: Final = "You said that it is not a duplicate of the file that stays."
LOOK_FIRST: Final = {
    "tensor": "It is the same at small size only; --accept tensor compares it in full.",
    "similar": "It is only similar; --accept similar compares it in full.",
}
"""Reasons for which a file is held back."""

_STRENGTHS: Final[tuple[Match, ...]] = get_args(Match)


@dataclass(frozen=True, slots=True)
class Choice:
    """A file that goes and the one that stays in its place.

    Attributes:
        match: the weakest match on the way from the one to the other.
        direct: the two were compared by the search, so that MSE and turn are known.
    """

    member: Member
    keeper: Member
    match: Match
    direct: bool


def groups_of(rows: Iterable[Row]) -> Iterator[list[Member]]:
    """The members of every group, group by group; other rows are left out."""
    members: list[Member] = []
    for row in rows:
        if isinstance(row, Member):
            members.append(row)
        elif isinstance(row, Group) and members:
            yield members
            members = []
    if members:
        yield members


class Selection:
    """What was asked for, in a form that can be asked for every file.

    Args:
        options: of the action.
    """

    def __init__(self, options: ActionOptions) -> None:
        self._groups, self._files = frozenset(options.groups), frozenset(options.files)
        self._only, self._accept = frozenset(options.only), PROOF.union(options.accept)
        self._removals = None if options.removals is None else frozenset(options.removals)

    def holds(self, member: Member) -> bool:
        """Whether somebody asked for this file."""
        if self._groups and member.group not in self._groups:
            return False
        if self._removals is not None:
            return member.path in self._removals
        if self._files:
            return member.path in self._files
        if self._only and member.match not in self._only:
            return False
        return member.keeper is not None

    def objection(self, member: Member) -> str | None:
        """Why a file stays although it was asked for; None if it may go."""
        if member.reference:
            return REFERENCE
        if member.action == "none":
            # What it is like is no reason; the search said in a warning what stands against it.
            why = "; ".join(member.warnings)
            return f"It is not proposed for removal: {why}." if why else member.reason
        if self._removals is not None:
            # Somebody looked at this very file; the comparison in detail still has its say.
            return None
        return STAYS if member.match is None else self._too_weak(member.match)

    def _too_weak(self, match: Match) -> str | None:
        if self._only and match not in self._only:
            return f"Its match is '{match}', which was not asked for."
        return None if match in self._accept else LOOK_FIRST[match]


def choose(
    members: Sequence[Member], selection: Selection, ignored: Ignored = NOTHING_IGNORED
) -> list[Choice | HeldBack]:
    """Decide one group.

    Args:
        members: all rows of the group, in their order.
        selection: what was asked for.
        ignored: the ignore list, as it is now.

    Returns:
        What goes and what is held back, in the order of the rows; files that nobody asked for and
        that stay anyway are in neither.
    """
    decided: dict[int, Choice | HeldBack] = {}
    going: set[int] = set()
    for place, member in enumerate(members):
        if selection.holds(member):
            reason = selection.objection(member)
            if reason is None:
                going.add(place)
            else:
                decided[place] = HeldBack(member.group, member.path, reason, member.keeper)
    matches = _Matches(members, going, ignored)
    for place in going:
        member = members[place]
        found = matches.keeper_of(place)
        if found is None:
            reason = IGNORED if place in matches.refused else NOTHING_STAYS
            decided[place] = HeldBack(member.group, member.path, reason)
            continue
        keeper, match = found
        direct = members[keeper].path == member.keeper
        decided[place] = Choice(member, members[keeper], match, direct)
    return [decided[place] for place in sorted(decided)]


class _Matches:
    """The matches of a group as a forest: every member under its keeper.

    Attributes:
        refused: members for which one stays that is ignored with them.
    """

    def __init__(self, members: Sequence[Member], going: set[int], ignored: Ignored) -> None:
        self._members, self._going, self._ignored = members, going, ignored
        self.refused: set[int] = set()
        place_of = {member.path: place for place, member in enumerate(members)}
        self._above = {
            place: place_of[member.keeper]
            for place, member in enumerate(members)
            # Of a still and an animation neither answers for the other.
            if member.keeper in place_of and member.action != "none"
        }
        self._answers: dict[int, tuple[int, Match]] = {}
        self._answer_all()

    def keeper_of(self, place: int) -> tuple[int, Match] | None:
        """The member that stays in this one's place, and the weakest match on the way."""
        return self._answers.get(place)

    def _answer_all(self) -> None:
        sets = _Sets(len(self._members))
        for strength in _STRENGTHS:
            for place, above in self._above.items():
                if self._members[place].match == strength:
                    sets.unite(place, above)
            waiting = self._going - self._answers.keys()
            if strength not in PROOF:
                # That a surer match is ignored is no reason to look for a weaker one.
                waiting -= self.refused
                self._answer_upwards(strength, waiting)
            staying: defaultdict[int, list[int]] = defaultdict(list)
            for place in range(len(self._members)):
                if place not in self._going:
                    staying[sets.root(place)].append(place)
            for place in waiting - self._answers.keys():
                for keeper in staying.get(sets.root(place), ()):
                    if self._may_answer(keeper, place):
                        self._answers[place] = (keeper, strength)
                        break

    def _may_answer(self, keeper: int, place: int) -> bool:
        ignored = self._ignored.between(self._members[keeper].digest, self._members[place].digest)
        if ignored:
            self.refused.add(place)
        return not ignored

    def _answer_upwards(self, strength: Match, waiting: set[int]) -> None:
        """Prefer the keeper that the search itself named, when no more than this is needed."""
        limit = _STRENGTHS.index(strength)
        for place in waiting:
            here, weakest = place, 0
            while here in self._going and here in self._above:
                weakest = max(weakest, _STRENGTHS.index(self._members[here].match or "similar"))
                here = self._above[here]
            reached = here not in self._going and weakest <= limit
            if reached and self._may_answer(here, place):
                self._answers[place] = (here, _STRENGTHS[weakest])


class _Sets:
    """Disjoint sets of places."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def root(self, place: int) -> int:
        while self._above[place] != place:
            self._above[place] = self._above[self._above[place]]
            place = self._above[place]
        return place

    def unite(self, one: int, other: int) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self._above[second] = first
