"""What the engine asks of a pool, whichever pool it is: run a function over items, elsewhere.

The engine describes work and never knows whether processes of this machine or a cluster do it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Protocol, TypeVar

import msgspec

Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkerLoss(msgspec.Struct, frozen=True):
    """An item whose worker crashed, hung past its time or ran out of memory; why, in a phrase."""

    reason: str


class WorkPool(Protocol):
    """Runs a module-level function over items; one item's fault is that item's alone."""

    @property
    def processes(self) -> int:
        """How many items run at once."""

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result | WorkerLoss]]:
        """Yield every item with its result, in any order.

        Items with an attribute `weight`, the bytes they have to read, may travel together if that
        is few. Only a bounded number of items is in flight. Closing the iterator cancels what is
        left.
        """


class Cancelled(Exception):
    """The search was cancelled from outside."""


def answers(
    pool: WorkPool,
    function: Callable[[Item], Result],
    items: Iterable[Item],
    check: Callable[[], None],
) -> Generator[tuple[Item, Result | WorkerLoss]]:
    """Yield every item with its answer, in any order.

    Whatever ends this early, `check` or a `close` of the generator, the pool drops what is left;
    whoever may fail while asking closes it.

    Args:
        pool: where the function runs.
        function: a function of a module.
        items: what it is called with.
        check: called before every answer; may raise to stop.
    """
    mapped = pool.map(function, items)
    try:
        for item, answer in mapped:
            check()
            yield item, answer
    finally:
        close = getattr(mapped, "close", None)
        if close is not None:
            close()
