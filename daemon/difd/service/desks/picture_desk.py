"""Questions about single pictures: which file a request means, and who waits for the answer.

Clients name a job and a row of its result; nobody can have a file opened by naming a path.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from difd.protocol.envelope import Reply
from difd.protocol.errors import UsageError
from difd.protocol.jobs import JobInfo
from difd.protocol.replies import DescriptionReply, ThumbnailReply
from difd.protocol.requests import Describe, Thumbnail
from difd.protocol.results import Member, Row
from difd.service.hosts.engine_messages import (
    CutWindow,
    DescribePicture,
    MakeThumbnail,
    PictureDescribed,
    PictureQuestion,
    PictureReport,
    ThumbnailMade,
)
from difd.service.server.verbs import Verb, verb
from difd.store.job_journal import JobJournal

WAITING_MAX: Final = 10_000
"""Pictures that may be waited for; more are refused."""

PER_CLIENT_MAX: Final = 1000
"""Of these, by one client."""

_decode_row = msgspec.msgpack.Decoder(Row).decode


class _Waiter(NamedTuple):
    """Who waits, for the answer to which request."""

    connection: bytes
    request: str


class PictureDesk:
    """Takes requests for thumbnails and descriptions, and hands out the answers.

    Args:
        journal: where results are.
        find: the job that a client means.
        send: sends a message to a connection; False when it is gone.
        ask: asks the engine.
    """

    def __init__(
        self,
        journal: JobJournal,
        find: Callable[[str], JobInfo],
        send: Callable[[bytes, msgspec.Struct], bool],
        ask: Callable[[PictureQuestion], None],
    ) -> None:
        self._journal, self._find = journal, find
        self._send, self._question = send, ask
        self._numbers = itertools.count()
        self._waiting: dict[int, tuple[_Waiter, type[Thumbnail | Describe]]] = {}
        self._waiters: set[_Waiter] = set()
        self._per_client: Counter[bytes] = Counter()

    def verbs(self) -> tuple[Verb, ...]:
        """What it answers."""
        return (verb(Thumbnail, self._ask), verb(Describe, self._ask))

    def _ask(self, connection: bytes, request: Thumbnail | Describe) -> None:
        """Have a picture looked at.

        Raises:
            UnknownJob: there is no such job.
            UsageError: the row is no file, or too many wait already.
        """
        job = self._find(request.job).id
        waiter = _Waiter(connection, request.id)
        if waiter in self._waiters:
            return  # a request that was sent again because it took long
        if len(self._waiting) >= WAITING_MAX:
            raise UsageError(f"{WAITING_MAX} pictures are being made; try again later.")
        if self._per_client[connection] >= PER_CLIENT_MAX:
            raise UsageError(
                f"{PER_CLIENT_MAX} pictures are being made for this client; try again later."
            )
        rows, _ = self._journal.rows(job, request.row, 1)
        row = _decode_row(rows[0]) if rows else None
        if not isinstance(row, Member):
            raise UsageError(f"Row {request.row} of job {job[:8]} is not a file.")
        number = next(self._numbers)
        self._waiting[number] = (waiter, type(request))
        self._waiters.add(waiter)
        self._per_client[connection] += 1
        self._question(_question(number, row.path, request))

    def answer(self, report: PictureReport) -> None:
        """Hand an answer to who waits for it."""
        waiter, kind = self._waiting.pop(report.number)
        connection, request = waiter
        self._waiters.discard(waiter)
        self._per_client[connection] -= 1
        if not self._per_client[connection]:
            del self._per_client[connection]
        reply: Reply
        match report:
            case ThumbnailMade(image=image):
                reply = ThumbnailReply(id=request, image=image)
            case PictureDescribed(description=description):
                reply = DescriptionReply(id=request, description=description)
            case _ if kind is Thumbnail:
                reply = ThumbnailReply(id=request, image=None, reason=report.reason)
            case _:
                reply = DescriptionReply(id=request, description=None, reason=report.reason)
        self._send(connection, reply)


def _question(number: int, path: bytes, request: Thumbnail | Describe) -> PictureQuestion:
    match request:
        case Describe():
            return DescribePicture(number, path)
        case Thumbnail(window=tuple() as window):
            return CutWindow(number, path, window)
        case Thumbnail(size=size):
            return MakeThumbnail(number, path, size)
