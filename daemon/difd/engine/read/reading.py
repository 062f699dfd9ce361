"""Reads all files of a build: recalls what is known, and decodes one of each content.

Files of one size may be copies. The first of each size is read in a first round, the others
in a second one, in which a worker that meets a known digest does not decode. So every file is
opened once, and the workers never wait for one another inside a round.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import chain, zip_longest
from typing import Any, Final

import numpy as np
from msgspec.structs import replace

from difd.engine.formats import is_raw
from difd.engine.memory import Memory
from difd.engine.read.decode import describe, read
from difd.engine.record import DecodeMode, Digested, Found, ReadRequest, Record, Unreadable
from difd.engine.work import Cancelled, WorkerLoss, WorkPool, answers

_RECALLED: Final = 512
"""Files recalled at once."""

_KNOWN: Final = 64
"""Digests sent along with a file; if more are known for its size, it is asked for its digest
first. (Thousands of uncompressed pictures have one size, and are quick to read again.)"""

_OPENING: Final = 50_000
"""What a file takes beside its bytes, in bytes: 1.4 ms where 30 MB of a picture take a second."""

_NO_PLANES: Final = np.empty((0, 0, 0, 3), np.uint8)
"""Who only has to say what a file holds beside its pixels is not sent them."""

_Content = tuple[bytes, bool]
"""Digest of a file, and whether it is read as camera raw: together they make the record."""

_Kind = tuple[int, bool]
"""What copies have in common before they are read: size, and whether they are camera raw."""


class Reading:
    """The reading of one build.

    Args:
        px_size: edge of the tensors.
        pool: where files are read.
        memory: what was read before, and where new records are remembered.
        check: called all the time; may raise to stop.
        on_read: called with the number of files that are done, and the share of the work that is
            (files that are known cost none); None while it is not known how much there is.
        mode: how files are decoded; where an exact record is known, it is taken.
        shown, features: see `ReadRequest`.
        early: asked when `check` has raised `Cancelled`; true ends the reading with what is read.
    """

    def __init__(
        self,
        px_size: int,
        pool: WorkPool,
        memory: Memory,
        check: Callable[[], None],
        on_read: Callable[[int, float | None], None],
        *,
        mode: DecodeMode = "exact",
        shown: bool = False,
        features: bool = False,
        early: Callable[[], bool] = lambda: False,
    ) -> None:
        self._early = early
        self._asked: dict[str, Any] = {
            "px_size": px_size,
            "mode": mode,
            "shown": shown,
            "features": features,
        }
        self._pool, self._memory = pool, memory
        self._check, self._on_read = check, on_read
        self._records: list[Record] = []
        self._unreadable: list[Unreadable] = []
        self._made: dict[_Content, Record | Unreadable] = {}
        self._known: defaultdict[_Kind, set[bytes]] = defaultdict(set)
        self._waiting: defaultdict[_Content, list[ReadRequest]] = defaultdict(list)
        self._done = 0
        self._work = self._worked = 0

    def run(self, files: Sequence[Found]) -> tuple[list[Record], list[Unreadable]]:
        """The records of the files, and those that have none; in any order.

        However it ends, what was decoded is remembered.
        """
        with self._remembering():
            self._run(files)
        return self._records, self._unreadable

    def describe(self, records: Sequence[Record]) -> tuple[list[Record], list[Unreadable]]:
        """First looks with what their files hold beside the pixels; else as `run`.

        One file of each content is asked, and another one if that fails.
        """
        alike: defaultdict[bytes, deque[Record]] = defaultdict(deque)
        for record in records:
            alike[record.digest].append(record)
        with self._remembering():
            while alike:
                asked = time.time_ns()
                firsts = [
                    replace(some[0], planes=_NO_PLANES, features=None) for some in alike.values()
                ]
                with closing(answers(self._pool, describe, firsts, self._check)) as stream:
                    for first, answer in stream:
                        self._tell(alike[first.digest], answer, asked)
                alike = defaultdict(deque, {digest: some for digest, some in alike.items() if some})
        return self._records, self._unreadable

    def _tell(
        self, alike: deque[Record], answer: Record | Unreadable | WorkerLoss, asked: int
    ) -> None:
        """Take from some copies those for which the answer of the first one counts."""
        first = alike.popleft()
        if not isinstance(answer, Record):
            self._unreadable.append(Unreadable(first.file.path, answer.reason))
            return
        told = replace(answer, planes=first.planes, features=first.features)
        request = self._request(first.file, asked)
        request = replace(request, mode="fast", shown=told.colours == "shown")
        self._records += self._memory.keep(request, told)
        self._records += [replace(told, file=record.file) for record in alike]
        alike.clear()

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        """Begin anew; however it ends, what was made is remembered."""
        self._records, self._unreadable = [], []
        self._memory.begin()
        try:
            yield
        except Cancelled:
            if not self._early():
                raise
        finally:
            self._records += self._memory.flush()

    def _run(self, files: Sequence[Found]) -> None:
        kinds: defaultdict[_Kind, list[Found]] = defaultdict(list)
        for file in self._recall(files):
            kinds[_kind(file)].append(file)
        self._work = sum(_cost(file) for alike in kinds.values() for file in alike)
        self._look_up(kinds)
        self._read(self._requests([alike[0] for alike in kinds.values()]))
        # Kind by kind would have copies in different workers at the same time.
        copies = [alike[1:] for alike in kinds.values() if len(alike) > 1]
        rest = chain.from_iterable(zip_longest(*copies))
        self._read(self._requests([file for file in rest if file is not None]))
        waiting = list(self._waiting.items())
        self._waiting.clear()
        self._read(self._decodes([alike[0].file for _, alike in waiting]))
        self._read(self._decodes(self._copies(waiting)))

    def _look_up(self, kinds: Mapping[_Kind, list[Found]]) -> None:
        """Ask for the known contents of all kinds at once (one by one took a fifth of our time)."""
        requests = [self._request(alike[0]) for alike in kinds.values()]
        for kind, digests in zip(kinds, self._memory.contents(requests), strict=True):
            self._known[kind].update(digests)

    def _recall(self, files: Sequence[Found]) -> Iterator[Found]:
        """Take what the memory knows; yield the other files."""
        for start in range(0, len(files), _RECALLED):
            self._check()
            some = files[start : start + _RECALLED]
            recalled = self._memory.recall([self._request(file) for file in some])
            unknown = [f for f, record in zip(some, recalled, strict=True) if record is None]
            for made in recalled:
                if made is not None:
                    self._enter(made)
            self._done += len(some) - len(unknown)
            self._on_read(self._done, None)
            yield from unknown

    def _requests(self, files: Sequence[Found]) -> Iterator[ReadRequest]:
        """Ask for files, made when a worker is free: by then more digests are known."""
        for request in self._decodes(files):
            known = self._known[_kind(request.file)]
            if len(known) > _KNOWN:
                yield replace(request, decode=False)
            else:
                yield replace(request, known=tuple(known))

    def _decodes(self, files: Sequence[Found]) -> Iterator[ReadRequest]:
        for file in files:
            yield self._request(file, time.time_ns())

    def _request(self, file: Found, asked_ns: int = 0) -> ReadRequest:
        return ReadRequest(file, asked_ns=asked_ns, **self._asked)

    def _copies(self, waiting: list[tuple[_Content, list[ReadRequest]]]) -> list[Found]:
        """Give the copies of what was just decoded their records; the ones it failed for."""
        failed = []
        for content, alike in waiting:
            for request in alike[1:]:
                if content in self._made:
                    self._share(request, content)
                else:
                    failed.append(request.file)
        return failed

    def _read(self, requests: Iterator[ReadRequest]) -> None:
        with closing(answers(self._pool, read, requests, self._check)) as stream:
            for request, answer in stream:
                match answer:
                    case WorkerLoss():
                        self._take(request, Unreadable(request.file.path, answer.reason))
                    case Unreadable():
                        self._blame(request, answer)
                    case Digested():
                        self._settle(request, answer.digest)
                    case Record():
                        self._keep(request, answer)

    def _settle(self, request: ReadRequest, digest: bytes) -> None:
        """A file was not decoded: its content is known, or it waits for a decode."""
        content = digest, is_raw(request.file.path)
        if content in self._made:
            self._share(request, content)
            return
        made = self._memory.find(request, digest)
        if made is None:
            self._waiting[content].append(request)
        else:
            self._take(request, made)

    def _share(self, request: ReadRequest, content: _Content) -> None:
        self._memory.note(request, content[0])
        made = self._made[content]
        if isinstance(made, Record):
            self._take(request, replace(made, file=request.file))
        else:
            self._take(request, replace(made, path=request.file.path))

    def _blame(self, request: ReadRequest, unreadable: Unreadable) -> None:
        if unreadable.digest:
            kind = _kind(request.file)
            self._made[unreadable.digest, kind[1]] = unreadable
            self._known[kind].add(unreadable.digest)
            self._memory.blame(request, unreadable)
        self._take(request, unreadable)

    def _keep(self, request: ReadRequest, record: Record) -> None:
        kind = _kind(request.file)
        self._made[record.digest, kind[1]] = record
        self._known[kind].add(record.digest)
        mode: DecodeMode = "exact" if record.exact else request.mode
        request = replace(request, mode=mode, shown=record.colours == "shown")
        for settled in self._memory.keep(request, record):
            self._records.append(settled)
            self._made[settled.digest, is_raw(settled.file.path)] = settled
        self._count(request.file)

    def _take(self, request: ReadRequest, made: Record | Unreadable) -> None:
        self._enter(made)
        self._count(request.file)

    def _enter(self, made: Record | Unreadable) -> None:
        if isinstance(made, Record):
            self._records.append(made)
        else:
            self._unreadable.append(made)

    def _count(self, file: Found) -> None:
        self._done += 1
        self._worked += _cost(file)
        self._on_read(self._done, self._worked / self._work)


def _cost(file: Found) -> int:
    """The work of reading a file, about: a few large pictures take longer than many small ones."""
    return file.size + _OPENING


def _kind(file: Found) -> _Kind:
    return file.size, is_raw(file.path)
