"""Tells how far a search is, not too often, with an estimate of the time that is left."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from difd.protocol.results import Progress

_INTERVAL: Final = 0.05
"""Seconds between two reports of one stage."""

_MEMORY: Final = 5.0
"""Seconds after which an old speed counts about a third in the estimate."""


class Meter:
    """Sends progress to a callback and estimates the time left in the current stage.

    Args:
        on_progress: who is told.
        start: what is known already, from an earlier part of the work.
        clock: seconds, for tests.
    """

    def __init__(
        self,
        on_progress: Callable[[Progress], None],
        start: Progress | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_progress = on_progress
        self._clock = clock
        self.state = start or Progress()
        self._sent = -math.inf
        self._restart()

    def _restart(self) -> None:
        self._measured = self._clock()
        self._share = 0.0
        self._speed = 0.0

    def stage(self, stage: str, **fields: Any) -> None:  # noqa: ANN401  fields of Progress
        """Enter a stage; always reported."""
        self._restart()
        self._send(stage=stage, seconds_left=None, **fields)

    def advance(self, share: float | None = None, **fields: Any) -> None:  # noqa: ANN401  the same
        """Report progress inside a stage, unless that was done a moment ago.

        Args:
            share: how much of the stage is done, 0 to 1, if that is known.
            fields: what else changed.
        """
        now = self._clock()
        if now - self._sent < _INTERVAL:
            self.state = replace(self.state, **fields)
            return
        left = None if share is None else self._seconds_left(share, now)
        self._send(seconds_left=left, **fields)

    def _seconds_left(self, share: float, now: float) -> float | None:
        passed = now - self._measured
        if passed > 0 and share > self._share:
            speed = (share - self._share) / passed
            weight = 1 - math.exp(-passed / _MEMORY) if self._speed else 1.0
            self._speed += weight * (speed - self._speed)
            self._measured, self._share = now, share
        return (1 - share) / self._speed if self._speed else None

    def _send(self, **fields: Any) -> None:  # noqa: ANN401  the same
        self.state = replace(self.state, **fields)
        self._sent = self._clock()
        self._on_progress(self.state)
