"""What the gateway keeps in memory between requests: results with their decisions, and pictures."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from difclient.review.boxes import is_open
from difclient.review.callers import Callers
from difclient.review.result import FoundGroup, Result
from difd.protocol.deciding import Decision
from difd.protocol.description import Description
from difd.protocol.errors import DifdError, UsageError
from difd.protocol.jobs import JobInfo

RESULTS_MAX: Final = 8
"""Results kept with their decisions; the one that was looked at longest ago is forgotten first."""

PICTURE_SIZES: Final = (120, 480, 2048)
"""Longer edges of pictures, in pixels: in the list, in a group, and compared."""

_FIRST_FILE: Final = 1
"""The row of the first file of a result: the first row is its group's."""

PICTURE_BYTES_MAX: Final = 128 << 20
"""Small pictures kept, in bytes."""


class Earlier(msgspec.Struct, frozen=True):
    """How it was before a choice.

    Attributes:
        decisions: what was decided about its groups.
        ignored: of groups that became no duplicates by it, or duplicates again: whether they were
            none before, by their numbers.
    """

    decisions: Sequence[Decision] = ()
    ignored: Mapping[int, bool] = {}

    @property
    def groups(self) -> list[int]:
        """The numbers of the groups that it was about."""
        return [*(one.group for one in self.decisions), *self.ignored]


class Opened:
    """A result that is looked at, with the list as it was last asked for.

    Attributes:
        order: the list's groups: it stays as it is while decisions change what it was made by, so
            that nothing moves under the user's hands.
        keep: the keep rules as they were arranged last; those of the search to begin with.
        before: how it was before each of the last choices, to take them back.
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        self.order: list[FoundGroup] = list(result.groups)
        self.keep: tuple[str, ...] = result.job.options.keep
        self.before: list[Earlier] = []

    def next_open(self, place: int) -> int | None:
        """The next place of the list with a group that somebody has to decide about."""
        rest = range(place + 1, len(self.order))
        return next((one for one in rest if is_open(self.order[one])), None)


class Shelf:
    """Results and pictures.

    Args:
        daemon: for results.
        workers: for pictures.
    """

    def __init__(self, daemon: Callers, workers: Callers) -> None:
        self._daemon, self._workers = daemon, workers
        self._opened: OrderedDict[str, Opened] = OrderedDict()
        self._opening = asyncio.Lock()
        self._pictures: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._bytes = 0
        self._preparing: dict[str, asyncio.Task[None]] = {}

    def prepare(self, job: str) -> None:
        """Have a result read, and the processes started that make pictures, before it is shown."""
        if job not in self._opened and job not in self._preparing:
            task = self._preparing[job] = asyncio.create_task(self._prepare(job))
            task.add_done_callback(lambda _: self._preparing.pop(job))

    async def open(self, job: str) -> Opened:
        """A search's result, read from the daemon the first time.

        Raises:
            DifdError: there is none.
        """
        async with self._opening:  # two requests must not make two sets of decisions
            if job not in self._opened:
                result = await self._daemon.ask(lambda client: Result.load(client, job))
                if result.job.id != job:
                    raise UsageError("Here a search has to be named by its whole id.")
                self._opened[job] = Opened(result)
                if len(self._opened) > RESULTS_MAX:
                    self._opened.popitem(last=False)
            self._opened.move_to_end(job)
            return self._opened[job]

    def renew(self, job: JobInfo) -> None:
        """Forget a result that is not the job's any more: it was resumed since."""
        opened = self._opened.get(job.id)
        if opened is not None and opened.result.job.finished != job.finished:
            del self._opened[job.id]
            for key in [key for key in self._pictures if key[0] == job.id]:
                self._bytes -= len(self._pictures.pop(key))

    def opened(self, job: str) -> Opened | None:
        """The same if it is open already."""
        return self._opened.get(job)

    async def description(self, job: str, row: int) -> Description | str:
        """What a file says about itself; or why that is not known."""
        return await self._workers.ask(lambda client: client.describe(job, row))

    async def picture(self, job: str, row: int, size: int) -> bytes | None:
        """A file's picture, small; None if it has none."""
        key = job, row, size
        found = self._pictures.get(key)
        if found is None:
            made = await self._workers.ask(lambda client: client.thumbnail(job, row, size))
            if made is None:
                return None
            found = self._pictures.setdefault(key, made)
            if found is made:
                self._bytes += len(made)
            while self._bytes > PICTURE_BYTES_MAX:
                _, oldest = self._pictures.popitem(last=False)
                self._bytes -= len(oldest)
        elif key in self._pictures:
            self._pictures.move_to_end(key)
        return found

    async def _prepare(self, job: str) -> None:
        picture = self.picture(job, _FIRST_FILE, PICTURE_SIZES[0])
        with suppress(DifdError):  # whoever asks for it in earnest is told
            await asyncio.gather(picture, self.open(job))
