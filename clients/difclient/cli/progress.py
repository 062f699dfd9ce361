"""Live progress on stderr: a bar on a terminal, a line now and then where it was asked for."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from difclient.language.progress import described, part_of
from difd.protocol.actions import ActionInfo
from difd.protocol.results import Progress

Update = Callable[[Progress], None]
"""Shows how far a search is."""

_Show = Callable[[str, float, float | None], None]
"""Shows words, and a part of a whole that may be unknown."""

_STEPS: Final = {"planning": "compared", "running": "done:", "undoing": "brought back:"}

_WIDE: Final = 80
"""Columns of a terminal from which on the words have room beside a long bar."""

LINE_SECONDS: Final = 2.0
"""Plain progress lines come no more often than this."""


@contextmanager
def progress_shown(wanted: bool | None) -> Iterator[Update]:
    """Show the progress of a search that is handed to the update that is yielded."""
    with _shown(wanted) as show:
        yield lambda progress: show(described(progress), *part_of(progress))


@contextmanager
def steps_shown(wanted: bool | None) -> Iterator[Callable[[ActionInfo], None]]:
    """The same for a plan or an action on files."""
    with _shown(wanted) as show:
        yield lambda info: show(
            f"{_STEPS.get(info.state, info.state)} {info.progress:,} of {info.total:,} files",
            info.progress,
            max(info.total, 1),
        )


def waiting_told(way_out: str) -> Callable[[str], None]:
    """What tells on stderr what is waited for: once, until it is something else.

    Args:
        way_out: a sentence that says what to do about it.
    """
    last = ""

    def tell(words: str) -> None:
        nonlocal last
        if words and words != last:
            sys.stderr.write(f"{words} {way_out}\n")
            sys.stderr.flush()
        last = words

    return tell


@contextmanager
def _shown(wanted: bool | None) -> Iterator[_Show]:
    """A bar on a terminal; elsewhere lines if `wanted`, else nothing; nothing at all if False."""
    if wanted is False:
        yield _show_nothing
    elif sys.stderr.isatty():
        with _bar() as show:
            yield show
    else:
        yield _lines() if wanted else _show_nothing


def _show_nothing(_words: str, _done: float, _total: float | None) -> None:
    """Show nothing."""


def _lines() -> _Show:
    last = 0.0

    def show(words: str, _done: float, _total: float | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LINE_SECONDS:
            last = now
            sys.stderr.write(f"{words}\n")

    return show


@contextmanager
def _bar() -> Iterator[_Show]:
    from rich.console import Console  # noqa: PLC0415  a tenth of a second, for terminals
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn  # noqa: PLC0415

    console = Console(stderr=True)
    bar_width = 30 if console.width >= _WIDE else 6
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda words, done, total: bar.update(
            task, description=words, completed=done, total=total
        )
