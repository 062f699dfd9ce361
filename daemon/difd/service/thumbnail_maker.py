"""Thumbnails in the engine host: beside the search that may be running, in workers of their own."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from difd.engine.thumbnail import ThumbnailRequest, make_thumbnail
from difd.engine.work import WorkerLoss
from difd.pools.local import LocalPool
from difd.service.host_messages import MakeThumbnail, ThumbnailMade

BATCH: Final = 64
"""Thumbnails made in one go; what is asked for meanwhile comes next."""


class ThumbnailMaker:
    """Makes thumbnails in a thread and a pool of its own, both begun with the first one.

    Args:
        send: takes what was made.
    """

    def __init__(self, send: Callable[[ThumbnailMade], None]) -> None:
        self._send = send
        self._asked: queue.SimpleQueue[MakeThumbnail] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, request: MakeThumbnail) -> None:
        """Make this one when its turn comes."""
        self._asked.put(request)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="thumbnails", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        pool = LocalPool(os.cpu_count())
        # When the daemon is gone, the process ends with its main thread.
        while True:
            self._make(pool, self._next_batch())

    def _next_batch(self) -> list[MakeThumbnail]:
        batch = [self._asked.get()]
        with suppress(queue.Empty):
            while len(batch) < BATCH:
                batch.append(self._asked.get_nowait())
        return batch

    def _make(self, pool: LocalPool, batch: list[MakeThumbnail]) -> None:
        waiting: dict[ThumbnailRequest, list[int]] = {}
        for asked in batch:
            waiting.setdefault(ThumbnailRequest(asked.path, asked.size), []).append(asked.number)
        for request, made in pool.map(make_thumbnail, waiting):
            image = made if isinstance(made, bytes) else None
            reason = made.reason if isinstance(made, WorkerLoss) else made
            for number in waiting[request]:
                self._send(
                    ThumbnailMade(number, image, reason if isinstance(reason, str) else None)
                )
