"""Which of several matching files stays, and why: the keep rules on records.

Rules are data; the first one in which two files differ decides. What they leave open is decided
between the folders, one direction for the whole search, and in one folder by the path.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.read import value
from difd.engine.record import Record
from difd.protocol.keep_rules import (
    Directions,
    KeepRule,
    Picture,
    arranged,
    buckets,
    fixed_first,
    learn,
    read_rules,
    refined,
    silent,
)
from difd.system.paths import folder_of, slashed


class _Difference(NamedTuple):
    """What decides between two files: whether for the first one, and the reason then."""

    first: bool
    reason: str


class KeepOrder(msgspec.Struct, frozen=True, eq=False):
    """Keep rules in their order.

    Files in reference folders come before all others, whatever the rules say. Files in places
    where files do not stay come last, even those: they may only stay for files in such places.

    Attributes:
        rules: as they were given.
        directions: between folders, for what the rules leave open.
    """

    rules: tuple[KeepRule, ...]
    directions: Directions = msgspec.field(default_factory=Directions)

    def ordered(self, records: Sequence[Record]) -> list[int]:
        """The places of records, those to keep first."""
        pictures = [_picture(record) for record in records]
        return arranged(buckets(refined(self.rules), pictures), pictures, self.directions)

    def prefers(self, one: Record, other: Record) -> bool:
        """Whether the first of two files would be kept rather than the second."""
        difference = self._difference(one, other)
        if difference is None:
            return slashed(one.file.path) <= slashed(other.file.path)
        return difference.first

    def is_tie(self, one: Record, other: Record) -> bool:
        """Whether nothing but their paths decides between two files."""
        difference = self._difference(one, other)
        if difference is not None:
            return False
        folder, beside = folder_of(one.file.path), folder_of(other.file.path)
        directions = self.directions
        return not directions.has_won(folder, beside) and not directions.has_won(beside, folder)

    def reason(self, kept: Record, other: Record) -> str:
        """Why `kept` stays and not `other`: a clause about `kept`, which begins with "it"."""
        difference = self._difference(kept, other)
        if difference is not None and difference.first:
            return difference.reason
        if not kept.file.writable and other.file.writable:
            return f"it cannot be removed ({fixed_reason(kept)}), and is no worse"
        if difference is not None:
            # A third file is better than this one, and worse than that one.
            return "it is the first by the keep rules among all files of the group"
        folder, beside = folder_of(kept.file.path), folder_of(other.file.path)
        if folder == beside:
            return "it is equal by every rule, and its name comes first"
        first, second = _told_apart(folder, beside)
        return f"of the folders {first} and {second}, the first keeps what both have"

    def silent(self, records: Iterable[Record]) -> list[str]:
        """What has to be said of rules that none of all searched files has to do with."""
        return silent(self.rules, map(_picture, records))

    def _difference(self, one: Record, other: Record) -> _Difference | None:
        """What decides between two files, None if the rules do not."""
        first, second = _picture(one), _picture(other)
        if bool(first.passing) != bool(second.passing):
            reason = f"the other one lies in {second.passing}, where files do not stay"
            return _Difference(not first.passing, reason)
        if first.reference != second.reference:
            return _Difference(first.reference, "it lies in a reference folder")
        for rule in refined(self.rules):
            here, there = rule.ranks([first, second])
            if here != there:
                # Ranks of one rule are of one type.
                better = here < there  # type: ignore[operator]
                return _Difference(better, _reason(rule, one, other) if better else "")
        return None


def parse_rules(texts: Iterable[str]) -> KeepOrder:
    """Read keep rules as people write them.

    Raises:
        InvalidOption: an unknown rule, a rule without what it needs, or one given twice.
    """
    return KeepOrder(read_rules(texts))


def in_keep_order(
    rules: tuple[KeepRule, ...],
    records: Sequence[Record],
    components: Sequence[NDArray[np.int64]],
    picture_of: Callable[[int], Hashable],
    check: Callable[[], None] = lambda: None,
) -> tuple[KeepOrder, list[NDArray[np.int64]]]:
    """Order the images of all components of one search, those to keep first.

    The rules are applied to all of them before the folders decide anything, because what the
    folders decide is counted over all.

    Args:
        rules: as they were given.
        records: of all images.
        components: the images of each.
        picture_of: equal for images that are proven equal.
        check: called for every component; may raise to stop.

    Returns:
        What decided, for its reasons, and the images of each component in their order.
    """
    order = KeepOrder(rules)
    full = refined(rules)
    groups: list[_Group] = []
    for component in components:
        check()
        images = component.tolist()
        pictures = [_picture(records[image]) for image in images]
        group = _Group(images, pictures, buckets(full, pictures))
        learn(order.directions, group.parted, pictures, group.by_place(picture_of))
        groups.append(group)

    found = []
    for group in groups:
        check()
        places = fixed_first(
            full,
            arranged(group.parted, group.pictures, order.directions),
            group.pictures,
            group.by_place(picture_of),
            partial(_holds_all, [records[image] for image in group.images]),
        )
        found.append(np.array([group.images[place] for place in places], np.int64))
    return order, found


class _Group(NamedTuple):
    """The images of a component, what the rules look at, and what they decide."""

    images: list[int]
    pictures: list[Picture]
    parted: list[list[int]]

    def by_place(self, of: Callable[[int], Hashable]) -> Callable[[int], Hashable]:
        """The same of a place in the component."""
        return lambda place: of(self.images[place])


def fixed_reason(record: Record) -> str:
    """Why a file that is not writable cannot be removed, as a clause."""
    sentence = record.file.fixed.rstrip(".")
    return sentence[:1].lower() + sentence[1:]


def _holds_all(records: Sequence[Record], keeper: int, removal: int) -> bool:
    kept, removed = records[keeper], records[removal]
    described = set(removed.metadata) <= set(kept.metadata)
    return described and value.holds_all(kept.value, removed.value)


def _reason(rule: KeepRule, kept: Record, other: Record) -> str:
    if rule.name in {"value", "details"} and (more := value.lost(kept.value, other.value)):
        return f"it holds {more}, which the other one lacks"
    return rule.reason(_picture(kept), _picture(other))


def _told_apart(folder: bytes, other: bytes) -> tuple[str, str]:
    """Names of two folders by which a person knows which is which."""
    shared = os.path.commonpath([folder, other])
    return _below(folder, shared), _below(other, shared)


def _below(folder: bytes, above: bytes) -> str:
    # Names that are not UTF-8 must not make the sentence unsendable.
    inside = os.path.relpath(folder, above) if folder != above else os.path.basename(folder)
    return f'"{(inside or folder).decode(errors="replace")}"'


def forget() -> None:
    """Let go of the files that were asked for last, which keep parts of the cache mapped."""
    _picture.cache_clear()


@lru_cache(maxsize=64)
def _picture(record: Record) -> Picture:
    """What the rules look at; the files of one group are asked for again and again."""
    file = record.file
    return Picture(
        width=record.width,
        height=record.height,
        size=file.size,
        modified=file.mtime_ns,
        format=record.format,
        metadata=record.metadata,
        path=file.path,
        damage=record.damage,
        worth=value.worth(record.value),
        details=value.details(record.value),
        taken=record.taken,
        reference=file.reference,
        passing=file.passing,
        writable=file.writable,
    )
