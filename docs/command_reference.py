"""Writes the command reference: the help of every command, as `difctl` prints it.

    python docs/command_reference.py docs/commands.md

A test compares the file with what this writes, so that it cannot drift.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from difclient.cli.main import difctl

WIDTH = 100
HEAD = """\
# Commands

What `difctl COMMAND --help` prints, all in one place, written by
`python docs/command_reference.py docs/commands.md`.
"""


def reference() -> str:
    """The whole page, in Markdown."""
    return HEAD + "".join(_chapters(difctl, None, "difctl"))


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


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
