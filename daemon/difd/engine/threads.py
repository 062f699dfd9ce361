"""Runs loops on several threads of this process, and keeps the results in order.

What comes out does not depend on the number of threads: neither the results nor their order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item")
Result = TypeVar("Result")

_TICK: Final = 0.02
"""Seconds between two looks at cancellation and memory while a result is awaited."""


class Threads:
    """Some threads; a context that waits for their end.

    Args:
        count: how many; with one, work is done in the thread that asks for the results.
        check: called while a result is awaited; may raise to stop.

    Attributes:
        stop: (1,) uint8, set when the context ends: long loops look at it.
    """

    def __init__(self, count: int, check: Callable[[], None]) -> None:
        self._count = count
        self._check = check
        self._pool = ThreadPoolExecutor(count, "difd-match") if count > 1 else None
        self.stop: NDArray[np.uint8] = np.zeros(1, np.uint8)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop[0] = 1
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def in_order(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        """The function's result for every item, in the order of the items.

        Items are taken in the caller's thread, a few more than there are threads ahead.
        """
        if self._pool is None:
            yield from map(function, items)
            return
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(self._pool.submit(function, item))
            if len(waiting) > self._count:
                yield self._result(waiting.popleft())
        while waiting:
            yield self._result(waiting.popleft())

    def _result(self, future: Future[Result]) -> Result:
        # Waiting and asking are two steps: work that ends just after the tick has its result, and
        # what it raised, a time-out too, is its own.
        while wait((future,), _TICK).not_done:
            self._check()
        return future.result()
