"""How a search ends before its time: at once, or early, with a result of what was read so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from difd.engine.memory import Memory
from difd.engine.work import Cancelled

IsCancelled = Callable[[], bool]

EARLY_SECONDS: Final = 5.0
"""How long a search that ends early goes on to compare what was read."""

_RELEASE_SECONDS: Final = 0.002
"""Seconds between two looks at how much memory mapped records take. What is read at random brings
its neighbours along, 64 kB for each tensor, so it grows by a hundred megabytes in that time."""


class EndedEarly(Exception):
    """A comparison is to end with what it has."""


def never() -> bool:
    """Nobody ends anything early."""
    return False


class Check:
    """Called all the time: ends a run that was cancelled, and keeps mapped tensors out of memory.

    Args:
        cancelled: whether to end at once.
        memory: what has the tensors.

    Raises:
        Cancelled: when called after `cancelled()` became true.
    """

    def __init__(self, cancelled: IsCancelled, memory: Memory) -> None:
        self._cancelled, self._memory = cancelled, memory
        self._next = time.monotonic() + _RELEASE_SECONDS

    def __call__(self) -> None:
        """Look, and go on unless it was cancelled."""
        if self._cancelled():
            raise Cancelled
        if time.monotonic() >= self._next:
            self._memory.release()
            self._next = time.monotonic() + _RELEASE_SECONDS


class Early:
    """Whether a step is to end early, with what it has.

    Args:
        asked: whether somebody wants an early end.
        cancelled: whether somebody wants an end without a result; then there is no early one.
        check: called all the time by the same step.
        seconds: how long the step goes on after it was asked.
    """

    def __init__(
        self,
        asked: IsCancelled,
        cancelled: IsCancelled,
        check: Callable[[], None],
        seconds: float = 0.0,
    ) -> None:
        self._asked, self._cancelled, self.check_only = asked, cancelled, check
        self._seconds = seconds
        self._since: float | None = None

    def __call__(self) -> bool:
        """Whether the time has come."""
        if not self._asked() or self._cancelled():
            return False
        if self._since is None:
            self._since = time.monotonic()
        return time.monotonic() - self._since >= self._seconds

    def check(self) -> None:
        """The same for a step that ends by an exception.

        Raises:
            Cancelled: it is to end, early or at once.
        """
        self.check_only()
        if self():
            raise Cancelled
