"""Writes jobs and their results into the journal, and keeps it small and quick meanwhile.

What takes long, the moving of its log into the database and the removal of rows of forgotten jobs,
happens in threads, with pauses in which the journal can be written.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Coroutine
from typing import Final

from difd.jobs import board
from difd.protocol.jobs import FINAL_STATES, JobInfo
from difd.service.hosts.engine_messages import SearchRows
from difd.store.job_journal import CHECKPOINT_PAGES, JobJournal

SWEEP_PAUSE: Final = 0.2
"""Seconds between two pages of rows of forgotten jobs that are removed."""

_log = logging.getLogger(__name__)


class JournalWriter:
    """Jobs that were under way when the last daemon ended are interrupted from the beginning on.

    Args:
        journal: jobs and results.
        spawn: runs a coroutine beside the rest.
    """

    def __init__(
        self, journal: JobJournal, spawn: Callable[[Coroutine[None, None, None]], None]
    ) -> None:
        self._journal, self._spawn = journal, spawn
        self._pages = 0
        self._checkpointing = self._sweeping = False
        for job in journal.unfinished():
            journal.save(board.interrupted(job, time.time()))
        self._sweep_when_due()

    def save(self, job: JobInfo) -> None:
        """Write a job down as it is now; if that fails, the search goes on in memory."""
        try:
            self._journal.save(job)
            if job.state in FINAL_STATES:
                self._checkpoint_when_due(1)
                self._sweep_when_due()
        except sqlite3.Error:
            # After a crash the journal merely knows less.
            _log.exception("job %s could not be written to the journal", job.id)

    def add_rows(self, page: SearchRows) -> None:
        """Write a page of a result down.

        Raises:
            sqlite3.Error: it cannot be written.
        """
        self._journal.add_rows(page.job, page.first_row, page.rows)
        self._pages += 1
        self._checkpoint_when_due(CHECKPOINT_PAGES)

    def _checkpoint_when_due(self, pages: int) -> None:
        if self._pages >= pages and not self._checkpointing:
            self._checkpointing = True
            self._spawn(self._checkpoint())

    async def _checkpoint(self) -> None:
        self._pages = 0
        try:
            await asyncio.to_thread(self._journal.checkpoint)
        except sqlite3.Error:
            _log.exception("what the journal's log holds stays there for now")
        finally:
            self._checkpointing = False

    def _sweep_when_due(self) -> None:
        if not self._sweeping:
            self._spawn(self._sweep())

    async def _sweep(self) -> None:
        """Remove the rows of forgotten jobs."""
        self._sweeping = True
        try:
            more = True
            while more:
                more = await asyncio.to_thread(self._journal.sweep)
                await asyncio.sleep(SWEEP_PAUSE)
        except sqlite3.Error:
            _log.exception("rows of forgotten jobs stay for now")
        finally:
            self._sweeping = False
