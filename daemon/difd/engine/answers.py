"""Work that runs in the pool, one answer at a time, given up as soon as the search is cancelled."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable

from difd.engine.work import Item, Result, WorkerLoss, WorkPool


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
