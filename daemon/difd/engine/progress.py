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

_MEMORY: Final = 15.0
"""Seconds after which an old speed counts about a third in the estimate, at least."""

_MEMORY_SHARE: Final = 1 / 2
"""The same as a share of how long the stage lasts: what is measured for longer changes later."""

_FIRST: Final = 1.0
"""Seconds of a stage before there is an estimate: the first files say little."""

_TOLERANCE: Final = 0.25
"""What was told counts down by the clock while the estimate is not further from it than this."""

_CATCH_UP: Final = 1 / 8
"""In which share of the time left two thirds of such a distance are made up for."""

_SHORTEST: Final = 0.05
"""Seconds that this is at least."""

_STALL: Final = 0.5
"""The longest step in one go, as a share of those spans: one late report proves little."""


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
        self._begun = self._measured = self._clock()
        self._share = 0.0
        self._speed = 0.0
        self._told: float | None = None
        self._told_at = self._begun

    def stage(self, stage: str, **fields: Any) -> None:  # noqa: ANN401  fields of Progress
        """Enter a stage; always reported."""
        self._restart()
        self._send(stage=stage, seconds_left=None, **fields)

    def advance(self, share: float | None = None, **fields: Any) -> None:  # noqa: ANN401  the same
        """Report progress inside a stage, unless that was done a moment ago.

        Args:
            share: how much of the work of the stage is done, 0 to 1; None while that is unknown,
                and the time until then says nothing of how fast the work gets on.
            fields: what else changed.
        """
        now = self._clock()
        if now - self._sent < _INTERVAL:
            self.state = replace(self.state, **fields)
            return
        if share is None:
            self._restart()
        self._send(seconds_left=None if share is None else self._seconds_left(share, now), **fields)

    def _seconds_left(self, share: float, now: float) -> float | None:
        """What to tell: a clock that runs down, and is set by and by where it is far out.

        Work is uneven: told as it is, the estimate would go up and down all the time.
        """
        estimate = self._estimate(share, now)
        if estimate is None or now - self._begun < _FIRST:
            return None
        passed, self._told_at = now - self._told_at, now
        if self._told is None:
            self._told = estimate
            return estimate
        clock = max(0.0, self._told - passed)
        if abs(estimate - clock) > _TOLERANCE * estimate:
            seconds = max(_CATCH_UP * min(estimate, clock), _SHORTEST)
            clock += _weight(passed, seconds) * (estimate - clock)
        self._told = clock
        return clock

    def _estimate(self, share: float, now: float) -> float | None:
        """The rest at the speed of late, exponentially weighted; None before there is a speed."""
        passed = now - self._measured
        if passed > 0 and share > self._share:
            speed = (share - self._share) / passed
            memory = max(_MEMORY, _MEMORY_SHARE * (now - self._begun))
            weight = _weight(passed, memory) if self._speed else 1.0
            self._speed += weight * (speed - self._speed)
            self._measured, self._share = now, share
        return max(0.0, 1 - share) / self._speed if self._speed else None

    def _send(self, **fields: Any) -> None:  # noqa: ANN401  the same
        self.state = replace(self.state, **fields)
        self._sent = self._clock()
        self._on_progress(self.state)


def _weight(passed: float, span: float) -> float:
    """How much what is new counts after some seconds, exponentially; after a stall no more."""
    return 1 - math.exp(-min(passed / span, _STALL))
