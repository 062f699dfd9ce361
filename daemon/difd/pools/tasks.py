"""What is sent to a worker at once: one item, or several that are little work.

A message costs as much as reading a thumbnail. So small items travel together, and part again when
their worker dies or takes too long: what they are then to blame for is found out one by one.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any, Final

_TOGETHER: Final = 32
"""Items of one message at most."""

_WEIGHT: Final = 256 << 10
"""Bytes that the items of one message have to read, at most, unless it is a single one: some
milliseconds, so that workers end at about the same time, and a cancelled search soon."""

_PATIENCE: Final = 16
"""A message grows by one item for so many that were sent before: few items are shared out one by
one, and the first results come at once."""


class Task:
    """Items on their way, and how often they were tried.

    Args:
        function: what is called with each.
        items: at least one.
        tries: how often a worker died of them.
    """

    __slots__ = ("function", "items", "message", "tries")

    def __init__(self, function: Callable[[Any], Any], items: list[Any], tries: int = 0) -> None:
        self.function, self.items, self.tries = function, items, tries
        self.message = pickle.dumps((function, items), protocol=pickle.HIGHEST_PROTOCOL)

    @property
    def is_single(self) -> bool:
        """Whether nobody but its item can be to blame."""
        return len(self.items) == 1

    def parted(self) -> list[Task]:
        """A task for each item."""
        return [Task(self.function, [item], self.tries) for item in self.items]


class Source:
    """Makes tasks of items as they are asked for.

    Args:
        function: what is called with each item.
        items: those that have an attribute `weight`, the bytes they have to read, may travel
            together; others go alone.
    """

    def __init__(self, function: Callable[[Any], Any], items: Iterator[Any]) -> None:
        self._function, self._items = function, items
        self._sent = 0
        self._next: list[Any] = []

    def take(self) -> Task | None:
        """The next task; None if there are no more items."""
        items = self._next or self._pull()
        self._next = []
        most = min(_TOGETHER, 1 + self._sent // _PATIENCE)
        weight = sum(map(_weight, items))
        while items and len(items) < most and weight < _WEIGHT:
            more = self._pull()
            if not more:
                break
            weight += _weight(more[0])
            if weight > _WEIGHT:
                self._next = more
                break
            items += more
        self._sent += len(items)
        return Task(self._function, items) if items else None

    def _pull(self) -> list[Any]:
        for item in self._items:
            return [item]
        return []


def _weight(item: object) -> int:
    weight = getattr(item, "weight", None)
    return weight if isinstance(weight, int) else _WEIGHT
