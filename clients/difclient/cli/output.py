"""Printing: styled through rich on a terminal, plain everywhere else."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from difclient.language.text import harmless

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_INDENT = 6
"""Columns before what goes on in the next line."""

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

        On a narrow terminal it may become several.
        """
        if self._console is None:
            return harmless("".join(text for text, _ in segments)) + "\n"
        from rich.text import Text  # noqa: PLC0415

        shown = [(harmless(text), style) for text, style in segments if text]
        whole = Text.assemble(*shown)
        wide = whole.cell_len > self._console.width
        with self._console.capture() as printed:
            for line in self._broken(shown) if wide else [whole]:
                self._console.print(line)
        return printed.get()

    def _broken(self, segments: Iterable[Segment]) -> Iterator[Text]:
        """The lines of one that is too wide, broken between words.

        What begins with a space goes on in the next line where it must. What begins with two is
        told of what stands before it, and stands under that if both are too long for one line. All
        else, such as a path, is never broken, so that it can be copied.
        """
        from rich.cells import cell_len  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        assert self._console is not None  # noqa: S101  asked for on a terminal only
        width, line = self._console.width, Text()
        for text, style in segments:
            words = re.findall(r"\s*\S+", text) if text.startswith(" ") else [text]
            is_apart = text.startswith("  ") and line.cell_len + cell_len(text) > width
            for place, word in enumerate(words):
                too_wide = line.cell_len + cell_len(word) > width
                if line.plain.strip() and (
                    (is_apart and not place) or (too_wide and word[0] == " ")
                ):
                    yield line
                    line = Text(" " * _INDENT)
                    line.append(word.lstrip(), style)
                else:
                    line.append(word, style)
        yield line

    def prose(self, *segments: Segment) -> None:
        """Print a sentence, which on a terminal goes on in the next line after a whole word."""
        if self._console is None:
            self.line(*segments)
        else:
            from rich.text import Text  # noqa: PLC0415

            shown = Text.assemble(*((harmless(text), style) for text, style in segments))
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
