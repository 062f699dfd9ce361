"""Progress of the Python API: one line on stderr that is written over, on a terminal only."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Final, Self

from difd.protocol.results import Progress

_SECONDS: Final = 0.2
_CLEAR: Final = "\r\x1b[K"


class ProgressLine:
    """Call it with every progress; leave it as a context manager to clear the line.

    Args:
        wanted: whether to show anything.
    """

    def __init__(self, *, wanted: bool) -> None:
        self._shows = wanted and sys.stderr.isatty()
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shows:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()

    def __call__(self, progress: Progress) -> None:
        """Show a progress, if the last one is a while ago."""
        now = time.monotonic()
        if not self._shows or now - self._last < _SECONDS:
            return
        self._last = now
        words = {
            "waiting": "waiting",
            "discover": f"{progress.found:,} images found",
            "decode": f"{progress.decoded:,} of {progress.found:,} images read",
            "match": f"{progress.compared:.0%} compared, {progress.matches:,} matches",
            "report": f"{progress.matches:,} matches",
        }[progress.stage]
        sys.stderr.write(f"{_CLEAR}{words}")
        sys.stderr.flush()
