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
from difd.protocol.replies import DescriptionReply, DifferencesReply, ThumbnailReply
from difd.protocol.requests import Describe, FindDifferences, Thumbnail
from difd.protocol.results import Member, Row
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
from difd.service.server.verbs import Verb, verb
from difd.store.job_journal import JobJournal

WAITING_MAX: Final = 10_000
"""Pictures that may be waited for; more are refused."""

PER_CLIENT_MAX: Final = 1000
"""Of these, by one client."""

_Asked = Thumbnail | Describe | FindDifferences

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
        forget: tells the engine the number of a question whose answer nobody waits for any more.
    """

    def __init__(
        self,
        journal: JobJournal,
        find: Callable[[str], JobInfo],
        send: Callable[[bytes, msgspec.Struct], bool],
        ask: Callable[[PictureQuestion], None],
        forget: Callable[[int], None],
    ) -> None:
        self._journal, self._find = journal, find
        self._send, self._question, self._forget = send, ask, forget
        self._numbers = itertools.count()
        self._waiting: dict[int, tuple[_Waiter, type[_Asked]]] = {}
        self._waiters: set[_Waiter] = set()
        self._per_client: Counter[bytes] = Counter()

    def verbs(self) -> tuple[Verb, ...]:
        """What it answers."""
        return (
            verb(Thumbnail, self._ask),
            verb(Describe, self._ask),
            verb(FindDifferences, self._find_differences),
        )

    def _ask(self, connection: bytes, request: _Asked) -> None:
        """Have a picture looked at.

        Raises:
            UnknownJob: there is no such job.
            UsageError: the row is no file, the two files are not compared with each other, or too
                many wait already.
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
        number = next(self._numbers)
        question = self._question_of(number, job, request)
        self._waiting[number] = (waiter, type(request))
        self._waiters.add(waiter)
        self._per_client[connection] += 1
        self._question(question)

    def _find_differences(
        self, connection: bytes, request: FindDifferences
    ) -> DifferencesReply | None:
        if not request.given_up:
            self._ask(connection, request)
            return None
        for number, (waiter, _) in self._waiting.items():
            if waiter.request == request.id:
                self._forget(number)
        return DifferencesReply(id=request.id, places=None, reason=GIVEN_UP)

    def _question_of(self, number: int, job: str, request: _Asked) -> PictureQuestion:
        file = self._file(job, request.row)
        match request:
            case Describe():
                return DescribePicture(number, file.path)
            case Thumbnail(window=tuple() as window):
                return CutWindow(number, file.path, window)
            case Thumbnail(size=size):
                return MakeThumbnail(number, file.path, size)
            case FindDifferences(other=other):
                return _comparison(number, file, self._file(job, other))

    def _file(self, job: str, number: int) -> Member:
        rows, _ = self._journal.rows(job, number, 1)
        row = _decode_row(rows[0]) if rows else None
        if not isinstance(row, Member):
            raise UsageError(f"Row {number} of job {job[:8]} is not a file.")
        return row

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
            case DifferencesFound(places=places):
                reply = DifferencesReply(id=request, places=places)
            case PictureLost(reason=reason) if kind is Thumbnail:
                reply = ThumbnailReply(id=request, image=None, reason=reason)
            case PictureLost(reason=reason) if kind is FindDifferences:
                reply = DifferencesReply(id=request, places=None, reason=reason)
            case PictureLost(reason=reason):
                reply = DescriptionReply(id=request, description=None, reason=reason)
        self._send(connection, reply)


def _comparison(number: int, file: Member, other: Member) -> LocateDifferences:
    """How two files are compared: the one as it lies to the other, if the search tells that.

    Raises:
        UsageError: one of them is an edited copy, and not of the other.
    """
    if file.keeper == other.path:
        return LocateDifferences(
            number, file.path, other.path, file.rotation, file.mirrored, file.lie
        )
    if file.is_beside or other.is_beside:
        raise UsageError("An edited copy is compared with the picture that it comes from.")
    return LocateDifferences(number, file.path, other.path, None, None, None)
