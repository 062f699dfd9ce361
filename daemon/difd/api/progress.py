"""Progress of the Python API: one line on stderr that is written over, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from difd.protocol.results import Progress

_SECONDS: Final = 0.2
_CLEAR: Final = "\r\x1b[K"


@contextmanager
def progress_line(*, wanted: bool) -> Iterator[Callable[[Progress], None]]:
    """Show what is handed to the function that is yielded, and clear the line at the end.

    Args:
        wanted: whether to show anything.
    """
    shows = wanted and sys.stderr.isatty()
    last = 0.0

    def update(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if shows and now - last >= _SECONDS:
            last = now
            sys.stderr.write(f"{_CLEAR}{_words(progress)}")
            sys.stderr.flush()

    try:
        yield update
    finally:
        if shows:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()


def _words(progress: Progress) -> str:
    return {
        "waiting": "waiting",
        "discover": f"{progress.found:,} images found",
        "decode": f"{progress.decoded:,} of {progress.found:,} images read",
        "match": f"{progress.compared:.0%} compared, {progress.matches:,} matches",
        "lay": f"{progress.laid:.0%} of possible edited copies looked at",
        "report": f"{progress.matches:,} matches",
    }[progress.stage]
