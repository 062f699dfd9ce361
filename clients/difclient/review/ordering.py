"""Which groups are listed, and in which order."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from difclient.review.boxes import is_done, is_fixed, is_open, is_to_look_at, safe_files
from difclient.review.folder_pairs import FolderPair
from difclient.review.result import STRENGTHS, FoundGroup, Result
from difd.protocol.errors import UsageError
from difd.protocol.results import PROOF


def _sureness(group: FoundGroup) -> tuple[int, float]:
    return STRENGTHS.index(group.match), group.largest


ORDERS: Final[dict[str, tuple[str, Callable[[FoundGroup], object]]]] = {
    "gain": ("Most to gain first", lambda group: -group.row.reclaimable_bytes),
    "sure": ("Surest first", _sureness),
    "unsure": ("Least sure first", lambda group: tuple(-part for part in _sureness(group))),
    "many": ("Largest groups first", lambda group: -len(group.every)),
    "few": ("Smallest groups first", lambda group: len(group.every)),
    "small": (
        "Smallest pictures first",
        lambda group: max(file.pixels for file in group.files),
    ),
    "found": ("As found", lambda group: group.number),
}
"""Ways to sort, in words, with their keys."""

SHOWN: Final[dict[str, tuple[str, Callable[[FoundGroup], bool]]]] = {
    "all": ("All groups", lambda _: True),
    "safe": ("Safe to let go", lambda group: bool(safe_files(group))),
    "look": ("To look at", is_to_look_at),
    "undecided": ("Undecided", is_open),
    "done": ("Done", is_done),
    "fixed": ("Where nothing can go", is_fixed),
    "proven": ("Proven equal", lambda group: group.match in PROOF),
    "alike": ("Only alike", lambda group: group.match not in PROOF),
    "edited": ("With edited copies", lambda group: bool(group.edited)),
    "going": ("With files that go", lambda group: bool(group.going)),
    "staying": (
        "Where nothing goes",
        lambda group: not group.going and group.ignored is None,
    ),
    "mind": (
        "With a warning",
        lambda group: any(file.warnings for file in group.every),
    ),
}
"""Which groups, in words, with their tests."""


def listed(
    result: Result, order: str, shown: str, words: str, pair: FolderPair | None = None
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
