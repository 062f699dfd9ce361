"""Which pictures of a search are edited copies of which: found by features, proven by pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from typing import Final

import msgspec
import msgspec.structs
import numpy as np
from numpy.typing import NDArray

from difd.engine.edited.laying import Laid, LayTask, lay
from difd.engine.edited.lie import Maps, lies
from difd.engine.edited.likely import Gathered, Likely, Pairs, gather, likely
from difd.engine.edited.open_pairs import OpenPairs, nearest
from difd.engine.edited.verdict import Verdict
from difd.engine.record import Record
from difd.engine.work import WorkerLoss, WorkPool, answers

_VOTES: Final = 3
_MANY: Final = 4
"""Features that speak for a pair, at least; where there are more than four pairs for a picture, a
vote more is needed: by chance three agree in two of a thousand pairs of photos."""

_AGREEING: Final = 4
"""Features that agree on how one lies in the other, at least."""

_LAID: Final = (150_000, 16)
"""At most so many pairs, or so many for each picture if that is more, are laid onto each other by
their features. Only where very many pictures have much in common are there more."""

_IN_VAIN: Final = (1_000, 2, 20_000)
_NEXT: Final = 3
_NEXT_RELATED: Final = 24
"""Each time that so many pairs, or so many for each picture up to the last number, were compared
pixel by pixel and were different, pictures are only compared with so many more of those that they
have most in common with: those with which nothing was found, though as many were tried, and
others."""

_HOPELESS: Final = 0.95
_NEXT_HOPELESS: Final = 1
"""If so many of all pairs that were compared were different, as of thousands of scans of one form,
pictures with which nothing was found are compared with `_NEXT` others, and with so many if as many
were tried."""

_TOGETHER: Final = 2_000
"""Ways to lay pairs that are tried before it is looked at what came of them, about."""

_WAYS_TRIED: Final = 2
"""Of the ways in which one may lie in the other, so many are compared pixel by pixel."""

_Rank = tuple[bool, float, float, float, int]

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
        left_out: pairs that may be related and were not compared: too many pictures have so much
            in common.
        complete: it was not ended before all others were compared.
    """

    relations: tuple[Relation, ...]
    left_out: int
    complete: bool


def related(  # noqa: PLR0917  what it is about, and whom it asks
    records: Sequence[Record],
    may_pair: MayPair,
    pool: WorkPool,
    check: Callable[[], None],
    on_done: Callable[[float], bool],
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
        on_done: told how much of it is done, 0 to 1; answers whether to end with what is known.
        origin_of: which of two the other one comes from; None if neither.
        threads: how many look for features that are alike at once.
    """
    gathered = gather([record.features or b"" for record in records])
    found, far = _likely(gathered, may_pair, check, threads, pool=pool)
    maps, agree = lies(gathered, found, check, threads)
    del gathered
    kept = np.flatnonzero(agree >= _AGREEING)
    tasks = _tasks(records, _only(found, kept), maps[kept], agree[kept])
    open_pairs = OpenPairs(records, tasks)
    pair_of = {task.number: pair for pair, some in tasks.items() for task in some}
    place_of = {task.number: place for some in tasks.values() for place, task in enumerate(some)}
    total = open_pairs.count
    relations: list[Relation] = []
    in_vain = _InVain(enough=min(_room(_IN_VAIN[:2], len(records)), _IN_VAIN[2]))
    ended = False
    while not ended and (todo := open_pairs.next_tasks(_TOGETHER)):
        best: dict[tuple[int, int], tuple[Relation, _Rank]] = {}
        with closing(answers(pool, lay, todo, check)) as stream:
            for task, laid in stream:
                if on_done(1 - open_pairs.count / max(1, total)):
                    ended = True
                    break
                if laid is None or isinstance(laid, WorkerLoss):
                    continue
                pair, rank = pair_of[task.number], _rank(laid, place_of[task.number])
                known = best.get(pair)
                if known is None or rank > known[1]:
                    best[pair] = Relation(*pair, laid), rank
        some = [relation for relation, _ in best.values()]
        relations += some
        for relation in some:
            origin = origin_of(relation)
            if origin is not None:
                other = relation.other if origin == relation.one else relation.one
                open_pairs.settle(other, origin)
        in_vain.count({pair_of[task.number] for task in todo}, best)
        if in_vain.is_enough and not ended:
            far += open_pairs.narrow(in_vain.most)
    found_relations = tuple(sorted(relations, key=lambda one: (one.one, one.other)))
    return Related(found_relations, far, not ended)


class _InVain:
    """Which pictures were compared in vain, and how many pairs."""

    def __init__(self, enough: int) -> None:
        self._related: set[int] = set()
        self._vain: Counter[int] = Counter()
        self._compared = self._pairs = 0
        self._enough, self._next = enough, enough

    def count(self, compared: set[tuple[int, int]], found: Collection[tuple[int, int]]) -> None:
        """Take in which pairs were compared, and which of them are related."""
        vain = compared.difference(found)
        for pair in vain:
            self._vain.update(pair)
        for pair in found:
            self._related.update(pair)
        self._pairs += len(vain)
        self._compared += len(compared)

    @property
    def is_enough(self) -> bool:
        """Whether enough were compared in vain, or as many again since it was last asked."""
        if self._pairs <= self._next:
            return False
        self._next = self._pairs + self._enough
        return True

    def most(self, image: int) -> int:
        """With how many others a picture is still to be compared."""
        if image in self._related:
            return _NEXT_RELATED
        tried = self._vain[image] >= _NEXT
        if self._pairs >= _HOPELESS * self._compared:
            return _NEXT_HOPELESS if tried else _NEXT
        return _NEXT if tried else _NEXT_RELATED


def likely_pairs(
    records: Sequence[Record], check: Callable[[], None], threads: int, first: int
) -> tuple[NDArray[np.int64], int]:
    """Pairs of known and new pictures with features that look alike, (m, 2), the known one first.

    Beside them, how many more there are, which are left out. Of the known ones it costs a look at
    each feature, and not to compare them with each other.

    Args:
        records: the pictures, with features.
        check: called now and then; may raise to stop.
        threads: how many work at once.
        first: the first of the new ones.
    """
    gathered = gather([record.features or b"" for record in records])
    found, left_out = _likely(
        gathered, lambda a, b: (a < first) & (b >= first), check, threads, first
    )
    return found.pairs, left_out


def _likely(  # noqa: PLR0917  what it is about, and who does it
    gathered: Gathered,
    may_pair: MayPair,
    check: Callable[[], None],
    threads: int,
    new: int = 0,
    pool: WorkPool | None = None,
) -> tuple[Likely, int]:
    """The pairs, and how many there are besides."""
    pictures = len(gathered.starts) - 1
    found = likely(gathered, _VOTES, check, threads, new, pool)
    kept = may_pair(found.pairs[:, 0], found.pairs[:, 1])
    if np.count_nonzero(kept) > _MANY * pictures:
        kept &= found.votes > _VOTES
    found = _only(found, np.flatnonzero(kept))
    near = nearest(found.pairs, found.votes, _room(_LAID, pictures))
    return _only(found, np.flatnonzero(near)), _count(found.pairs[~near])


def _room(most: tuple[int, int], pictures: int) -> int:
    return max(most[0], most[1] * pictures)


def _count(pairs: Pairs) -> int:
    return len(np.unique(pairs, axis=0))


def _only(found: Likely, some: NDArray[np.intp]) -> Likely:
    return msgspec.structs.replace(
        found, pairs=found.pairs[some], ways=found.ways[some], votes=found.votes[some]
    )


def _rank(laid: Laid, place: int) -> _Rank:
    """How good a way is: of the same two the answers come in any order, and only one is taken."""
    evidence, least = laid.evidence, min(laid.share, laid.of_other)
    return laid.verdict is Verdict.EDITED, evidence.agreeing, least, evidence.closeness, -place


def _tasks(
    records: Sequence[Record], found: Likely, maps: Maps, agree: NDArray[np.int32]
) -> dict[tuple[int, int], list[LayTask]]:
    """The ways to try for each pair; those on which most features agree first."""
    tasks: dict[tuple[int, int], list[LayTask]] = {}
    for number in np.argsort(-agree, kind="stable").tolist():
        pair = int(found.pairs[number, 0]), int(found.pairs[number, 1])
        of_pair = tasks.setdefault(pair, [])
        if len(of_pair) == _WAYS_TRIED:
            continue
        one, other = records[pair[0]], records[pair[1]]
        a, b, c, d, e, f = maps[number].tolist()
        of_pair.append(
            LayTask(
                number,
                one.file.path,
                other.file.path,
                one.digest,
                other.digest,
                (one.width, one.height),
                (other.width, other.height),
                (a, b, c, d, e, f),
            )
        )
    return tasks
