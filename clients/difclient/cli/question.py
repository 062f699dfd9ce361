"""The question before something is done that the user has to want: asked of a person only."""

from __future__ import annotations

import sys

import click

from difd.protocol.errors import ActionRefused


def agreed(question: str, hint: str, *, asking: bool = True) -> bool:
    """Whether the user says yes; what a no or Ctrl-C means is said, too.

    Args:
        question: what is asked.
        hint: what to do where there is nobody to ask.
        asking: whether a question would be in place, which it is not between JSON documents.

    Raises:
        ActionRefused: there is nobody to ask.
        click.Abort: the answer was Ctrl-C, or the end of all input.
    """
    if not asking or not sys.stdin.isatty():
        raise ActionRefused(
            "Nothing was done: there is no terminal to ask for a yes.",
            hint=hint,
        )
    try:
        yes = click.confirm(question, default=False, err=True)
    except click.Abort:
        click.echo("\nNothing was done.", err=True)
        raise
    if not yes:
        click.echo("Nothing was done.", err=True)
    return yes
