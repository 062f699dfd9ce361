"""The options that searches and watched folders have in common."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_args

import click

from difclient.cli.completion import files, folders, rules, similarities
from difclient.language.text import printable
from difclient.remote import is_elsewhere
from difd.protocol.errors import InvalidOption
from difd.protocol.excluding import exclusions
from difd.protocol.keep_rules import RULES_SENTENCE, keep_rules
from difd.protocol.options import (
    DEFAULT_DECODE,
    EDITED,
    KEEP_RULES,
    PX_MAX,
    PX_MIN,
    Decode,
    is_edited,
    similarity_threshold,
)

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Similarity(click.ParamType[float | str]):
    """`duplicates`, `similar`, `edited`, or the largest mean squared error of a match."""

    name = "similarity"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | str:
        """The threshold, or "edited", or a usage error."""
        try:
            threshold = similarity_threshold(value)
        except InvalidOption as error:
            self.fail(error.message, param, ctx)
        return EDITED if is_edited(value) else threshold


def search_options(command: _Command) -> _Command:
    """Give a command the options that decide what is read and how it is compared."""
    options = (
        click.option(
            "-s",
            "--similarity",
            type=Similarity(),
            shell_complete=similarities,
            metavar="[duplicates|similar|edited|MSE]",
            default="duplicates",
            show_default=True,
            help="What counts as a match. 'duplicates': equal pictures. 'similar': also pictures "
            "that were saved again or changed slightly. 'edited': what is similar, in any size "
            "and mirrored, too, and edited copies: crops, framed, captioned, recoloured and "
            "pasted ones. Or the largest mean squared error (MSE) of a match, 0 to 65025; "
            "'duplicates' is 0, 'similar' is 5.",
        ),
        click.option(
            "--overlaps/--no-overlaps",
            default=False,
            show_default=True,
            help="With 'edited', report pictures that only share a part, too.",
        ),
        click.option(
            "--same-dim/--no-same-dim",
            default=True,
            show_default=True,
            help="Match only images of the same width and height.",
        ),
        click.option(
            "--rotate/--no-rotate",
            default=True,
            show_default=True,
            help="Match turned images, too.",
        ),
        click.option(
            "--mirror/--no-mirror",
            default=False,
            show_default=True,
            help="Match mirrored images, too.",
        ),
        click.option(
            "--recursive/--no-recursive",
            default=True,
            show_default=True,
            help="Search subfolders, too.",
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
            help=f"Edge of the small square that is compared, {PX_MIN} to {PX_MAX} pixels; larger "
            "is more precise and slower.",
        ),
        click.option(
            "--reference",
            multiple=True,
            shell_complete=folders,
            metavar="DIR",
            help="Search this folder, too; its files always stay. Repeatable.",
        ),
        click.option(
            "--exclude",
            multiple=True,
            shell_complete=files,
            metavar="PATH|PATTERN",
            help="Leave out this file or folder, or all that match a pattern by the rules of "
            ".gitignore. Repeatable.",
        ),
        click.option(
            "--bins/--no-bins",
            default=False,
            show_default=True,
            help="Search recycle bins, snapshots and caches, too. No file outside goes for the "
            "sake of one in there.",
        ),
        click.option(
            "--keep",
            shell_complete=rules,
            default=",".join(KEEP_RULES),
            show_default=True,
            metavar="RULE[,RULE...]",
            help="How the file that stays is chosen: the first rule that finds a difference "
            "decides. Where none does, one of two folders keeps all files that both have; within "
            f"one folder the path decides. {RULES_SENTENCE} DIR>DIR are folders, the preferred "
            "ones first; PATTERN is of the file's name, as in '*_edited.*'.",
        ),
        click.option(
            "--min-bytes",
            type=int,
            default=0,
            show_default=True,
            metavar="N",
            help="Leave out files of fewer bytes.",
        ),
        click.option(
            "--processes",
            type=int,
            metavar="N",
            help="How many processes read pictures.  [default: one per core]",
        ),
        click.option(
            "--chunksize",
            type=int,
            metavar="N",
            help="Images compared in one block; more is faster and takes more memory.  "
            "[default: chosen by difd]",
        ),
        click.option(
            "--decode",
            type=click.Choice(get_args(Decode)),
            default=DEFAULT_DECODE,
            show_default=True,
            help="'auto' takes a first look at JPEGs, at larger ones in a reduced size, and reads "
            "them in full where a match is near: what it reports is exact. 'exact' reads every "
            "picture in full: quicker where most pictures have a match, and safer for pure noise "
            "or stripes one pixel wide, which say little in a reduced size. 'fast' never reads "
            "JPEGs in full: it finds nothing equal in pixels, and is for a first look.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def written_rules(given: str) -> tuple[str, ...]:
    """Keep rules; folders on another machine are as given, because they cannot be looked at."""
    return tuple(part.strip() for part in given.split(",")) if is_elsewhere() else keep_rules(given)


def written_exclusions(given: Sequence[str], paths: Sequence[bytes]) -> tuple[str, ...]:
    """What is left out, as the shell means it; on another machine it cannot be looked at."""
    texts = tuple(map(written_text, given))
    return texts if is_elsewhere() else exclusions(texts, paths)


def written_text(given: str) -> str:
    """Text that can travel; what the shell gave us may not be UTF-8."""
    try:
        given.encode()
    except UnicodeEncodeError:
        shown = printable(os.fsencode(given))
        raise InvalidOption(
            f"Patterns and rules must be in UTF-8; this one is not: {shown}"
        ) from None
    return given
