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
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from difd.actions.choice import PROOF, Choice, choose, groups_of
from difd.actions.surroundings import Stays, Surroundings
from difd.protocol.actions import (
    ActionInfo,
    ActionOptions,
    Held,
    HeldBack,
    PlanItem,
    check_action,
)
from difd.protocol.errors import UsageError
from difd.protocol.results import Row
from difd.store.action_items import Item, Witness
from difd.store.action_journal import ActionJournal

PLAN_SECONDS: Final = 3600.0
"""A plan that is older is refused: too much may have happened since."""

GONE: Final = "It is not there any more."
CHANGED: Final = "It has changed since the search."
KEEPER_GONE: Final = "The file that stays in its place is not there any more."
KEEPER_CHANGED: Final = "The file that stays in its place has changed since the search."
SAME_FILE: Final = "It is another name of the file that stays."
BYTES_ONLY: Final = "Only files with the same bytes can be replaced by a link."
PAIR: Final = "It is one half of a RAW and JPEG pair, and the other half stays; name it to split."
"""Reasons for which a file is held back."""

_DETAIL_BATCH: Final = 256


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two pictures to compare in detail; the turn is None where it is not known."""

    removal: Witness
    keeper: Witness
    rotation: int | None
    mirrored: bool | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two pictures are the same at full size; else why not, and where."""

    same: bool
    reason: str = ""
    place: tuple[float, float, float, float] | None = None


Compare = Callable[[Sequence[Pairing]], Iterable[tuple[int, Verdict]]]
"""Compares pairs in detail: yields the place in the sequence with the verdict, in any order."""

OnPlanned = Callable[[int, int], None]
"""Told how many pairs of how many were compared."""


class Planner:
    """Makes plans and writes them into the journal.

    Args:
        journal: where plans are kept.
        compare: the comparison in detail.
        on_progress: told how far it is.
        check: called all the time; may raise to stop.
    """

    def __init__(
        self,
        journal: ActionJournal,
        compare: Compare,
        on_progress: OnPlanned = lambda _done, _total: None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._journal, self._compare = journal, compare
        self._on_progress, self._check = on_progress, check

    def plan(
        self,
        rows: Iterable[Row],
        options: ActionOptions,
        *,
        job: str = "",
        roots: Sequence[bytes] = (),
        token: str | None = None,
    ) -> ActionInfo:
        """Plan an action on the groups of a finished search.

        Args:
            rows: the search's result.
            options: what to do, and with which of its proposals.
            job: the search.
            roots: the folders that were searched, for `keep_tree`.
            token: the plan's id, a new one if None.

        Raises:
            UsageError: an option is out of range, or names a group or file the search has not.
            ActionRefused: the destination cannot be used.
        """
        check_action(options)
        created = time.time()
        surroundings = Surroundings(options, roots)
        decided = self._decided(rows, options)
        held = [one for one in decided if isinstance(one, HeldBack)]
        chosen: list[tuple[Choice, Item]] = []
        going = {one.member.path for one in decided if isinstance(one, Choice)}
        for one in decided:
            if isinstance(one, Choice):
                self._check()
                try:
                    chosen.append((one, self._item(one, surroundings, going)))
                except Stays as stays:
                    member = one.member
                    held.append(HeldBack(member.group, member.path, stays.reason, one.keeper.path))
        chosen, different = self._proven(chosen)
        held += different
        items = [_numbered(item, number) for number, (_, item) in enumerate(chosen)]
        info = ActionInfo(
            id=token or uuid.uuid4().hex,
            job=job,
            state="planned",
            options=options,
            created=created,
            expires=time.time() + PLAN_SECONDS,
            items=len(items),
            size=sum(item.shown.size for item in items),
            frees=sum(item.shown.frees for item in items),
            held=tuple(
                Held(reason, count) for reason, count in Counter(h.reason for h in held).items()
            ),
        )
        self._journal.add(info, items, sorted(held, key=lambda row: (row.group, row.path)))
        return info

    def _decided(self, rows: Iterable[Row], options: ActionOptions) -> list[Choice | HeldBack]:
        """What goes and what is held back, by the proposals alone."""
        decided: list[Choice | HeldBack] = []
        unknown_groups = set(options.groups)
        unknown_files = {*options.files, *(options.removals or ())}
        for members in groups_of(rows):
            self._check()
            unknown_groups.discard(members[0].group)
            unknown_files.difference_update(member.path for member in members)
            decided += choose(members, options)
        if unknown_groups:
            raise UsageError(f"The search has no group {min(unknown_groups)}.")
        if unknown_files:
            raise UsageError("This file is in no group of the search.", path=min(unknown_files))
        return decided

    def _item(self, one: Choice, surroundings: Surroundings, going: set[bytes]) -> Item:
        """The item for a choice, after a look at the disk.

        Raises:
            Stays: the file is held back.
        """
        member, keeper = one.member, one.keeper
        own, other = _statuses(one, surroundings)
        surroundings.check_way(member.path, own, other)
        belongings = surroundings.belongings(member.path, going)
        named = member.path in (surroundings.options.removals or surroundings.options.files)
        if belongings.partner is not None and belongings.partner not in going and not named:
            raise Stays(PAIR)
        surroundings.check_loss(belongings.files, keeper.path)
        files = tuple(map(surroundings.witness, belongings.files))
        return Item(
            shown=PlanItem(
                number=0,
                group=member.group,
                path=member.path,
                keeper=keeper.path,
                match=one.match,
                mse=member.mse if one.direct else None,
                reason=member.reason,
                size=own.st_size + sum(file.size for file in files),
                frees=surroundings.frees(own) + sum(map(surroundings.frees_of, files)),
                warnings=(
                    *member.warnings,
                    *surroundings.warnings(own, belongings, keeper.path, going),
                    *_of_keeper(one),
                ),
                belongings=belongings.files,
            ),
            file=_witness(member.path, own, member.digest),
            keeper=_witness(keeper.path, other, keeper.digest),
            belongings=files,
            folder=surroundings.folder_for(member.path),
        )

    def _proven(
        self, chosen: list[tuple[Choice, Item]]
    ) -> tuple[list[tuple[Choice, Item]], list[HeldBack]]:
        """Compare weak matches in detail; returns what may go, and what differs."""
        weak = [number for number, (one, _) in enumerate(chosen) if one.match not in PROOF]
        kept_back: dict[int, HeldBack] = {}
        self._on_progress(0, len(weak))
        for start in range(0, len(weak), _DETAIL_BATCH):
            batch = weak[start : start + _DETAIL_BATCH]
            pairings = [_pairing(*chosen[number]) for number in batch]
            answered = 0
            for place, verdict in self._compare(pairings):
                self._check()
                answered += 1
                if not verdict.same:
                    one = chosen[batch[place]][0]
                    kept_back[batch[place]] = HeldBack(
                        one.member.group,
                        one.member.path,
                        verdict.reason,
                        one.keeper.path,
                        verdict.place,
                    )
                self._on_progress(start + answered, len(weak))
            if answered != len(batch):
                raise AssertionError("a pair was left without a verdict")
        passed = [pair for number, pair in enumerate(chosen) if number not in kept_back]
        return passed, list(kept_back.values())


def _statuses(one: Choice, surroundings: Surroundings) -> tuple[os.stat_result, os.stat_result]:
    """Both files as they are now, if they are what the search saw.

    Raises:
        Stays: one is not.
    """
    own = surroundings.status(one.member.path)
    other = surroundings.status(one.keeper.path)
    if own is None:
        raise Stays(GONE)
    if other is None:
        raise Stays(KEEPER_GONE)
    if _seen(own) != (one.member.size, one.member.modified):
        raise Stays(CHANGED)
    if _seen(other) != (one.keeper.size, one.keeper.modified):
        raise Stays(KEEPER_CHANGED)
    if (own.st_dev, own.st_ino) == (other.st_dev, other.st_ino):
        raise Stays(SAME_FILE)
    if surroundings.options.verb == "link" and one.member.digest != one.keeper.digest:
        raise Stays(BYTES_ONLY)
    return own, other


def _seen(status: os.stat_result) -> tuple[int, int]:
    # Another mount may give the same file another device number; the content is checked later.
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else (-1, 0)


def _witness(path: bytes, status: os.stat_result, digest: bytes) -> Witness:
    return Witness(
        path=path,
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        digest=digest,
    )


def _of_keeper(one: Choice) -> Iterator[str]:
    if one.keeper.action != "keep":
        yield "the file that stays is not the best of its group"


def _pairing(one: Choice, item: Item) -> Pairing:
    if not one.direct:
        return Pairing(item.file, item.keeper, None, None)
    return Pairing(item.file, item.keeper, one.member.rotation, one.member.mirrored)


def _numbered(item: Item, number: int) -> Item:
    return replace(item, shown=replace(item.shown, number=number))
