"""The signs of life of a host, both ends: it gives them, and the daemon judges by them how it is.

They come from a thread of their own, because the other may hang in a drive; and only while
something is under way: a host without work wakes nobody.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from difd.service.hosts.channel import BEAT_SECONDS, Alive

SILENT_SECONDS: Final = 10.0
"""A host that is at work and says nothing for so long is stopped, or the machine is."""


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


class Patience:
    """How long nothing was heard of a host that is at work, and its work has not got on.

    Args:
        still_seconds: how long work may take without getting on.
        silent: what is said of a host that is silent; `{pid}` stands for its process.
        still: what is said of one whose work does not get on.
    """

    def __init__(self, still_seconds: float, *, silent: str, still: str) -> None:
        self._still_seconds, self._silent, self._still_words = still_seconds, silent, still
        self._heard = self._still = 0.0

    def heard(self, still: float = 0.0) -> None:
        """The host said something.

        Args:
            still: for how many seconds its work has not got on.
        """
        self._heard, self._still = time.monotonic(), still

    def words(self, pid: int) -> str:
        """What there is to say of the host; "" while it is as it should be."""
        silence = time.monotonic() - self._heard
        if silence > SILENT_SECONDS:
            return self._silent.format(pid=pid)
        if self._still + silence > self._still_seconds:
            return self._still_words.format(pid=pid)
        return ""
