"""The signs of life of a host: from a thread of its own, because the other may hang in a drive.

It beats only while something is under way: a host without work wakes nobody.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from difd.service.hosts.channel import BEAT_SECONDS, Alive


class Pulse:
    """Says that the host is there, and for how long its work has not got on.

    Args:
        send: takes the signs of life, in any thread.
    """

    def __init__(self, send: Callable[[Alive], None]) -> None:
        self._send = send
        self._working = threading.Event()
        self._work = ""
        self._since = time.monotonic()

    def start(self) -> None:
        """Begin; it ends with the process."""
        threading.Thread(target=self._run, name="pulse", daemon=True).start()

    @contextmanager
    def during(self, work: str) -> Iterator[None]:
        """Beat while a job or an action is under way."""
        self._work = work
        self.progressed()
        self._working.set()
        try:
            yield
        finally:
            self._working.clear()
            self._work = ""

    def progressed(self) -> None:
        """The work got on."""
        self._since = time.monotonic()

    def beat(self) -> None:
        """Say it now."""
        work = self._work
        self._send(Alive(work, time.monotonic() - self._since if work else 0.0))

    def _run(self) -> None:
        while True:
            self._working.wait()
            time.sleep(BEAT_SECONDS)
            if self._working.is_set():
                self.beat()
