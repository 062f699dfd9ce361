"""The options that searches and watched folders have in common."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar, get_args

import click

from difclient.cli.text import printable
from difclient.remote import is_elsewhere
from difd.protocol.errors import InvalidOption
from difd.protocol.keep_rules import keep_rules
from difd.protocol.options import (
    DEFAULT_DECODE,
    KEEP_RULES,
    PX_MAX,
    PX_MIN,
    Decode,
    similarity_threshold,
)

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Similarity(click.ParamType[float]):
    """`duplicates`, `similar`, or the largest mean squared error of a match."""

    name = "duplicates|similar|MSE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The threshold, or a usage error."""
        try:
            return similarity_threshold(value)
        except InvalidOption as error:
            self.fail(error.message, param, ctx)


def search_options(command: _Command) -> _Command:
    """Give a command the options that decide what is read and how it is compared."""
    options = (
        click.option(
            "-s",
            "--similarity",
            type=Similarity(),
            default="duplicates",
            show_default=True,
            help="How close images must be: the largest mean squared error of a match. "
            "'duplicates' is 0, 'similar' is 5.",
        ),
        click.option(
            "--same-dim/--no-same-dim",
            default=True,
            show_default=True,
            help="Only images of the same width and height match.",
        ),
        click.option(
            "--rotate/--no-rotate",
            default=True,
            show_default=True,
            help="Turned images match, too.",
        ),
        click.option(
            "--mirror/--no-mirror",
            default=False,
            show_default=True,
            help="Mirrored images match, too.",
        ),
        click.option(
            "--recursive/--no-recursive",
            default=True,
            show_default=True,
            help="Search subfolders.",
        ),
        click.option(
            "--limit-extensions/--no-limit-extensions",
            default=True,
            show_default=True,
            help="Read only files with a known image extension.",
        ),
        click.option(
            "--px-size",
            type=int,
            default=50,
            show_default=True,
            metavar="N",
            help=f"Edge of the small square that is compared, {PX_MIN} to {PX_MAX} pixels.",
        ),
        click.option(
            "--reference",
            multiple=True,
            metavar="DIR",
            help="Search this folder, too, and never propose to remove its files. Repeatable.",
        ),
        click.option(
            "--exclude",
            multiple=True,
            metavar="PATTERN",
            help="Leave out what matches, by the rules of .gitignore. Repeatable.",
        ),
        click.option(
            "--keep",
            default=",".join(KEEP_RULES),
            show_default=True,
            metavar="RULE[,RULE...]",
            help="What makes the file that stays, first difference decides.",
        ),
        click.option(
            "--min-bytes", type=int, default=0, metavar="N", help="Leave out smaller files."
        ),
        click.option(
            "--processes", type=int, metavar="N", help="Worker processes.  [default: one a core]"
        ),
        click.option("--chunksize", type=int, metavar="N", help="Images compared in one block."),
        click.option(
            "--decode",
            type=click.Choice(get_args(Decode)),
            default=DEFAULT_DECODE,
            show_default=True,
            help="'auto' decodes large JPEGs in a reduced size first, and in full what comes near "
            "a match: every match it reports is exact. 'exact' decodes every picture in full: for "
            "folders in which most pictures have a match (it is quicker there), and for pure noise "
            "or stripes as fine as pixels, whose reduced sizes say little. 'fast' leaves it at the "
            "reduced size: for a first look.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def written_rules(given: str) -> tuple[str, ...]:
    """Keep rules; folders on another machine are as given, because they cannot be looked at."""
    return tuple(part.strip() for part in given.split(",")) if is_elsewhere() else keep_rules(given)


def written_text(given: str) -> str:
    """Text that can travel; what the shell gave us may not be UTF-8."""
    try:
        given.encode()
    except UnicodeEncodeError:
        shown = printable(os.fsencode(given))
        raise InvalidOption(f"Patterns and rules must be UTF-8; this is not: {shown}") from None
    return given
