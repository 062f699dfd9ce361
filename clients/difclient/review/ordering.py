"""Which groups are listed, and in which order."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from difclient.language.catalogue import marked
from difclient.language.phrases import is_loss
from difclient.review.boxes import is_done, is_fixed, is_open, is_to_look_at, safe_files
from difclient.review.folder_pairs import FolderPair
from difclient.review.result import STRENGTHS, File, FoundGroup, Groups
from difd.protocol.errors import UsageError
from difd.protocol.results import PROOF


def _sureness(group: FoundGroup) -> tuple[int, float]:
    return STRENGTHS.index(group.match), group.largest


ORDERS: Final[dict[str, tuple[str, Callable[[FoundGroup], object]]]] = {
    "gain": (marked("Most space to gain first"), lambda group: -group.row.reclaimable_bytes),
    "sure": (marked("Surest first"), _sureness),
    "unsure": (marked("Least sure first"), lambda group: tuple(-part for part in _sureness(group))),
    "many": (marked("Largest groups first"), lambda group: -len(group.every)),
    "few": (marked("Smallest groups first"), lambda group: len(group.every)),
    "small": (
        marked("Smallest pictures first"),
        lambda group: max(file.pixels for file in group.files),
    ),
    "found": (marked("As found"), lambda group: group.number),
}
"""Ways to sort, in words, with their keys."""

SHOWN: Final[dict[str, tuple[str, Callable[[FoundGroup], bool]]]] = {
    "all": (marked("All groups"), lambda _: True),
    "safe": (marked("Safe to let go"), lambda group: bool(safe_files(group))),
    "look": (marked("To look at"), is_to_look_at),
    "undecided": (marked("Undecided"), is_open),
    "decided": (marked("Decided"), lambda group: group.decided and not is_done(group)),
    "done": (marked("Done"), is_done),
    "fixed": (marked("Where nothing can go"), is_fixed),
    "proven": (marked("Proven equal"), lambda group: group.match in PROOF),
    "alike": (marked("Only alike"), lambda group: group.match not in PROOF),
    "edited": (marked("With edited copies"), lambda group: bool(group.edited)),
    "going": (marked("With files that go"), lambda group: bool(group.going)),
    "staying": (
        marked("Where nothing goes"),
        lambda group: not group.going and group.ignored is None,
    ),
    "lost": (
        marked("Where something would be lost"),
        lambda group: any(_loses(file) for file in group.every),
    ),
}
"""Which groups, in words, with their tests."""


def _loses(file: File) -> bool:
    return bool(file.member.loses) or any(map(is_loss, file.warnings))


def listed(
    result: Groups, order: str, shown: str, words: str, pair: FolderPair | None = None
) -> list[FoundGroup]:
    """The groups to list.

    Args:
        result: of the search.
        order: a key of `ORDERS`.
        shown: a key of `SHOWN`.
        words: what the path of one of the files must hold, in any case; all of them.
        pair: only what these two folders share.

    Raises:
        UsageError: there is no such key.
    """
    if order not in ORDERS or shown not in SHOWN:
        raise UsageError("Groups cannot be sorted or chosen like this.")
    wanted = [os.fsencode(word.casefold()) for word in words.split()]
    test = SHOWN[shown][1]
    found = [
        group
        for group in (result.groups if pair is None else pair.groups)
        if test(group) and (not wanted or _holds(group, wanted))
    ]
    key = ORDERS[order][1]
    found.sort(key=lambda group: (key(group), group.number))
    return found


def _holds(group: FoundGroup, wanted: list[bytes]) -> bool:
    for file in group.every:
        path = os.fsencode(os.fsdecode(file.member.path).casefold())
        if all(word in path for word in wanted):
            return True
    return False
