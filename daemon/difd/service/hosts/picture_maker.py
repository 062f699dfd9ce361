"""Thumbnails and descriptions in the engine host: beside the search, in workers of their own."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from itertools import chain
from typing import cast

from difd.engine.show.description import describe
from difd.engine.show.differences import DifferenceRequest, Places, find_differences
from difd.engine.show.thumbnail import ThumbnailRequest, make_thumbnail
from difd.engine.show.window import WindowRequest, cut_window, forget_pictures
from difd.engine.work import WorkerLoss
from difd.pools.local import LocalPool
from difd.protocol.description import Description
from difd.protocol.errors import JobFailed
from difd.protocol.results import Lie
from difd.service.hosts.engine_messages import (
    GIVEN_UP,
    CutWindow,
    DescribePicture,
    DifferencesFound,
    LocateDifferences,
    MakeThumbnail,
    PictureDescribed,
    PictureLost,
    PictureQuestion,
    PictureReport,
    ThumbnailMade,
)

_Work = ThumbnailRequest | WindowRequest | DifferenceRequest | bytes
_Made = bytes | Description | Places | str | WorkerLoss

_log = logging.getLogger(__name__)


class PictureMaker:
    """Looks at single pictures in a thread and a pool of its own, both begun with the first one.

    Args:
        send: takes the answers.
    """

    def __init__(self, send: Callable[[PictureReport], None]) -> None:
        self._send = send
        self._asked: queue.SimpleQueue[PictureQuestion] = queue.SimpleQueue()
        self._open: set[int] = set()
        self._forgotten: set[int] = set()
        self._under_way: dict[_Work, list[int]] = {}
        self._thread: threading.Thread | None = None

    def ask(self, question: PictureQuestion) -> None:
        """Look at this one when its turn comes."""
        self._open.add(question.number)
        self._asked.put(question)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="pictures", daemon=True)
            self._thread.start()

    def forget(self, number: int) -> None:
        """Nobody waits for the answer to this question: it is not looked at to the end."""
        if number in self._open:
            self._forgotten.add(number)

    def _work(self) -> None:
        pool = LocalPool(given_up=self._is_given_up)
        # When the daemon is gone, the process ends with its main thread.
        while True:
            arriving = _Arriving(self._asked)
            self._under_way = arriving.waiting
            try:
                self._answer(pool, arriving)
            except (JobFailed, OSError) as error:
                # No process can be had just now; those who ask later may be luckier.
                _log.warning("pictures cannot be looked at: %s", error)
                self._give_up(arriving, "cannot be looked at: no worker can be started")
            except Exception as error:  # noqa: BLE001  the boundary of the thread
                # A fault of ours: whoever waits is told, and whoever asks later is answered.
                _log.exception("pictures cannot be looked at")
                self._give_up(arriving, f"cannot be looked at: {type(error).__name__}: {error}")

    def _answer(self, pool: LocalPool, arriving: _Arriving) -> None:
        mapped = cast("Generator[tuple[_Work, _Made]]", pool.map(_done, arriving))
        # Whatever ends this early, the pool is free for the next pictures.
        with closing(mapped):
            for work, made in mapped:
                for number in arriving.waiting.pop(work):
                    self._tell(number, _report(number, made))

    def _is_given_up(self, work: _Work) -> bool:
        return self._forgotten.issuperset(self._under_way[work])

    def _give_up(self, arriving: _Arriving, reason: str) -> None:
        for number in chain.from_iterable(arriving.waiting.values()):
            self._tell(number, PictureLost(number, reason))

    def _tell(self, number: int, report: PictureReport) -> None:
        self._open.discard(number)
        if number in self._forgotten:
            self._forgotten.discard(number)
            report = PictureLost(number, GIVEN_UP)
        self._send(report)


class _Arriving(Iterator[_Work]):
    """What is asked for; it goes on after an end, so that nobody waits for what others asked.

    In batches, a worker that starts, or a large picture, would keep the others waiting.

    Args:
        asked: where questions come from; the first one is waited for.

    Attributes:
        waiting: who is told of each picture that is under way.
    """

    def __init__(self, asked: queue.SimpleQueue[PictureQuestion]) -> None:
        self._asked = asked
        self._first: PictureQuestion | None = asked.get()
        self.waiting: dict[_Work, list[int]] = {}

    def __next__(self) -> _Work:
        """The next picture that is not under way already."""
        while True:
            asked, self._first = self._first, None
            if asked is None:
                try:
                    asked = self._asked.get_nowait()
                except queue.Empty:
                    raise StopIteration from None
            work = _work_of(asked)
            numbers = self.waiting.setdefault(work, [])
            numbers.append(asked.number)
            if len(numbers) == 1:
                return work


def _work_of(question: PictureQuestion) -> _Work:
    match question:
        case MakeThumbnail(path=path, size=size):
            return ThumbnailRequest(path, size)
        case CutWindow(path=path, window=window):
            return WindowRequest(path, window)
        case DescribePicture(path=path):
            return path
        case LocateDifferences(path=path, other=other, lie=Lie(corners=corners, hidden=hidden)):
            return DifferenceRequest(path, other, lie=corners, hidden=hidden)
        case LocateDifferences(path=path, other=other):
            return DifferenceRequest(path, other, question.rotation, question.mirrored)


def _done(work: _Work) -> bytes | Description | Places | str:
    """What is asked of a file; or why it cannot be told. Runs in workers."""
    if isinstance(work, WindowRequest):
        return cut_window(work)
    forget_pictures()  # whoever looked closely looks at something else now
    match work:
        case DifferenceRequest():
            return find_differences(work)
        case ThumbnailRequest():
            return make_thumbnail(work)
        case _:
            return describe(work)


def _report(number: int, made: _Made) -> PictureReport:
    match made:
        case bytes():
            return ThumbnailMade(number, made)
        case Description():
            return PictureDescribed(number, made)
        case tuple():
            return DifferencesFound(number, made)
        case WorkerLoss(reason=reason):
            return PictureLost(number, reason)
        case _:
            return PictureLost(number, made)
