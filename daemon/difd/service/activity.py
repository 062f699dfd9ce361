"""When a daemon leaves by itself: one timer and no polling, so that an idle daemon sleeps."""

from __future__ import annotations

import asyncio
import logging

from difd.protocol.envelope import Reply
from difd.protocol.requests import AnyRequest
from difd.service.daemon import Daemon

_log = logging.getLogger(__name__)


class Activity:
    """Stops a daemon that nobody has needed for a while.

    Args:
        daemon: whose requests count.
        stop: set when it is time.
        idle_seconds: how long a while is; 0 means that it never leaves.
    """

    def __init__(self, daemon: Daemon, stop: asyncio.Event, idle_seconds: float) -> None:
        self._daemon, self._stop = daemon, stop
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._idle_seconds = 0.0
        self.wait_for(idle_seconds)

    def wait_for(self, idle_seconds: float) -> None:
        """Leave after so many seconds from now on; 0 means never."""
        if self._timer is not None:
            self._timer.cancel()
        self._idle_seconds = idle_seconds
        if idle_seconds > 0:
            self._timer = self._loop.call_later(idle_seconds, self._look)

    def answer(self, connection: bytes, request: AnyRequest) -> Reply | None:
        """The daemon's answer, with note that it was needed."""
        self._last = self._loop.time()
        return self._daemon.answer(connection, request)

    def _look(self) -> None:
        if not self._daemon.may_leave:
            self._last = self._loop.time()
        left = self._last + self._idle_seconds - self._loop.time()
        if left <= 0:
            _log.info("idle")
            self._stop.set()
        else:
            self._timer = self._loop.call_later(left, self._look)
