"""Live progress on stderr: a bar on a terminal, a line now and then where it was asked for."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self

from difclient.cli.text import duration
from difd.protocol.results import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

LINE_SECONDS: Final = 2.0
"""Plain progress lines come no more often than this."""


class ProgressView(Protocol):
    """Shows how far a search is, between enter and exit."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was."""

    def update(self, progress: Progress) -> None:
        """Show this."""


def progress_view(wanted: bool | None) -> ProgressView:
    """The view that fits: a bar on a terminal; lines if asked for elsewhere; else nothing."""
    if wanted is False:
        return _Silence()
    if sys.stderr.isatty():
        return _Bar()
    return _Lines() if wanted else _Silence()


def described(progress: Progress) -> str:
    """A progress in words."""
    match progress.stage:
        case "waiting":
            words = "waiting"
        case "discover":
            words = f"{progress.found:,} images found"
        case "decode":
            words = f"{progress.decoded:,} of {progress.found:,} images read"
        case "match":
            words = f"{progress.compared:.0%} compared, {progress.matches:,} matches"
        case "report":
            words = f"{progress.matches:,} matches, writing the result"
    if progress.seconds_left is not None:
        words += f", {duration(progress.seconds_left)} left"
    return words


class _Silence:
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def update(self, progress: Progress) -> None:
        """Show nothing."""


class _Lines(_Silence):
    def __init__(self) -> None:
        self._last = 0.0

    def update(self, progress: Progress) -> None:
        """Write a line, if the last one is a while ago."""
        now = time.monotonic()
        if now - self._last >= LINE_SECONDS:
            self._last = now
            sys.stderr.write(f"{described(progress)}\n")


class _Bar(_Silence):
    def __init__(self) -> None:
        self._progress: RichProgress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        from rich.console import Console  # noqa: PLC0415  a tenth of a second, for terminals
        from rich.progress import BarColumn, SpinnerColumn, TextColumn  # noqa: PLC0415
        from rich.progress import Progress as RichProgress  # noqa: PLC0415

        self._progress = RichProgress(
            SpinnerColumn(),
            BarColumn(bar_width=30),
            TextColumn("{task.description}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._progress.start()
        self._task = self._progress.add_task("starting", total=None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def update(self, progress: Progress) -> None:
        """Move the bar."""
        if self._progress is None or self._task is None:
            return
        done, total = _part(progress)
        self._progress.update(
            self._task, description=described(progress), completed=done, total=total
        )


def _part(progress: Progress) -> tuple[float, float | None]:
    """How much of the current stage is done, and its whole; None while unknown."""
    if progress.stage == "decode":
        return progress.decoded, max(progress.found, 1)
    if progress.stage == "match":
        return progress.compared, 1.0
    return 0.0, None
