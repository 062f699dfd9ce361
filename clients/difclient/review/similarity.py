"""How much similarity can be shown of a search: steps from equal to the threshold, in words."""

from __future__ import annotations

from typing import Final

from difclient.language.catalogue import _, number
from difclient.review.regrouping import EQUAL
from difd.protocol.options import SIMILAR

STEPS: Final = 18
"""Steps from the same small square to the threshold; they grow with its square root, because most
files are near the one that stays."""

NEARLY: Final = 1.0
"""Largest mean squared error that is called nearly equal."""

ALIKE: Final = 50.0
"""Largest mean squared error that is called alike."""


def steps(threshold: float) -> list[float]:
    """The largest distance that each step shows, the last one all that was found.

    Args:
        threshold: that of the search, a mean squared error.
    """
    if not threshold:
        return [EQUAL, 0.0]
    between = [threshold * (step / STEPS) ** 2 for step in range(1, STEPS)]
    return [EQUAL, 0.0, *(float(f"{one:.3g}") for one in between), threshold]


def step_words(threshold: float) -> list[str]:
    """What is said of each of the steps."""
    return [*map(_words, steps(threshold)[:-1]), _("as searched")]


def _words(limit: float) -> str:
    if limit == EQUAL:
        return _("equal")
    if not limit:
        return _("the same at small size")
    if limit <= NEARLY:
        return _("nearly equal")
    if limit <= SIMILAR:
        return _("similar")
    return _("alike") if limit <= ALIKE else _("remotely alike")


def step_figures(threshold: float) -> list[str]:
    """The figure behind each of the steps, for who wants to know."""
    limits = steps(threshold)
    figures = (number(limit, _digits(limit)) for limit in limits[1:])
    return [
        _("proven equal"),
        *(_("mean squared error up to %(number)s", number=figure) for figure in figures),
    ]


def _digits(limit: float) -> int:
    """Digits behind the decimal mark of a limit, at most; three that tell something."""
    return next((digits for digits in range(6) if round(limit, digits) == limit), 6)
