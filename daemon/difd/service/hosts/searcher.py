"""What searches: the engine with its cache, its memory of watched folders and the ignore list.

Imported while the workers start, which takes them as long.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec

from difd.engine import pipeline
from difd.engine.group import keep
from difd.engine.group.outcome import Outcome
from difd.engine.record import formers
from difd.engine.work import Cancelled, WorkPool
from difd.protocol.endpoint import user_endpoint
from difd.protocol.results import Progress, Row
from difd.service.hosts.engine_messages import (
    LookFinished,
    Report,
    RunLook,
    RunSearch,
    SearchFinished,
    SearchProgressed,
    SearchRows,
)
from difd.store.cache.tensor_cache import TensorCache
from difd.store.ignore_list import read_ignored
from difd.store.settings_file import cache_limit

if TYPE_CHECKING:
    from difd.service.hosts.looker import Looker

PROGRESS_SECONDS: Final = 0.2
"""Progress is sent no more often than this."""

PAGE_ROWS: Final = 500
"""Rows in one page of a result."""


class Searcher:
    """Carries out searches and looks, one at a time.

    Args:
        send: takes progress and rows.
        cancelled: asked all the time; true ends what runs.
        ended_early: asked all the time; true ends a search with what was read until then.
    """

    def __init__(
        self,
        send: Callable[[Report], None],
        cancelled: Callable[[], bool],
        ended_early: Callable[[], bool],
    ) -> None:
        self._send, self._cancelled, self._ended_early = send, cancelled, ended_early
        self._cache = TensorCache()
        self._looker: Looker | None = None

    def search(self, search: RunSearch, pool: WorkPool) -> SearchFinished:
        """Read and compare, and send the rows.

        Raises:
            Cancelled: `cancelled` said so.
            DifdError: it cannot be done.
        """
        try:
            return self._search(search, pool)
        finally:
            self._rest()

    def _search(self, search: RunSearch, pool: WorkPool) -> SearchFinished:
        self._cache.limit = cache_limit()
        last_sent = 0.0

        def on_progress(progress: Progress) -> None:
            nonlocal last_sent
            now = time.monotonic()
            if now - last_sent >= PROGRESS_SECONDS:
                last_sent = now
                self._send(SearchProgressed(search.job, progress))

        library = pipeline.build(
            search.options,
            pool,
            on_progress,
            self._cancelled,
            self._cache,
            early=self._ended_early,
        )
        outcome = pipeline.search(
            library,
            search.options,
            pool,
            on_progress,
            self._cancelled,
            memory=self._cache,
            ignored=read_ignored(user_endpoint().ignore_list, lambda: formers(library.records)),
            early=self._ended_early,
        )
        self._send_result(search.job, outcome)
        return SearchFinished(search.job, outcome.summary)

    def look(self, look: RunLook, pool: WorkPool) -> LookFinished:
        """Look at watched folders; raises as `search` does."""
        if self._looker is None:
            from difd.service.hosts.looker import Looker  # noqa: PLC0415  most hosts only search

            self._looker = Looker(self._cache)
        self._cache.limit = cache_limit()
        try:
            return self._looker.run(look, pool, self._cancelled, self._send, self._send_result)
        finally:
            self._rest()

    def _rest(self) -> None:
        keep.forget()
        self._cache.rest()

    def _send_result(self, job: str, outcome: Outcome) -> None:
        page: list[Row] = []
        sent = 0
        for row in outcome.rows():
            page.append(row)
            if len(page) == PAGE_ROWS:
                self._send_rows(job, sent, page)
                sent += len(page)
                page = []
                if self._cancelled():
                    raise Cancelled
        self._send_rows(job, sent, page)

    def _send_rows(self, job: str, first_row: int, page: list[Row]) -> None:
        self._send(SearchRows(job, first_row, msgspec.msgpack.encode(page)))
