"""The daemon's looks at changes in watched folders: what the engine is given, and what comes back.

Rows are stored as they come, under a job that counts only once the look was written down with what
it learned: after a crash in between, the job is removed and the look is made again.
"""

from __future__ import annotations

import logging
import sqlite3
import time
import uuid
from collections.abc import Callable, Coroutine, Sequence
from typing import Final

from msgspec.structs import replace

from difd.jobs.watcher import Due
from difd.protocol.error_info import ErrorInfo
from difd.protocol.errors import JobCancelled
from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.watching import WatchFind
from difd.service.hosts.engine_link import EngineLink
from difd.service.hosts.engine_messages import (
    LookFinished,
    LookLearned,
    LookReport,
    RunLook,
    SearchFailed,
    SearchRows,
    WatchedFolder,
)
from difd.store.job_journal import JobJournal
from difd.store.watch_list import Watch, WatchList

FAILED_SECONDS: Final = 5.0
"""After a look that failed the next is made so much later, and twice as late each time."""

FAILED_SECONDS_MAX: Final = 3600.0

_log = logging.getLogger(__name__)


class LookDesk:
    """Has changes looked at, one look after the other.

    Args:
        watch_list: what is known.
        journal: where jobs are kept.
        engine: the engine host.
        spawn: runs a coroutine beside the rest.

    Attributes:
        on_find: called when new duplicates were found, after all is written down.
        on_failure: called when a look was given up, to have it made again after so many seconds.
        on_rest: called when the next look may begin.
    """

    def __init__(
        self,
        watch_list: WatchList,
        journal: JobJournal,
        engine: EngineLink,
        spawn: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._list, self._journal, self._engine, self._spawn = watch_list, journal, engine, spawn
        self.on_find: Callable[[WatchFind], None] = lambda _find: None
        self.on_failure: Callable[[float], None] = lambda _seconds: None
        self.on_rest: Callable[[], None] = lambda: None
        self.under_way: tuple[Due, ...] = ()
        """What is being looked at."""
        self._look: RunLook | None = None
        self._job: JobInfo | None = None
        self._failures = 0
        self._away: set[bytes] = set()
        self._problems: dict[bytes, ErrorInfo] = {}
        kept = {find.job for find in watch_list.finds(0)}
        for job in journal.of_watches():
            if job.id not in kept:
                journal.forget(job.id)

    @property
    def is_looking(self) -> bool:
        """Whether a look is under way."""
        return self._look is not None

    @property
    def folders(self) -> frozenset[bytes]:
        """The folders that are looked at."""
        return frozenset(due.folder for due in self.under_way)

    def is_away(self, folder: bytes) -> bool:
        """Whether the last look at all of a folder found nothing of it in reach."""
        return folder in self._away

    def problem(self, folder: bytes) -> ErrorInfo | None:
        """Why the last look at a folder was none."""
        return self._problems.get(folder)

    def begin(self, watches: Sequence[Watch], dues: Sequence[Due]) -> list[Due]:
        """Begin a look.

        Args:
            watches: all watches.
            dues: what is to be looked at.

        Returns:
            What has to wait for the next look, because its options compare otherwise.
        """
        by_folder = {watch.folder: watch for watch in watches}
        dues = [due for due in dues if due.folder in by_folder]
        if not dues:
            return []
        options = by_folder[dues[0].folder].options
        alike = tuple(
            due for due in dues if _likeness(by_folder[due.folder].options) == _likeness(options)
        )
        references = {place for watch in watches for place in watch.options.reference}
        self.under_way = alike
        self._look = RunLook(
            job=uuid.uuid4().hex,
            generation=self._list.generation,
            watches=tuple(_folder(by_folder[due.folder], due) for due in alike),
            options=replace(
                options,
                paths=tuple(sorted(by_folder)),
                reference=tuple(sorted(references)),
                exclude=(),
                query=True,
            ),
            gone=tuple(path for due in alike for path in due.vanished),
        )
        self._spawn(self._engine.run_look(self._look, self._take))
        return [due for due in dues if due not in alike]

    def _take(self, report: LookReport) -> None:
        look = self._look
        if look is None:
            return
        try:
            match report:
                case LookLearned(images=images):
                    self._list.learn(images)
                case SearchRows():
                    self._store(look, report)
                case LookFinished():
                    self._finish(look, report)
                case SearchFailed(error=error):
                    self._give_up(error)
        except (sqlite3.Error, OSError) as error:
            _log.exception("a look at watched folders could not be written down")
            if not isinstance(report, LookFinished):
                self._engine.stop_look()
            else:
                self._give_up(
                    ErrorInfo("job_failed", f"What was found could not be written down: {error}.")
                )

    def _store(self, look: RunLook, page: SearchRows) -> None:
        if self._job is None:
            now = time.time()
            self._job = JobInfo(
                id=look.job,
                state="running",
                options=look.options,
                created=now,
                started=now,
                origin="watch",
            )
            self._journal.add(self._job, look.job)
        self._journal.add_rows(look.job, page.first_row, page.rows)

    def _finish(self, look: RunLook, report: LookFinished) -> None:
        now, job = time.time(), self._job
        find = None
        if job is not None and report.summary is not None:
            self._journal.save(replace(job, state="done", finished=now, summary=report.summary))
            groups = report.summary.groups
            find = WatchFind(0, now, job.id, report.duplicates, groups, report.folders)
        find = self._list.settle(
            report.images, report.gone, report.learned, (look.generation, look.job), find
        )
        looked = {watch.folder for watch in look.watches if watch.places is None}
        self._away = (self._away - looked) | set(report.away)
        for watch in look.watches:
            self._problems.pop(watch.folder, None)
        self._problems.update(report.problems)
        self._failures = 0
        self._rest()
        if find is not None:
            self.on_find(find)
        self.on_rest()

    def _give_up(self, error: ErrorInfo) -> None:
        """Another search goes first; or something went wrong, and it is tried again later."""
        if self._job is not None:
            self._journal.forget(self._job.id)
        seconds = 0.0
        if error.code != JobCancelled.code:
            _log.warning("a look at watched folders failed: %s", error.message)
            seconds = min(FAILED_SECONDS * 2**self._failures, FAILED_SECONDS_MAX)
            self._failures += 1
            self._problems.update((due.folder, error) for due in self.under_way)
        self.on_failure(seconds)
        self._rest()
        self.on_rest()

    def _rest(self) -> None:
        self._look = self._job = None
        self.under_way = ()


def _likeness(options: SearchOptions) -> SearchOptions:
    """What decides how pictures are compared; looks at folders in which it is equal are one."""
    return SearchOptions(
        paths=(),
        similarity=options.similarity,
        same_dim=options.same_dim,
        rotate=options.rotate,
        mirror=options.mirror,
        px_size=options.px_size,
        keep=options.keep,
        decode=options.decode,
        edited=options.edited,
        overlaps=options.overlaps,
    )


def _folder(watch: Watch, due: Due) -> WatchedFolder:
    return WatchedFolder(watch.folder, watch.options, watch.added_ns, watch.learned, due.places)
