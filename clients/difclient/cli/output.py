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

_INDENT = 6
"""Columns before what is told of a path, if it stands in a line of its own."""

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
        """Print one line."""
        sys.stdout.write(self.rendered(*segments))

    def rendered(self, *segments: Segment) -> str:
        """One line as it is printed; names in it, such as those in warnings, control no terminal.

        On a narrow terminal it may become two.
        """
        if self._console is None:
            return harmless("".join(text for text, _ in segments)) + "\n"
        from rich.text import Text  # noqa: PLC0415

        segments = tuple((harmless(text), style) for text, style in segments)
        *first, (last, style) = segments or [("", "")]
        text = Text.assemble(*segments)
        with self._console.capture() as printed:
            if last.startswith("  ") and text.cell_len > self._console.width:
                # What is told of a path stands under it where both are too long for one line.
                # The path itself is never broken, so that it can be copied.
                if first:
                    self._console.print(Text.assemble(*first))
                self._print_prose((last.strip(), style), indent=_INDENT)
            else:
                self._console.print(text)
        return printed.get()

    def prose(self, *segments: Segment) -> None:
        """Print a sentence, which on a terminal goes on in the next line after a whole word."""
        if self._console is None:
            self.line(*segments)
        else:
            self._print_prose(*((harmless(text), style) for text, style in segments))

    def _print_prose(self, *segments: Segment, indent: int = 0) -> None:
        from rich.padding import Padding  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        assert self._console is not None  # noqa: S101  asked for on a terminal only
        text = Text.assemble(*segments)
        shown = Padding(text, (0, 0, 0, indent), expand=False) if indent else text
        self._console.print(shown, soft_wrap=False)

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
