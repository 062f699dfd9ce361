"""`difctl difpy`: difPy's own options and files, handed on as they are."""

from __future__ import annotations

import os

import click

from difd.system import interpreter, processes


@click.command(
    add_help_option=False,
    options_metavar="",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[DIFPY-OPTION]...")
def difpy(arguments: tuple[str, ...]) -> None:
    """Search with difPy's options, and write difPy's files.

    `difctl difpy --help` lists the options.

    \b
    Example:
      difctl difpy -D ~/Pictures -s similar -Z ~/results
    """
    # difPy works without a daemon, in the process that was called: so does this.
    command = [*interpreter.COMMAND, "-m", "difd.api.difpy", *arguments]
    processes.become(command, os.environ)
