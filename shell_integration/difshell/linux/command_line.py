"""The command of an entry as file managers on Linux want it: one line, read by their own rules.

They agree on double quotes and on `%F`, which stands for the selected files and must not be quoted;
on everything else they differ, so nothing else is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from string import Template
from typing import Final

from difshell.menu import Entry
from difshell.plugin import IntegrationRefused

_PLAIN: Final = re.compile(r"[A-Za-z0-9/._+,:@=-]+")
_IMPOSSIBLE: Final = re.compile(r"[\"\\$`%\x00-\x1f\x7f\ud800-\udfff]")


def command_line(command: Sequence[str], entry: Entry, files: str = "%F") -> str:
    """The line that runs an entry.

    Args:
        command: what runs difctl.
        entry: the entry.
        files: what stands for the selected files.

    Raises:
        IntegrationRefused: difctl is at a place that no such line can name.
    """
    return " ".join([quoted_words(command), *entry.arguments, files])


def quoted_words(words: Sequence[str]) -> str:
    """Words of a command as such a line has them.

    Raises:
        IntegrationRefused: one of them cannot stand in any.
    """
    return " ".join(map(_quoted, words))


def localized(key: str, entry: Entry) -> str:
    """Lines of a key file that hold the entry's label in all languages, without the last end."""
    lines = [f"{key}={entry.label('en')}"]
    lines += [f"{key}[{name}]={label}" for name, label in entry.labels.items() if name != "en"]
    return "\n".join(lines)


def filled(template: str, **values: str) -> str:
    """A template of this folder with its places filled.

    Args:
        template: name of the file.
        values: what goes into its `${…}`.
    """
    text = resources.files(__package__).joinpath(template).read_text(encoding="utf-8")
    return Template(text).substitute(values)


def _quoted(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    if _IMPOSSIBLE.search(word):
        raise IntegrationRefused(
            f"No menu of a file manager can run a command with such a path: {word!r}.",
            hint="Install difd where paths have no quotes, backslashes, $, ` or %.",
        )
    return f'"{word}"'
