"""Thumbnails on the daemon's side: which file a request means, and who waits for its picture.

Clients name a job and a row of its result; nobody can have a file opened by naming a path.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec

from difd.protocol.errors import UsageError
from difd.protocol.replies import ThumbnailReply
from difd.protocol.requests import Thumbnail
from difd.protocol.results import Member, Row
from difd.service.host_messages import MakeThumbnail, ThumbnailMade
from difd.store.journal import JobJournal

WAITING_MAX: Final = 10_000
"""Thumbnails that may be waited for; more are refused."""

PER_CLIENT_MAX: Final = 1000
"""Of these, by one client."""

_decode_row = msgspec.msgpack.Decoder(Row).decode


class ThumbnailDesk:
    """Takes requests for thumbnails and hands their pictures out.

    Args:
        journal: where results are.
        send: sends a message to a connection; False when it is gone.
        make: asks the engine for a thumbnail.
    """

    def __init__(
        self,
        journal: JobJournal,
        send: Callable[[bytes, msgspec.Struct], bool],
        make: Callable[[MakeThumbnail], None],
    ) -> None:
        self._journal = journal
        self._send = send
        self._make = make
        self._numbers = itertools.count()
        self._waiting: dict[int, tuple[bytes, str]] = {}
        self._waiters: set[tuple[bytes, str]] = set()
        self._per_client: Counter[bytes] = Counter()

    def ask(self, connection: bytes, request: Thumbnail, job: str) -> None:
        """Have a thumbnail made; the reply follows when it is there.

        Args:
            connection: who asks.
            request: for which row.
            job: the whole id of the job.

        Raises:
            UsageError: the row is no file, or too many wait already.
        """
        if (connection, request.id) in self._waiters:
            return  # a request that was sent again because it took long
        if len(self._waiting) >= WAITING_MAX:
            raise UsageError(f"{WAITING_MAX} thumbnails are waited for already.")
        if self._per_client[connection] >= PER_CLIENT_MAX:
            raise UsageError(f"{PER_CLIENT_MAX} thumbnails are waited for by this client already.")
        rows, _ = self._journal.rows(job, request.row, 1)
        row = _decode_row(rows[0]) if rows else None
        if not isinstance(row, Member):
            raise UsageError(f"Row {request.row} of job {job[:8]} is not a file.")
        number = next(self._numbers)
        self._waiting[number] = (connection, request.id)
        self._waiters.add((connection, request.id))
        self._per_client[connection] += 1
        self._make(MakeThumbnail(number, row.path, request.size))

    def made(self, thumbnail: ThumbnailMade) -> None:
        """Hand a thumbnail to who waits for it."""
        connection, request = waiter = self._waiting.pop(thumbnail.number)
        self._waiters.discard(waiter)
        self._per_client[connection] -= 1
        if not self._per_client[connection]:
            del self._per_client[connection]
        self._send(
            connection,
            ThumbnailReply(id=request, image=thumbnail.image, reason=thumbnail.reason),
        )
