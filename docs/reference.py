"""Writes the pages of the reference: the help of every command, and every setting.

    python docs/reference.py docs

A test compares the files with what this writes, so that they cannot drift.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from difclient.cli.config import in_words
from difclient.cli.main import difctl
from difclient.review.setting_words import WORDS
from difd.protocol.settings import Settings, settings_by_name, value_of

WIDTH = 100
COMMANDS = """\
# Commands

What `difctl COMMAND --help` prints, all in one place, written by `python docs/reference.py docs`.
"""
SETTINGS = """\
# Settings

Every setting, as `difctl config show` names it, written by `python docs/reference.py docs`.
Change one with

    difctl config set search.similarity similar

or on the review page. A command's own options take precedence.

| setting | what it is for | default | what it may be |
| --- | --- | --- | --- |
"""


def commands() -> str:
    """The help of every command, in Markdown."""
    return COMMANDS + "".join(_chapters(difctl, None, "difctl"))


def _chapters(command: click.Command, parent: click.Context | None, name: str) -> Iterator[str]:
    settings = {"max_content_width": WIDTH, "terminal_width": WIDTH} | command.context_settings
    context = click.Context(command, parent, name, **settings)
    text = "\n".join(f"    {line}".rstrip() for line in command.get_help(context).splitlines())
    yield f"\n## {context.command_path}\n\n{text}\n"
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            if below is not None:
                yield from _chapters(below, context, each)


def settings() -> str:
    """A table of all settings, in Markdown."""
    return SETTINGS + "".join(_lines())


def _lines() -> Iterator[str]:
    for name, setting in settings_by_name().items():
        words = WORDS[name]
        # What may be written stands in the last column.
        hint = "" if "%(" in words.hint else words.hint
        told = f"{words.label}. {hint}" if hint else words.label
        cells = (f"`{name}`", told, f"`{in_words(value_of(Settings(), name))}`", setting.allowed)
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n"


if __name__ == "__main__":
    place = Path(sys.argv[1])
    (place / "commands.md").write_text(commands(), encoding="utf-8")
    (place / "settings.md").write_text(settings(), encoding="utf-8")
