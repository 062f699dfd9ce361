"""Changes in one watched folder that wait for a look, and when it is time for one.

A look waits until nothing has changed for a moment, so that a copied folder is one look and no file
is read while it is written; but not for ever, if something changes all the time. Knows no clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

QUIET_SECONDS: Final = 2.1
"""How long a file must have been left alone: longer than the two seconds after which the tensor
cache trusts a file's times."""

PATIENCE_SECONDS: Final = 60.0
"""After so long a look does not wait for the rest."""

PLACES_MAX: Final = 20_000
"""More changes than that are a look at the whole folder."""


class Pending:
    """What changed in one watched folder. Times are seconds on a clock that never goes back."""

    def __init__(self) -> None:
        # Each with the time from which on it may be looked at.
        self._places: dict[bytes, float] = {}
        self._vanished: dict[bytes, None] = {}
        self._first = self._last = 0.0
        self._whole: float | None = None

    def change(self, place: bytes, now: float) -> None:
        """A file or folder came, went or was written."""
        ready = now + QUIET_SECONDS
        if not self._places:
            self._first = ready
        self._places[place] = self._last = ready
        self._vanished.pop(place, None)
        if len(self._places) + len(self._vanished) > PLACES_MAX:
            self.change_all(now)

    def change_all(self, due: float) -> None:
        """All of it has to be looked at, at `due` or when it is next looked at."""
        self._places.clear()
        self._vanished.clear()
        self._whole = due if self._whole is None else min(self._whole, due)

    def due(self) -> float | None:
        """When it is time for a look; None if there is no reason for one."""
        if self._whole is not None:
            return self._whole
        if not self._places:
            return None
        return min(self._last, self._first + PATIENCE_SECONDS)

    def take(
        self, now: float, is_there: Callable[[bytes], bool]
    ) -> tuple[tuple[bytes, ...] | None, tuple[bytes, ...]]:
        """What is to be looked at now; it does not wait any more.

        What only vanished is no reason for a look; it waits for the next one.

        Args:
            now: the time.
            is_there: whether there is anything at a place.

        Returns:
            The places, none if there is no reason for a look, None for all of the folder; and
            what vanished before.
        """
        if self._whole is not None:
            self._whole = None
            self._places.clear()
            self._vanished.clear()
            return None, ()
        quiet = [place for place, ready in self._places.items() if ready <= now]
        for place in quiet:
            del self._places[place]
        # Those that go on changing begin a new wait.
        self._first = min(self._places.values(), default=now)
        if not any(map(is_there, quiet)):
            self._vanished.update(dict.fromkeys(quiet))
            return (), ()
        vanished = tuple(self._vanished)
        self._vanished.clear()
        return tuple(quiet), vanished

    def put_back(
        self, places: tuple[bytes, ...] | None, vanished: tuple[bytes, ...], due: float
    ) -> None:
        """A look was given up: the same again, at `due`."""
        if places is None:
            self.change_all(due)
            return
        for place in vanished:
            self._vanished.setdefault(place)
        for place in places:
            self._places.setdefault(place, due)
        self._first = min(self._places.values(), default=due)
        self._last = max(self._places.values(), default=due)
