"""What exceeds the screen goes through the pager of the user: one program, and no shell."""

from __future__ import annotations

import math
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, Final

import click

from difclient.cli.output import Printer, Segment
from difd.system import interrupts, processes

_PAGERS: Final = ("less", "more")
"""What is taken where PAGER is not set."""

_PLAIN_TERMINALS: Final = frozenset({"dumb", "emacs"})
"""Where no pager can draw."""

_LESS: Final = "FRXPs?eThe end, q leaves:Space goes on, q leaves."
"""What less is told where LESS is not set: to leave the screen as it is, and to say its keys."""

_LINES_AFTER: Final = 7
"""Lines of the screen for what is printed after, and the next prompt."""


def print_paged(printer: Printer, lines: Iterable[Iterable[Segment]], *, wanted: bool) -> None:
    """Print lines, through the pager if they exceed the screen.

    Args:
        printer: where they go.
        lines: made as they are read, which with a pager is as far as the user looks.
        wanted: take a pager, if there is one.
    """
    texts: Iterator[str] = (printer.rendered(*segments) for segments in lines)
    command = _pager() if wanted else None
    if command is not None:
        held, is_more = _screenful(texts)
        texts = chain(held, texts)
        if is_more and _page(command, texts):
            return
    sys.stdout.writelines(texts)


def _pager() -> list[str] | None:
    """The words of the pager's command; None without one, or where nobody could use it."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    # A pager in the background would only stop us.
    if not processes.is_in_front(sys.stdout.fileno()):
        return None
    if os.environ.get("TERM", "dumb") in _PLAIN_TERMINALS:
        return None
    given = os.environ.get("PAGER")
    try:
        commands = [[name] for name in _PAGERS] if given is None else [shlex.split(given)]
    except ValueError:  # a quotation mark without its other half
        return None
    for command in commands:
        program = shutil.which(command[0]) if command else None
        if program is not None:
            # Whatever LESS says: colours have to be shown as such.
            raw = ["-R"] if os.path.basename(program) == "less" else []
            return [program, *raw, *command[1:]]
    return None


def _screenful(texts: Iterable[str]) -> tuple[list[str], bool]:
    """The first texts, and whether they are more than the screen has lines for."""
    from rich.cells import cell_len  # noqa: PLC0415  for terminals

    width, height = shutil.get_terminal_size()
    held, room = [], height - _LINES_AFTER
    for text in texts:
        held.append(text)
        for line in click.unstyle(text).splitlines():
            room -= max(1, math.ceil(cell_len(line) / width))
        if room < 0:
            return held, True
    return held, False


def _page(command: list[str], texts: Iterable[str]) -> bool:
    """Show texts with the pager, until the user leaves it; whether it could be started.

    Ctrl-C is the pager's, to which it may mean something else, while there is one.
    """
    pager: subprocess.Popen[str] | None = None
    ended = False

    def interrupted(_number: int, _frame: Any) -> None:
        nonlocal ended
        if ended:
            raise KeyboardInterrupt
        # It may be this very Ctrl-C that ended it.
        ended = pager is not None and pager.poll() is not None

    with interrupts.heard_by(interrupted):
        with suppress(OSError):
            pager = subprocess.Popen(  # noqa: S603  arguments as a list
                command,
                stdin=subprocess.PIPE,
                env={"LESS": _LESS, **os.environ},
                text=True,
                errors="backslashreplace",
            )
        if pager is None:
            return False
        _feed(pager, texts)
    return True


def _feed(pager: subprocess.Popen[str], texts: Iterable[str]) -> None:
    """Hand the texts to the pager, as far as it takes them, and wait for its end."""
    assert pager.stdin is not None  # noqa: S101  it is a pipe
    try:
        with suppress(BrokenPipeError):  # the user has seen enough
            for text in texts:
                pager.stdin.write(text)
    finally:
        with suppress(BrokenPipeError):
            pager.stdin.close()
        pager.wait()
