"""Printing: styled through rich on a terminal, plain everywhere else."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from difclient.cli.text import harmless

if TYPE_CHECKING:
    from rich.console import Console

Segment = tuple[str, str]
"""Text and the name of its style; "" is the terminal's own."""


class Printer:
    """Prints lines of segments to stdout."""

    def __init__(self) -> None:
        self._console: Console | None = None
        if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
            from rich.console import Console  # noqa: PLC0415  a tenth of a second, for terminals

            self._console = Console(highlight=False, soft_wrap=True)

    def line(self, *segments: Segment) -> None:
        """Print one line; names in it, such as those in warnings, control no terminal."""
        if self._console is None:
            sys.stdout.write(harmless("".join(text for text, _ in segments)) + "\n")
        else:
            from rich.text import Text  # noqa: PLC0415

            shown = ((harmless(text), style) for text, style in segments)
            self._console.print(Text.assemble(*shown))

    @staticmethod
    def flush() -> None:
        """Have what was printed seen at once, also in a pipe."""
        sys.stdout.flush()

    def lines(self, lines: Iterable[Iterable[Segment]]) -> None:
        """Print many lines."""
        for segments in lines:
            self.line(*segments)


def print_json(value: Any) -> None:
    """One JSON document on stdout, ASCII, so that any name survives any terminal and pipe."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")
