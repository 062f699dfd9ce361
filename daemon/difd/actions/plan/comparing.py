"""What a plan has compared, and the answers; whoever looks at pixels hands in the comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from difd.store.action_items import Witness

Place = tuple[float, float, float, float]
"""Left, top, width and height, as fractions of the keeper."""


class Pairing(msgspec.Struct, frozen=True):
    """Two pictures to compare; the turn is None where it is not known.

    Attributes:
        same_pixels: they are said to be equal in every pixel; else they are compared in detail.
        lie: where the corners of an edited copy lie in the keeper; see `results.Lie`.
        may_lose: what only the removal holds beside its pixels may be lost: somebody accepted it.
    """

    removal: Witness
    keeper: Witness
    rotation: int | None
    mirrored: bool | None
    same_pixels: bool = False
    lie: tuple[tuple[float, float], ...] = ()
    may_lose: bool = False


class Verdict(msgspec.Struct, frozen=True):
    """Whether two pictures are the same at full size; else why not, and where."""

    same: bool
    reason: str = ""
    place: Place | None = None


Compare = Callable[[Sequence[Pairing]], Iterable[tuple[int, Verdict]]]
"""Compares pairs in full: yields the place in the sequence with the verdict, in any order."""
