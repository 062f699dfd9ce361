"""Making a plan: every file that would go, with the file that stays, before anything is touched.

The plan looks at the disk, has weak matches compared in detail, and is written into the action
journal, from where it can be read, and carried out once.
"""

from __future__ import annotations

import os
import stat
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Final

import msgspec
from msgspec.structs import replace

from difd.actions.checks.age import PLAN_SECONDS, unset_clock
from difd.actions.files.emptied import note_limits
from difd.actions.files.incoming import IncomingLinks, in_short
from difd.actions.plan.choice import Choice
from difd.actions.plan.choosing import CHANGED, GONE, KEEPER_CHANGED, KEEPER_GONE, Choosing
from difd.actions.plan.comparing import Compare, Pairing, Place
from difd.actions.plan.surroundings import Stays, Surroundings
from difd.protocol import passing
from difd.protocol.actions import (
    ActionInfo,
    ActionOptions,
    Held,
    HeldBack,
    PlanItem,
    check_action,
)
from difd.protocol.ignoring import NOTHING_IGNORED, Ignored
from difd.protocol.results import PROOF, Match, Member, Row
from difd.store.action_items import Item, Witness
from difd.store.action_journal import ActionJournal

KEEPER_IN_TRASH: Final = (
    "The file that stays in its place lies in a recycle bin, snapshot, cache or in memory."
)
GOES_BY_ITSELF: Final = (
    "It lies in a recycle bin, snapshot, cache or in memory: empty that instead."
)
SAME_FILE: Final = "It is another name of the file that stays."
BYTES_ONLY: Final = "Only files with the same bytes can be replaced by a link."
"""Reasons for which a file is held back, beside those of `choosing`."""

_BATCH: Final = 4096
"""Pairs that are compared with one start of the workers."""

OnPlanned = Callable[[int, int], None]
"""Told how many pairs of how many were compared."""


class Planner:
    """Makes plans and writes them into the journal.

    Args:
        journal: where plans are kept.
        compare: the comparison in full.
        on_progress: told how far it is.
        check: called all the time; may raise to stop.
        ignored: files that do not answer for each other.
    """

    def __init__(
        self,
        journal: ActionJournal,
        compare: Compare,
        on_progress: OnPlanned = lambda _done, _total: None,
        check: Callable[[], None] = lambda: None,
        *,
        ignored: Ignored = NOTHING_IGNORED,
    ) -> None:
        self._journal, self._compare, self._ignored = journal, compare, ignored
        self._on_progress, self._check = on_progress, check

    def plan(
        self,
        rows: Iterable[Row],
        options: ActionOptions,
        *,
        job: str = "",
        roots: Sequence[bytes] = (),
        references: Sequence[bytes] = (),
        bins: bool = False,
        token: str | None = None,
    ) -> ActionInfo:
        """Plan an action on the groups of a finished search.

        Args:
            rows: the search's result.
            options: what to do, and with which of its proposals.
            job: the search.
            roots: the folders that were searched, for `keep_tree`.
            references: the reference folders among them, of which nothing goes.
            bins: recycle bins, snapshots and caches were searched on purpose.
            token: the plan's id, a new one if None.

        Raises:
            UsageError: an option is out of range, or names a group or file the search has not.
            ActionRefused: the destination cannot be used.
        """
        check_action(options)
        created = time.time()
        surroundings = Surroundings(options, roots, references, IncomingLinks(self._journal))
        choosing = Choosing(rows, options, self._ignored, self._check)
        answers = self._agreed(choosing, surroundings, options, bins=bins)
        going = {candidate.choice.member.path for candidate, _ in answers}
        held = _once(row for row in choosing.held if row.path not in going)
        items = [
            _item(
                number,
                candidate,
                belongings,
                surroundings,
                going,
            )
            for number, (candidate, belongings) in enumerate(answers)
        ]
        info = ActionInfo(
            id=token or uuid.uuid4().hex,
            job=job,
            state="planned",
            # Which files these are is in the items; thousands of paths need not travel every time.
            options=replace(options, files=(), removals=None),
            created=created,
            expires=time.time() + PLAN_SECONDS,
            made=unset_clock(),
            items=len(items),
            size=sum(item.shown.size for item in items),
            frees=sum(item.shown.frees for item in items),
            held=tuple(
                Held(reason, count)
                for reason, count in Counter(in_short(h.reason) for h in held).items()
            ),
            split=sum(item.shown.splits is not None for item in items),
        )
        self._journal.add(info, items, held)
        note_limits(self._journal, info, roots, references)
        return info

    def _agreed(
        self,
        choosing: Choosing,
        surroundings: Surroundings,
        options: ActionOptions,
        *,
        bins: bool,
    ) -> list[tuple[_Candidate, tuple[Witness, ...]]]:
        """What goes, once every file of it was looked at beside the one that stays for it.

        A file that turns out to stay may stay for its own copies: then its group is decided again,
        and only the new pairs are looked at.
        """
        seen: dict[tuple[bytes, bytes, Match], _Candidate] = {}
        while True:
            refused: list[HeldBack] = []
            found: list[_Candidate] = []
            for one in choosing.choices():
                self._check()
                if _pair(one) not in seen:
                    with _held_back(one, refused):
                        found.append(_seen_again(one, surroundings, bins=bins))
            seen |= {_pair(one.choice): one for one in self._proven(found, refused, options)}
            if not refused:
                found = [seen[_pair(one)] for one in choosing.choices()]
                answers = self._with_belongings(found, surroundings, refused)
                if not refused:
                    return answers
            choosing.refuse(refused)

    def _proven(
        self, found: list[_Candidate], held: list[HeldBack], options: ActionOptions
    ) -> list[_Candidate]:
        """Those that turn out to be the same when both files are compared in full.

        Copies byte for byte are compared when they go, by whoever removes them.
        """
        asked = [candidate for candidate in found if candidate.choice.match != "bytes"]
        named = frozenset(options.removals or ())
        different: set[bytes] = set()
        self._on_progress(0, len(asked))
        for start in range(0, len(asked), _BATCH):
            batch = asked[start : start + _BATCH]
            pairings = [
                replace(
                    one.pairing,
                    may_lose="loss" in options.accept or one.choice.member.path in named,
                )
                for one in batch
            ]
            answered = 0
            for place, verdict in self._compare(pairings):
                self._check()
                answered += 1
                if not verdict.same:
                    choice = batch[place].choice
                    different.add(choice.member.path)
                    held.append(_held(choice, verdict.reason, verdict.place))
                self._on_progress(start + answered, len(asked))
            if answered != len(batch):
                raise AssertionError("a pair was left without a verdict")
        return [one for one in found if one.choice.member.path not in different]

    def _with_belongings(
        self, found: list[_Candidate], surroundings: Surroundings, held: list[HeldBack]
    ) -> list[tuple[_Candidate, tuple[Witness, ...]]]:
        """Those that can go with what belongs to them.

        What one leaves behind may hold back another: the other half of a pair, say. So this goes on
        until all that go agree.
        """
        while True:
            self._check()
            going = {candidate.choice.member.path for candidate in found}
            answers: list[tuple[_Candidate, tuple[Witness, ...]]] = []
            for candidate in found:
                with _held_back(candidate.choice, held):
                    answers.append((candidate, surroundings.company(candidate.choice, going)))
            if len(answers) == len(found):
                return answers
            found = [candidate for candidate, _ in answers]


class _Candidate(msgspec.Struct, frozen=True):
    """A choice whose files are on the disk as the search saw them, with their present status."""

    choice: Choice
    own: os.stat_result
    other: os.stat_result

    @property
    def pairing(self) -> Pairing:
        member = self.choice.member
        known = self.choice.direct
        return Pairing(
            self.removal,
            self.keeper,
            member.rotation if known else None,
            member.mirrored if known else None,
            same_pixels=self.choice.match in PROOF,
            lie=() if member.lie is None else member.lie.corners,
        )

    @property
    def removal(self) -> Witness:
        return _witness(self.choice.member, self.own)

    @property
    def keeper(self) -> Witness:
        return _witness(self.choice.keeper, self.other)


def _once(held: Iterable[HeldBack]) -> list[HeldBack]:
    """What is held back, in order: once, also what is listed in many groups, as a collage is."""
    in_order = sorted(held, key=lambda row: (row.group, row.path))
    first = {(row.path, row.reason): row for row in reversed(in_order)}
    return [row for row in in_order if first[row.path, row.reason] is row]


@contextmanager
def _held_back(choice: Choice, held: list[HeldBack]) -> Iterator[None]:
    """Note a file that turns out to stay."""
    try:
        yield
    except Stays as stays:
        held.append(_held(choice, stays.reason))


def _pair(choice: Choice) -> tuple[bytes, bytes, Match]:
    """What a look at the disk answers: it need not be asked twice."""
    return choice.member.path, choice.keeper.path, choice.match


def _held(choice: Choice, reason: str, place: Place | None = None) -> HeldBack:
    return HeldBack(choice.member.group, choice.member.path, reason, choice.keeper.path, place)


def _seen_again(one: Choice, surroundings: Surroundings, *, bins: bool) -> _Candidate:
    """Both files as they are now, if they are what the search saw, and the file may go.

    Raises:
        Stays: it may not.
    """
    own = surroundings.status(one.member.path)
    other = surroundings.status(one.keeper.path)
    if own is None:
        raise Stays(GONE)
    if other is None:
        raise Stays(KEEPER_GONE)
    removal, keeper = one.member.path, one.keeper.path
    standing = passing.standing(keeper, removal)
    if standing.sooner:
        raise Stays(KEEPER_IN_TRASH)
    # Who did not search there on purpose did not mean to empty it.
    if standing.by_itself and surroundings.options.verb == "delete" and not bins:
        raise Stays(GOES_BY_ITSELF)
    if not _is_as_found(own, one.member):
        raise Stays(CHANGED)
    if not _is_as_found(other, one.keeper):
        raise Stays(KEEPER_CHANGED)
    if (own.st_dev, own.st_ino) == (other.st_dev, other.st_ino):
        raise Stays(SAME_FILE)
    if surroundings.options.verb == "link" and one.member.digest != one.keeper.digest:
        raise Stays(BYTES_ONLY)
    surroundings.check_way(one.member.path, own, other, one.keeper.path)
    surroundings.check_links(one.member)
    surroundings.check_attributes(one.member.path, one.keeper.path)
    return _Candidate(one, own, other)


def _is_as_found(status: os.stat_result, member: Member) -> bool:
    # Another mount may give the same file another device number; the content is checked later.
    return stat.S_ISREG(status.st_mode) and (status.st_size, status.st_mtime_ns) == (
        member.size,
        member.modified,
    )


def _item(
    number: int,
    candidate: _Candidate,
    belongings: tuple[Witness, ...],
    surroundings: Surroundings,
    going: AbstractSet[bytes],
) -> Item:
    one, own = candidate.choice, candidate.own
    left = surroundings.left_behind(one.member.path, going)
    member, keeper = one.member, one.keeper
    paths = tuple(file.path for file in belongings)
    return Item(
        shown=PlanItem(
            number=number,
            group=member.group,
            path=member.path,
            keeper=keeper.path,
            match=one.match,
            mse=member.mse if one.direct else None,
            reason=member.reason,
            size=own.st_size + sum(file.size for file in belongings),
            frees=surroundings.frees(own) + sum(map(surroundings.frees_of, belongings)),
            warnings=(
                *member.warnings,
                *surroundings.warnings(one, own, left, paths, going),
                *_of_keeper(one),
            ),
            belongings=paths,
            splits=left,
        ),
        file=candidate.removal,
        keeper=candidate.keeper,
        belongings=belongings,
        folder=surroundings.folder_for(member.path),
    )


def _witness(member: Member, status: os.stat_result) -> Witness:
    return Witness(
        path=member.path,
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        digest=member.digest,
    )


def _of_keeper(one: Choice) -> Iterator[str]:
    if one.keeper.action != "keep":
        yield "the file that stays is not the best of its group"
