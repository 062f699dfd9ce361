"""Ctrl-C and SIGTERM, heard otherwise for a while; the same on every system."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], None]


@contextmanager
def heard_by(handler: Handler, *, stop: bool = False) -> Iterator[None]:
    """Have Ctrl-C go to a handler, and to who heard it before when this is left.

    To be called in the main thread.

    Args:
        handler: is given the number of the signal, and where it was caught.
        stop: SIGTERM goes to it, too.
    """
    numbers = (signal.SIGINT, signal.SIGTERM) if stop else (signal.SIGINT,)
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, known in before.items():
            signal.signal(number, known)
