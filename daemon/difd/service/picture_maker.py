"""Thumbnails and descriptions in the engine host: beside the search, in workers of their own."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from difd.engine.description import describe
from difd.engine.thumbnail import ThumbnailRequest, make_thumbnail
from difd.engine.work import WorkerLoss
from difd.pools.local import LocalPool
from difd.protocol.description import Description
from difd.service.host_messages import (
    DescribePicture,
    MakeThumbnail,
    PictureDescribed,
    PictureLost,
    PictureQuestion,
    PictureReport,
    ThumbnailMade,
)

BATCH: Final = 64
"""Pictures looked at in one go; what is asked for meanwhile comes next."""

_Work = ThumbnailRequest | bytes


class PictureMaker:
    """Looks at single pictures in a thread and a pool of its own, both begun with the first one.

    Args:
        send: takes the answers.
    """

    def __init__(self, send: Callable[[PictureReport], None]) -> None:
        self._send = send
        self._asked: queue.SimpleQueue[PictureQuestion] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, question: PictureQuestion) -> None:
        """Look at this one when its turn comes."""
        self._asked.put(question)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="pictures", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        pool = LocalPool(os.cpu_count())
        # When the daemon is gone, the process ends with its main thread.
        while True:
            self._make(pool, self._next_batch())

    def _next_batch(self) -> list[PictureQuestion]:
        batch = [self._asked.get()]
        with suppress(queue.Empty):
            while len(batch) < BATCH:
                batch.append(self._asked.get_nowait())
        return batch

    def _make(self, pool: LocalPool, batch: list[PictureQuestion]) -> None:
        waiting: dict[_Work, list[int]] = {}
        for asked in batch:
            waiting.setdefault(_work_of(asked), []).append(asked.number)
        for work, made in pool.map(_done, waiting):
            for number in waiting[work]:
                self._send(_report(number, made))


def _work_of(question: PictureQuestion) -> _Work:
    match question:
        case MakeThumbnail(path=path, size=size):
            return ThumbnailRequest(path, size)
        case DescribePicture(path=path):
            return path


def _done(work: _Work) -> bytes | Description | str:
    """What is asked of a file; or why it cannot be told. Runs in workers."""
    return describe(work) if isinstance(work, bytes) else make_thumbnail(work)


def _report(number: int, made: bytes | Description | str | WorkerLoss) -> PictureReport:
    match made:
        case bytes():
            return ThumbnailMade(number, made)
        case Description():
            return PictureDescribed(number, made)
        case WorkerLoss(reason=reason):
            return PictureLost(number, reason)
        case _:
            return PictureLost(number, made)
