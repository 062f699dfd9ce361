"""How far a search is, in words."""

from __future__ import annotations

from typing import Final

from difclient.language.catalogue import _, counted, number
from difclient.language.numbers import percent
from difd.protocol.results import Progress

_MINUTE: Final = 60
_HOUR: Final = 60
_COUNTED: Final = 20
"""Seconds below which they are told in fives."""

_EXACT_MINUTES: Final = 10
"""Minutes from which on they are told in fives."""


def described(progress: Progress) -> str:
    """A progress in words."""
    match progress.stage:
        case "waiting":
            words = _("waiting")
        case "discover":
            words = counted("%(count)s image found", "%(count)s images found", progress.found)
        case "decode":
            words = read(progress)
        case "match":
            words = counted(
                "%(share)s compared, %(count)s match",
                "%(share)s compared, %(count)s matches",
                progress.matches,
                share=percent(progress.compared),
            )
        case "lay":
            share = percent(progress.laid)
            words = _("%(share)s of possible edited copies looked at", share=share)
        case "report":
            words = counted(
                "%(count)s match, writing the result",
                "%(count)s matches, writing the result",
                progress.matches,
            )
    if progress.seconds_left is not None:
        words += ", " + _("%(time)s left", time=time_left(progress.seconds_left))
    return words


def read(progress: Progress) -> str:
    """How many images are read."""
    return counted(
        "%(done)s of %(count)s image read",
        "%(done)s of %(count)s images read",
        progress.found,
        done=number(progress.decoded),
    )


def time_left(seconds: float) -> str:
    """An estimate in steps as coarse as it is unsure, so that it does not change all the time."""
    if seconds < _COUNTED:
        fives = 5 * round(seconds / 5)
        if fives <= 5:  # noqa: PLR2004
            return _("a few seconds")
        return _("about %(count)s seconds", count=min(fives, 15))
    if seconds < _MINUTE:
        return _("less than a minute")
    minutes = round(seconds / _MINUTE)
    if minutes >= _EXACT_MINUTES:
        minutes = 5 * round(seconds / _MINUTE / 5)
    if minutes < _HOUR:
        return counted("about a minute", "about %(count)s minutes", minutes)
    hours = round(seconds / _MINUTE / _HOUR)
    return counted("about an hour", "about %(count)s hours", hours)


def part_of(progress: Progress) -> tuple[float, float | None]:
    """How much of the current stage is done, and its whole; None while unknown."""
    if progress.stage == "decode":
        return progress.decoded, max(progress.found, 1)
    if progress.stage == "match":
        return progress.compared, 1.0
    if progress.stage == "lay":
        return progress.laid, 1.0
    return 0.0, None
