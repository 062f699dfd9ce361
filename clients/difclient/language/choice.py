"""Which language somebody is spoken to in: the configured one, or what browser and desktop say."""

from __future__ import annotations

from typing import Final

from difclient.language.catalogue import ENGLISH, NAMES

HEADER_LETTERS: Final = 1000
"""So much of a browser's list of languages is read."""


def browser_language(accepted: str) -> str:
    """The language that a browser likes best of those that we have; English without one.

    Args:
        accepted: the header `Accept-Language`, such as `de-AT,de;q=0.9,en;q=0.8`.
    """
    liked = []
    for place, entry in enumerate(accepted[:HEADER_LETTERS].split(",")):
        tag, _, weight = entry.partition(";")
        code = tag.strip().lower().partition("-")[0]
        if code in NAMES and (liking := _liking(weight)) > 0:
            liked.append((-liking, place, code))
    return min(liked)[2] if liked else ENGLISH


def _liking(weight: str) -> float:
    """A weight such as `q=0.8`; without one, or with a broken one, all of it."""
    try:
        return float(weight.strip().removeprefix("q="))
    except ValueError:
        return 1.0


def desktop_language(configured: str = "auto") -> str:
    """The language of notifications and tray.

    Args:
        configured: the setting `desktop.language`, where it is known.
    """
    from difshell.menu import user_language  # noqa: PLC0415  the page has no use for it

    return configured if configured in NAMES else user_language()
