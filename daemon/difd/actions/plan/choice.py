"""Which files of a group go, and which file that stays answers for each: decided without the disk.

A search's proposal names a keeper for every file. That keeper may go as well, when it was only
similar to another one, or when somebody chose otherwise; then the matches of the group are followed
to a file that stays, over proofs first. Files that somebody said are no duplicates never answer for
each other, over however many others; nor does a file for others that lies where files do not stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, get_args

import msgspec

from difd.protocol.actions import ActionOptions, HeldBack
from difd.protocol.holding import DAMAGED, PASSING, holds_all
from difd.protocol.ignoring import NOTHING_IGNORED, Ignored
from difd.protocol.results import PROOF, Group, Match, Member, Row

STAYS: Final = "It is a file that stays."
REFERENCE: Final = "It lies in a reference folder."
NOTHING_STAYS: Final = "No file that matches it stays."
LOSES: Final = "It holds something that the file that stays lacks; --accept loss lets it go."
SMALLER: Final = "The file that stays has fewer pixels; --accept loss compares the two in full."
IGNORED: Final = "You said that it is not a duplicate of the file that stays."
LOOK_FIRST: Final = {
    "tensor": "It is the same at small size only; --accept tensor compares it in full.",
    "similar": "It is only similar; --accept similar compares it in full.",
    "edited": "It is an edited copy; --accept edited compares it in full.",
    "overlap": "It only overlaps the file that stays.",
}
"""Reasons for which a file is held back."""

_STRENGTHS: Final[tuple[Match, ...]] = get_args(Match)

_DIRECT: Final[frozenset[Match]] = frozenset({"edited", "overlap"})
"""Matches of two files that say nothing of a third one."""


class Choice(msgspec.Struct, frozen=True):
    """A file that goes and the one that stays in its place.

    Attributes:
        match: the weakest match on the way from the one to the other.
        direct: the two were compared by the search, so that MSE and turn are known.
    """

    member: Member
    keeper: Member
    match: Match
    direct: bool


class Findings(msgspec.Struct):
    """What a plan found out about the files of a group after it was decided.

    Attributes:
        held: paths of files that stay, though they were asked for.
        unfit: paths of files that answer for none: they are not what the search saw.
        refused: pairs of a file and one that does not answer for it.
    """

    held: set[bytes] = msgspec.field(default_factory=set)
    unfit: set[bytes] = msgspec.field(default_factory=set)
    refused: set[tuple[bytes, bytes]] = msgspec.field(default_factory=set)


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
        self._only, self._accept = frozenset(options.only), {*PROOF, *options.accept}
        if "similar" in self._accept:
            # Who takes what is similar takes what is the same at small size.
            self._accept.add("tensor")
        self._removals = None if options.removals is None else frozenset(options.removals)

    def holds(self, member: Member) -> bool:
        """Whether somebody asked for this file."""
        if self._groups and member.group not in self._groups:
            return False
        if self._removals is not None:
            # What is listed beside a group and may not go there may be a member of another one.
            known = member.lie is None or member.action == "review"
            return known and member.path in self._removals
        if self._files:
            return member.path in self._files
        if member.lie is not None and not self._takes_edited:
            # It is no member of the group, and never proposed.
            return False
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
        if member.match is None:
            return STAYS
        return self._too_weak(member.match) or (LOSES if self.spares and member.loses else None)

    def takes(self, match: Match) -> bool:
        """Whether a file may go in favour of one that it matches like this."""
        if self.is_decided:
            return True
        return match in self._accept and (not self._only or match in self._only)

    @property
    def _takes_edited(self) -> bool:
        """Whether somebody asked for edited copies."""
        return bool(_DIRECT & (self._only or self._accept))

    @property
    def is_decided(self) -> bool:
        """Whether somebody chose the very files that go."""
        return self._removals is not None

    @property
    def spares(self) -> bool:
        """Whether a file stays of which something would be lost, because nobody said otherwise."""
        return not self.is_decided and "loss" not in self._accept

    def _too_weak(self, match: Match) -> str | None:
        if self._only and match not in self._only:
            return f"Its match is '{match}', which was not asked for."
        return None if match in self._accept else LOOK_FIRST[match]


def choose(
    members: Sequence[Member],
    selection: Selection,
    ignored: Ignored = NOTHING_IGNORED,
    found: Findings | None = None,
) -> list[Choice | HeldBack]:
    """Decide one group.

    Args:
        members: all rows of the group, in their order.
        selection: what was asked for.
        ignored: the ignore list, as it is now.
        found: what the plan found out since; its `held` are in no answer.

    Returns:
        What goes and what is held back, in the order of the rows; files that nobody asked for and
        that stay anyway are in neither.
    """
    found = found or Findings()
    decided: dict[int, Choice | HeldBack] = {}
    going: set[int] = set()
    for place, member in enumerate(members):
        if member.path not in found.held and selection.holds(member):
            reason = selection.objection(member)
            if reason is None:
                going.add(place)
            else:
                decided[place] = HeldBack(member.group, member.path, reason, member.keeper)
    matches = _Matches(members, going, selection, ignored, found)
    for place in going:
        member = members[place]
        answer = matches.keeper_of(place)
        if answer is None:
            reason = matches.refused.get(place, NOTHING_STAYS)
            decided[place] = HeldBack(member.group, member.path, reason)
            continue
        keeper, match = answer
        direct = members[keeper].path == member.keeper
        decided[place] = Choice(member, members[keeper], match, direct)
    return [decided[place] for place in sorted(decided)]


def proven_sets(members: Sequence[Member]) -> dict[bytes, int]:
    """A number for every file of a group; files that are proven equal have the same."""
    place_of = {member.path: place for place, member in enumerate(members)}
    above = {
        place: place_of[member.keeper]
        for place, member in enumerate(members)
        if member.match in PROOF and member.keeper in place_of
    }
    tops = _tops(len(members), above)
    return {path: tops[place] for path, place in place_of.items()}


def _tops(count: int, above: Mapping[int, int]) -> list[int]:
    """Where the way up from every place ends: the same place for all that hang together.

    The way is short: under a file that goes there are only proven copies of it.
    """
    tops = []
    for place in range(count):
        top = place
        while top in above:
            top = above[top]
        tops.append(top)
    return tops


class _Matches:
    """The matches of a group as a forest: every member under its keeper.

    Args:
        members: all rows of the group.
        going: places of those that are to go.
        selection: what was asked for.
        ignored: the ignore list.
        found: what the plan found out.

    Attributes:
        refused: members for which one stays that does not answer for them, and why not.
    """

    def __init__(
        self,
        members: Sequence[Member],
        going: set[int],
        selection: Selection,
        ignored: Ignored,
        found: Findings,
    ) -> None:
        self._members, self._going, self._ignored = members, going, ignored
        self._found, self._selection = found, selection
        self.refused: dict[int, str] = {}
        self._by_path = {member.path: member for member in members}
        place_of = {member.path: place for place, member in enumerate(members)}
        self._above = {
            place: place_of[member.keeper]
            for place, member in enumerate(members)
            # Of a still and an animation neither answers for the other. A proven copy may answer
            # for others though it cannot go itself.
            if member.keeper in place_of and (member.action != "none" or member.match in PROOF)
        }
        self._answers: dict[int, tuple[int, Match]] = {}
        self._answer_all()

    def keeper_of(self, place: int) -> tuple[int, Match] | None:
        """The member that stays in this one's place, and the weakest match on the way."""
        return self._answers.get(place)

    def _answer_all(self) -> None:
        for weakest, strength in enumerate(_STRENGTHS):
            if not self._selection.takes(strength):
                continue
            waiting = self._going - self._answers.keys()
            if strength not in PROOF:
                # That a surer match is refused is no reason to look for a weaker one.
                waiting -= {place for place, why in self.refused.items() if why == IGNORED}
                self._answer_upwards(strength, waiting)
            if strength in _DIRECT:
                continue
            self._answer_from_sets(strength, waiting, _STRENGTHS[: weakest + 1])

    def _answer_from_sets(
        self, strength: Match, waiting: set[int], strengths: Collection[Match]
    ) -> None:
        """Take the first file that stays of those that hang together by such matches."""
        matches = {
            place: above
            for place, above in self._above.items()
            if self._members[place].match in strengths
        }
        tops = _tops(len(self._members), matches)
        staying: defaultdict[int, list[int]] = defaultdict(list)
        for place in range(len(self._members)):
            if place not in self._going:
                staying[tops[place]].append(place)
        for place in waiting - self._answers.keys():
            for keeper in staying.get(tops[place], ()):
                if self._may_answer(keeper, place):
                    self._answers[place] = (keeper, strength)
                    break

    def _may_answer(self, keeper: int, place: int) -> bool:
        why = self._objection(self._members[keeper], self._members[place])
        if why is not None and self.refused.get(place) != IGNORED:
            self.refused[place] = why
        return why is None

    def _objection(self, keeper: Member, member: Member) -> str | None:
        """Why one file does not answer for another; None if it may."""
        if self._ignored.between(keeper.digest, member.digest):
            return IGNORED
        if keeper.path in self._found.unfit or (member.path, keeper.path) in self._found.refused:
            return NOTHING_STAYS
        if keeper.passing and keeper.passing != member.passing:
            return PASSING
        return None if self._selection.is_decided else self._lack(keeper, member)

    def _lack(self, keeper: Member, member: Member) -> str | None:
        """What one file lacks that another one has, as a reason; None if nothing."""
        if keeper.damage and not member.damage:
            return DAMAGED
        if not self._selection.spares:
            return None
        if keeper.width * keeper.height < member.width * member.height:
            return SMALLER
        return None if holds_all(keeper, member, self._by_path) else LOSES

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
