"""What the gateway keeps in memory between requests: results with their decisions, and pictures."""

from __future__ import annotations

import asyncio
import gc
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from difclient.client import Client
from difclient.connection import new_id
from difclient.language.catalogue import _
from difclient.review.boxes import Counts, is_open
from difclient.review.callers import Callers
from difclient.review.folder_pairs import FolderPair
from difclient.review.regrouping import Regrouped
from difclient.review.result import FoundGroup, Groups, Result
from difclient.review.similarity import steps
from difd.protocol.deciding import Decision
from difd.protocol.description import Description
from difd.protocol.errors import DifdError, UsageError
from difd.protocol.jobs import JobInfo
from difd.protocol.results import Box

RESULTS_MAX: Final = 8
"""Results kept with their decisions; the one that was looked at longest ago is forgotten first."""

TILE: Final = 1024
"""Edge of the tiles in which a picture's own pixels are fetched."""

PICTURE_SIZES: Final = (120, 480, 2048)
"""Longer edges of pictures, in pixels: in the list, in a group, and compared."""

_FIRST_FILE: Final = 1
"""The row of the first file of a result: the first row is its group's."""

PICTURE_BYTES_MAX: Final = 128 << 20
"""Small pictures and tiles kept, in bytes."""

DIFFERENCES_MAX: Final = 1000
"""Pairs of files whose differences are kept."""

_GIVEN_UP_SECONDS: Final = 0.1
"""Between two looks at whether somebody still waits for a comparison."""

_PictureKey = tuple[str, int, int] | tuple[str, int, int, int]
"""Job, row and size; or job, row, and a tile's column and line."""


Differences = tuple[Box, ...] | str | None
"""Where two files differ, as shares of one of them; or why that is not known; None: not yet."""


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
        listing: makes the list as it was last asked for.
        shown: what is shown of the result; nothing else is acted upon.
        step: how much similarity is shown, see `similarity.steps`; None as searched.
        edited: whether edited copies are shown.
        keep: the keep rules as they were arranged last; those of the search to begin with.
        before: how it was before each of the last choices, to take them back.
        counts: how much is in each box, of all that is shown and of the list.
        pairs: the pairs of folders that share pictures, and what is shown and the result's version
            that they are of; None before they are asked for.
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        result.on_change = self._changed
        self.step: int | None = None
        self.edited = True
        self.shown: Result | Regrouped = result
        self.counts = Counts(result.groups)
        self.pairs: tuple[tuple[Groups, int], list[FolderPair]] | None = None
        self.listing: Callable[[Groups], list[FoundGroup]] = lambda shown: list(shown.groups)
        self._order = self.listing(result)
        self.keep: tuple[str, ...] = result.job.options.keep
        self.before: list[Earlier] = []

    def show(self, step: int, *, edited: bool) -> None:
        """Show files only up to some distance; what is listed follows.

        Args:
            step: a place in the steps of the search.
            edited: whether edited copies are shown.

        Raises:
            UsageError: there is no such step.
        """
        limits = steps(self.result.job.options.similarity)
        if step >= len(limits):
            raise UsageError(_("There is no such similarity."))
        self.step, self.edited = step if step < len(limits) - 1 else None, edited
        if self.step is None and edited:
            self.shown = self.result
        else:
            limit = None if self.step is None else limits[step]
            self.shown = Regrouped(self.result, limit, edited=edited)
        self.counts = Counts(self.shown.groups)
        self.order = self.listing(self.shown)

    @property
    def order(self) -> list[FoundGroup]:
        """The list's groups.

        It stays as it is while decisions change what it was made by, so that nothing moves under
        the user's hands.
        """
        return self._order

    @order.setter
    def order(self, groups: list[FoundGroup]) -> None:
        self._order = groups
        self.counts.list(groups)

    def _changed(self, groups: Sequence[FoundGroup]) -> None:
        shown = self.shown
        for group in groups if isinstance(shown, Result) else shown.renew(groups):
            self.counts.change(group)

    def hidden(self, group: FoundGroup) -> int:
        """How many files of a group are not shown in it."""
        return len(self.result.group_of(group.files[0]).every) - len(group.every)

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
        self._pictures: OrderedDict[_PictureKey, bytes] = OrderedDict()
        self._bytes = 0
        self._differences: OrderedDict[tuple[str, int, int], tuple[Box, ...] | str] = OrderedDict()
        self._comparing = asyncio.Lock()
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
                self._opened[job] = await self._daemon.ask(lambda client: _read(client, job))
                if len(self._opened) > RESULTS_MAX:
                    self._forget(next(iter(self._opened)))
            self._opened.move_to_end(job)
            return self._opened[job]

    def renew(self, job: JobInfo) -> None:
        """Forget a result that is not the job's any more: it was resumed since."""
        opened = self._opened.get(job.id)
        if opened is not None and opened.result.job.finished != job.finished:
            self._forget(job.id)
            for key in [key for key in self._pictures if key[0] == job.id]:
                self._bytes -= len(self._pictures.pop(key))

    def _forget(self, job: str) -> None:
        # What knows each other would stay: it was left out of the collection of garbage.
        self._opened.pop(job).result.on_change = lambda _groups: None

    def opened(self, job: str) -> Opened | None:
        """The same if it is open already."""
        return self._opened.get(job)

    async def description(self, job: str, row: int) -> Description | str:
        """What a file says about itself; or why that is not known."""
        return await self._workers.ask(lambda client: client.describe(job, row))

    async def differences(
        self, job: str, row: int, other: int, is_given_up: Callable[[], Awaitable[bool]]
    ) -> Differences:
        """Where two files' pictures differ, as shares of the other one; or why that is not known.

        One pair after the other: two of 12 megapixels take a processor for seconds, and who looks
        through groups quickly would wait for those that were left, and for all other pictures.

        Args:
            job: the search.
            row: the one file's row.
            other: the other one's.
            is_given_up: asked when the turn of these two has come, and while they are compared.

        Returns:
            None if they were given up before they were compared.

        Raises:
            UsageError: they are not compared with each other.
        """
        key = job, row, other
        if key in self._differences:
            return self._differences[key]
        async with self._comparing:
            if await is_given_up():
                return None
            if key not in self._differences:
                found = await self._compared(job, row, other, is_given_up)
                if found is None:
                    return None
                self._differences[key] = found
            if len(self._differences) > DIFFERENCES_MAX:
                self._differences.popitem(last=False)
            return self._differences[key]

    def known_differences(self, job: str, row: int, other: int) -> Differences:
        """The same as far as it is known already."""
        return self._differences.get((job, row, other))

    async def _compared(
        self, job: str, row: int, other: int, is_given_up: Callable[[], Awaitable[bool]]
    ) -> Differences:
        """What two files differ in; None, and soon, if nobody waits for it any more."""
        pair, name = (job, row, other), new_id()
        asked = asyncio.ensure_future(
            self._workers.ask(lambda client: client.pictures.differences(*pair, name=name))
        )
        while not (await asyncio.wait({asked}, timeout=_GIVEN_UP_SECONDS))[0]:
            if await is_given_up():
                await self._daemon.ask(lambda client: client.pictures.give_up(*pair, name))
                await asked
                return None
        return asked.result()

    async def picture(self, job: str, row: int, size: int) -> bytes | None:
        """A file's picture, small; None if it has none."""
        return await self._picture(
            (job, row, size), lambda client: client.thumbnail(job, row, size)
        )

    async def tile(self, job: str, row: int, column: int, line: int) -> bytes | None:
        """A part of a file's picture, at full size; None if it has none there."""
        window = column * TILE, line * TILE, TILE, TILE
        return await self._picture(
            (job, row, column, line), lambda client: client.pictures.window(job, row, window)
        )

    async def _picture(
        self, key: _PictureKey, ask: Callable[[Client], bytes | None]
    ) -> bytes | None:
        found = self._pictures.get(key)
        if found is None:
            made = await self._workers.ask(ask)
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


def _read(client: Client, job: str) -> Opened:
    """A result, counted before somebody asks for that: 100,000 groups take a second."""
    # What stays is no garbage: its collection, again and again, takes half of the time, and of each
    # of some later requests half a second.
    gc.disable()
    try:
        opened = Opened(Result.load(client, job))
        opened.counts.renew()
        gc.freeze()
    finally:
        gc.enable()
    if opened.result.job.id != job:
        raise UsageError("Here a search has to be named by its whole id.")
    return opened
