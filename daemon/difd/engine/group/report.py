"""From matches and groups to the rows of one part of a result: what is proposed for each, and why.

Rows are made when they are asked for: a group of 100,000 copies is never a document in memory.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.group.grouping import Grouping, goes_sooner, holds_as_much
from difd.engine.group.keep import KeepOrder, fixed_reason
from difd.engine.group.listing import Listing, lower_quality
from difd.engine.group.roles import Roles
from difd.engine.orientation import TURNS
from difd.engine.prove.turned_copies import TurnedCopies, match_kind
from difd.engine.read.value import details, lost, worth
from difd.engine.record import Record
from difd.protocol.results import PROOF, Action, Lie, Match, Member, Pair

if TYPE_CHECKING:
    from difd.engine.edited.descent import Copy


class Proposal(msgspec.Struct, frozen=True):
    """What is proposed for a file that is not a keeper."""

    action: Action
    match: Match
    turn: int


class Part:
    """What was found in one folder that is searched by itself, or in all of them together.

    Args:
        folder: that folder, None without `in_folder`.
        records: the images, in path order.
        listing: difPy's result.
        grouping: who stays.
        copies: confirmed turned copies.
        allowed: the allowed turns.
        keep: the keep rules.
        roles: which images may be a pair.
        px: edge of the tensors.
        edited: edited copies, in the order of the copies.
    """

    def __init__(
        self,
        folder: bytes | None,
        records: Sequence[Record],
        listing: Listing,
        grouping: Grouping,
        copies: TurnedCopies,
        *,
        allowed: tuple[int, ...],
        keep: KeepOrder,
        roles: Roles,
        px: int,
        edited: Sequence[Copy] = (),
    ) -> None:
        self.folder = folder
        self.records = records
        self.listing = listing
        self.grouping = grouping
        self.lower = lower_quality(listing, records, roles, keep)
        self._edited: defaultdict[int, list[Copy]] = defaultdict(list)
        for copy in edited:
            self._edited[copy.origin].append(copy)
        # A picture that has edited copies and no others is listed, too.
        alone = [np.array([image]) for image in self._edited if grouping.keeper[image] < 0]
        self.groups = sorted([*grouping.groups, *alone], key=lambda images: int(images.min()))
        self.edited_files = len({copy.image for copy in edited})
        self.reclaimable: list[int] = []
        self.removable = 0
        self._copies, self._allowed, self._keep, self._px = copies, allowed, keep, px

    def weigh(self, check: Callable[[], None]) -> None:
        """Find out how many files may go, and what each group would free."""
        for images in self.groups:
            total = 0
            for image in images.tolist():
                check()
                if self.is_kept(image) or self.proposal(image).action != "remove":
                    continue
                record = self.records[image]
                self.removable += 1
                total += 0 if _has_other_names(record) else record.file.size
            self.reclaimable.append(total)

    def is_kept(self, image: int) -> bool:
        """Whether an image of a group is a keeper."""
        return bool(self.grouping.keeper[image] in {image, -1})

    def proposal(self, image: int) -> Proposal:
        """What to do with an image that has a keeper."""
        keeper = int(self.grouping.keeper[image])
        record, kept = self.records[image], self.records[keeper]
        turn = self._copies.turn(image, keeper, self._allowed)
        match = match_kind(kept, record, turned=turn is not None, ssd=int(self.grouping.ssd[image]))
        if turn is None or match == "bytes":
            turn = int(self.grouping.turn[image])
        action: Action = "remove" if match in PROOF else "review"
        # What lacks something, or is damaged, may stay: in a reference folder, or by a rule.
        if not holds_as_much(kept, record):
            action = "review"
        if self.grouping.first_frame[image] or not record.file.writable or record.file.reference:
            action = "none"
        if goes_sooner(kept, record):
            # A file that may be gone tomorrow stays for none outside such a place.
            action = "none"
        return Proposal(action, match, turn)

    def edited(self, images: NDArray[np.int64]) -> list[Copy]:
        """The edited copies of the pictures of a group."""
        if not self._edited:
            return []
        return [copy for image in images.tolist() for copy in self._edited.get(image, ())]

    def edited_members(self, number: int, copies: Iterable[Copy]) -> Iterator[Member]:
        """The rows of edited copies, which follow those of their group."""
        from difd.engine.group.beside import Beside  # noqa: PLC0415  most searches have none

        for copy in copies:
            beside = Beside(copy, self.records, has_others=self._has_others(copy))
            record, origin = self.records[copy.image], self.records[copy.origin]
            yield _member(
                number,
                record,
                beside.action,
                beside.reason,
                keeper=origin.file.path,
                match=beside.match,
                mirrored=beside.lie.mirrored,
                warnings=beside.warnings,
                loses=losses(record, origin),
                lie=beside.lie,
            )

    def _has_others(self, copy: Copy) -> bool:
        """Whether others are listed under a copy."""
        return copy.image in self._edited or bool(self.grouping.keeper[copy.image] >= 0)

    def members(self, number: int, images: NDArray[np.int64]) -> Iterator[Member]:
        """The rows of a group: every keeper, followed by those it stays for."""
        order = self._in_families(images.tolist())
        for image, following in pairwise([*order, -1]):
            if self.is_kept(image):
                alone = following < 0 or self.is_kept(following)
                yield self._kept(number, image, None if alone else following)
            else:
                yield self._decided(number, image)

    def _in_families(self, images: list[int]) -> list[int]:
        """Images in keep order, each followed by those that are under it."""
        under: dict[int, list[int]] = {image: [] for image in images}
        for image in images:
            if not self.is_kept(image):
                under[int(self.grouping.keeper[image])].append(image)
        order: list[int] = []
        for keeper in filter(self.is_kept, images):
            order.append(keeper)
            for image in under[keeper]:
                order += [image, *under[image]]
        return order

    def _kept(self, number: int, image: int, runner_up: int | None) -> Member:
        record = self.records[image]
        if record.file.reference:
            why = "it lies in a reference folder"
        elif self.grouping.keeper[image] < 0:
            why = "edited copies come from it"
        elif runner_up is None:
            why = "it matches only files listed under another one that stays"
        else:
            why = self._keep.reason(record, self.records[runner_up])
        return _member(number, record, "keep", f"kept: {why}")

    def _decided(self, number: int, image: int) -> Member:
        keeper = int(self.grouping.keeper[image])
        record, kept = self.records[image], self.records[keeper]
        proposal = self.proposal(image)
        turn = TURNS[proposal.turn]
        mse = self.mse(int(self.grouping.ssd[image]))
        return _member(
            number,
            record,
            proposal.action,
            self._reason(record, kept, proposal, mse, first_frame=self.grouping.first_frame[image]),
            keeper=kept.file.path,
            match=proposal.match,
            mse=mse,
            rotation=turn.rotation,
            mirrored=turn.mirrored,
            warnings=tuple(self._warnings(record, kept, proposal)),
            loses=losses(record, kept),
        )

    def _reason(
        self, record: Record, kept: Record, proposal: Proposal, mse: float, *, first_frame: bool
    ) -> str:
        # Names that are not UTF-8 must not make the sentence unsendable.
        name = os.path.basename(kept.file.path).decode(errors="replace")
        if first_frame:
            return f"not proposed: of {name} and this one, one is a still and one moves"
        turn = TURNS[proposal.turn]
        how = " mirrored" if turn.mirrored else ""
        how += f" turned by {turn.rotation}°" if turn.rotation else ""
        likeness = {
            "bytes": f"the same bytes as {name}",
            "pixels": f"the same pixels as {name}{how}",
            "tensor": f"like {name}{how} at {self._px} pixels: look first",
            "similar": f"similar to {name}{how}, MSE {mse:.3g}: look first",
        }[proposal.match]
        lost = losses(record, kept)
        if lost and proposal.match == "pixels":
            return f"{likeness}, but only this one has {lost}: look first"
        return f"{likeness}; that one stays: {self._keep.reason(kept, record)}"

    def _warnings(self, record: Record, kept: Record, proposal: Proposal) -> Iterator[str]:
        if kept.damage and not record.damage:
            yield f"the file that stays is damaged, and this one is not: {kept.damage}"
        if kept.width * kept.height < record.width * record.height:
            yield f"the file that stays is smaller, {kept.width}×{kept.height}"
        # Of copies byte for byte either may stay; of others somebody may want the other one.
        differ = record.digest != kept.digest
        if differ and proposal.action != "none" and self._keep.is_tie(kept, record):
            yield "only the names decide which of the two stays"
        if proposal.action == "none" and not record.file.writable:
            yield f"it cannot be removed: {fixed_reason(record)}"
        elif _has_other_names(record):
            yield "removing it frees nothing: the file has other names"

    def mse(self, ssd: int) -> float:
        """The mean squared error that an SSD is."""
        return ssd / (3 * self._px * self._px)

    def pairs(self) -> Iterator[Pair]:
        """The entries of difPy's result."""
        listing = self.listing
        for key, match, ssd in zip(
            listing.key.tolist(), listing.match.tolist(), listing.ssd.tolist(), strict=True
        ):
            one, other = self.records[key].file.path, self.records[match].file.path
            yield Pair(self.folder, one, other, self.mse(ssd))


def losses(record: Record, kept: Record) -> str:
    """What would be lost with a file, because its keeper lacks it; empty if nothing would."""
    return "" if record.digest == kept.digest else lost(record.value, kept.value)


def _has_other_names(record: Record) -> bool:
    """Whether the file has a second hard link, known to the search or not."""
    try:
        return os.lstat(record.file.path).st_nlink > 1
    except OSError:
        # It is gone or out of reach; the plan will find out before anything happens.
        return bool(record.file.links)


def _member(
    number: int,
    record: Record,
    action: Action,
    reason: str,
    *,
    keeper: bytes | None = None,
    match: Match | None = None,
    mse: float | None = None,
    rotation: int | None = None,
    mirrored: bool | None = None,
    warnings: tuple[str, ...] = (),
    loses: str = "",
    lie: Lie | None = None,
) -> Member:
    return Member(
        group=number,
        path=record.file.path,
        action=action,
        reason=reason,
        width=record.width,
        height=record.height,
        size=record.file.size,
        modified=record.file.mtime_ns,
        format=record.format,
        keeper=keeper,
        links=record.file.links,
        match=match,
        mse=mse,
        rotation=rotation,
        mirrored=mirrored,
        warnings=warnings,
        digest=record.digest,
        reference=record.file.reference,
        metadata=record.metadata,
        loses=loses,
        damage=record.damage,
        worth=worth(record.value),
        details=details(record.value),
        taken=record.taken,
        passing=record.file.passing,
        writable=record.file.writable,
        lie=lie,
    )
