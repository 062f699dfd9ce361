"""Which pictures of a search are edited copies of which: found by features, proven by pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Final

import msgspec
import msgspec.structs
import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.laying import Laid, LayTask, lay
from difd.engine.edited.lie import Maps, lies
from difd.engine.edited.likely import Gathered, Likely, gather, likely
from difd.engine.edited.verdict import Verdict
from difd.engine.features.features import Features
from difd.engine.record import Record
from difd.engine.work import WorkerLoss, WorkPool, answers

_VOTES: Final = 3
_MANY: Final = 4
"""Features that speak for a pair, at least; where there are more than four pairs for a picture, a
vote more is needed: by chance three agree in two of a thousand pairs of photos."""

_AGREEING: Final = 4
"""Features that agree on how one lies in the other, at least."""

_WAYS_TRIED: Final = 2
"""Of the ways in which one may lie in the other, so many are compared pixel by pixel."""

MayPair = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]
"""Which pictures may be a pair, place by place."""


class Relation(msgspec.Struct, frozen=True):
    """Two related pictures, and how the first lies in the second."""

    one: int
    other: int
    laid: Laid


class Related(msgspec.Struct, frozen=True):
    """What was found.

    Attributes:
        relations: at most one for two pictures.
        crowded: features that were not compared with all that look like them, because so many do.
    """

    relations: tuple[Relation, ...]
    crowded: int


def related(  # noqa: PLR0917  what it is about, and whom it asks
    records: Sequence[Record],
    may_pair: MayPair,
    pool: WorkPool,
    check: Callable[[], None],
    on_done: Callable[[float], None],
    origin_of: Callable[[Relation], int | None],
    *,
    threads: int,
) -> Related:
    """Find out which pictures show parts of each other.

    Args:
        records: the pictures, with features.
        may_pair: which of them may be a pair.
        pool: where pictures are laid onto each other.
        check: called all the time; may raise to stop.
        on_done: told how much of it is done, 0 to 1.
        origin_of: which of two the other one comes from; None if neither.
        threads: how many look for features that are alike at once.
    """
    gathered = gather([Features.unpacked(record.features or b"") for record in records])
    found = _likely(gathered, may_pair, check, threads, pool=pool)
    maps, agree = lies(gathered, found, check, threads)
    kept = agree >= _AGREEING
    found, maps, agree = _only(found, np.flatnonzero(kept)), maps[kept], agree[kept]
    open_pairs = _Open(records, list(_tasks(records, found, maps, agree)), found)
    total = open_pairs.count
    relations: list[Relation] = []
    while tasks := open_pairs.next_tasks():
        best: dict[tuple[int, int], Relation] = {}
        with closing(answers(pool, lay, tasks, check)) as stream:
            for task, laid in stream:
                on_done(1 - open_pairs.count / max(1, total))
                if laid is None or isinstance(laid, WorkerLoss):
                    continue
                pair = open_pairs.pair_of(task)
                known = best.get(pair)
                if known is None or _rank(laid) > _rank(known.laid):
                    best[pair] = Relation(*pair, laid)
        relations += best.values()
        for relation in best.values():
            origin = origin_of(relation)
            if origin is not None:
                open_pairs.settle(relation, origin)
    return Related(tuple(sorted(relations, key=lambda one: (one.one, one.other))), found.crowded)


def likely_pairs(
    records: Sequence[Record], check: Callable[[], None], threads: int, first: int
) -> NDArray[np.int64]:
    """Pairs of known and new pictures with features that look alike, (m, 2), the known one first.

    Of the known ones it costs a look at each feature, and not to compare them with each other.

    Args:
        records: the pictures, with features.
        check: called now and then; may raise to stop.
        threads: how many work at once.
        first: the first of the new ones.
    """
    gathered = gather([Features.unpacked(record.features or b"") for record in records])
    found = _likely(gathered, lambda a, b: (a < first) & (b >= first), check, threads, first)
    return found.pairs


def _likely(  # noqa: PLR0917  what it is about, and who does it
    gathered: Gathered,
    may_pair: MayPair,
    check: Callable[[], None],
    threads: int,
    new: int = 0,
    pool: WorkPool | None = None,
) -> Likely:
    found = likely(gathered, _VOTES, check, threads, new, pool)
    kept = may_pair(found.pairs[:, 0], found.pairs[:, 1])
    if np.count_nonzero(kept) > _MANY * (len(gathered.starts) - 1):
        kept &= found.votes > _VOTES
    return _only(found, np.flatnonzero(kept))


class _Open:
    """Pairs that are still to be compared.

    Pictures are compared with the largest of those that they may be related to first: of copies
    of one picture nobody needs to know how each lies in every other one.
    """

    def __init__(self, records: Sequence[Record], tasks: Sequence[LayTask], found: Likely) -> None:
        self._rank = [(record.width * record.height, -n) for n, record in enumerate(records)]
        self._pairs = found.pairs
        self._tasks: defaultdict[tuple[int, int], list[LayTask]] = defaultdict(list)
        self._beside: defaultdict[int, set[int]] = defaultdict(set)
        self._origins: defaultdict[int, set[int]] = defaultdict(set)
        for task in tasks:
            one, other = self.pair_of(task)
            self._tasks[one, other].append(task)
            self._beside[one].add(other)
            self._beside[other].add(one)

    @property
    def count(self) -> int:
        """How many pairs there are."""
        return len(self._tasks)

    def pair_of(self, task: LayTask) -> tuple[int, int]:
        """The two pictures of a task."""
        one, other = self._pairs[task.number].tolist()
        return one, other

    def next_tasks(self) -> list[LayTask]:
        """All tasks of the pictures that are larger than all that they are open with."""
        taken: list[LayTask] = []
        largest = [
            image
            for image, others in self._beside.items()
            if all(self._rank[image] > self._rank[other] for other in others)
        ]
        for image in sorted(largest):
            for other in sorted(self._beside[image]):
                taken += self._close(image, other)
        return taken

    def settle(self, relation: Relation, origin: int) -> None:
        """Note that one of two comes from the other, and drop what need not be known any more."""
        image = relation.other if origin == relation.one else relation.one
        self._origins[image].add(origin)
        for other in [*self._beside.get(image, ())]:
            if self._origins[image] & self._origins[other]:
                self._close(image, other)

    def _close(self, one: int, other: int) -> list[LayTask]:
        for image, beside in ((one, other), (other, one)):
            self._beside[image].discard(beside)
            if not self._beside[image]:
                del self._beside[image]
        return self._tasks.pop((min(one, other), max(one, other)))


def _only(found: Likely, some: NDArray[np.intp]) -> Likely:
    return msgspec.structs.replace(
        found, pairs=found.pairs[some], ways=found.ways[some], votes=found.votes[some]
    )


def _rank(laid: Laid) -> tuple[bool, float]:
    return laid.verdict is Verdict.EDITED, laid.evidence.agreeing


def _tasks(
    records: Sequence[Record], found: Likely, maps: Maps, agree: NDArray[np.int32]
) -> Iterator[LayTask]:
    """Pair by pair, so that the next one often has a picture of the last."""
    first, second = found.pairs[:, 0], found.pairs[:, 1]
    tried: dict[tuple[int, int], int] = {}
    for number in np.lexsort((-agree, second, first)).tolist():
        pair = int(first[number]), int(second[number])
        tried[pair] = tried.get(pair, 0) + 1
        if tried[pair] > _WAYS_TRIED:
            continue
        one, other = records[pair[0]], records[pair[1]]
        a, b, c, d, e, f = maps[number].tolist()
        yield LayTask(
            number,
            one.file.path,
            other.file.path,
            one.digest,
            other.digest,
            (one.width, one.height),
            (other.width, other.height),
            (a, b, c, d, e, f),
        )
