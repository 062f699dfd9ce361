"""`difctl search`: submit, follow, print the groups."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import click

from difclient.cli.outcome import follow_to_end, print_job, print_result
from difclient.cli.paths import existing_path
from difclient.cli.text import printable
from difclient.cli.usage import given_options
from difclient.client import Client
from difclient.remote import is_elsewhere
from difd.protocol.errors import InvalidOption
from difd.protocol.options import (
    DEFAULT_DECODE,
    KEEP_RULES,
    PX_MAX,
    PX_MIN,
    Decode,
    InFolder,
    SearchOptions,
    check_options,
    keep_rules,
    similarity_threshold,
)

MATCHES_FOUND = 1
"""Exit code with `--exit-code` when there were matches."""


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


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "-s",
    "--similarity",
    type=Similarity(),
    default="duplicates",
    show_default=True,
    help="How close images must be: the largest mean squared error of a match. "
    "'duplicates' is 0, 'similar' is 5.",
)
@click.option(
    "--same-dim/--no-same-dim",
    default=True,
    show_default=True,
    help="Only images of the same width and height match.",
)
@click.option(
    "--rotate/--no-rotate",
    default=True,
    show_default=True,
    help="Turned images match, too.",
)
@click.option(
    "--mirror/--no-mirror",
    default=False,
    show_default=True,
    help="Mirrored images match, too.",
)
@click.option(
    "--recursive/--no-recursive",
    default=True,
    show_default=True,
    help="Search subfolders.",
)
@click.option(
    "--in-folder",
    type=click.Choice(get_args(InFolder)),
    default="off",
    show_default=True,
    help="Search each given folder, or every folder, by itself.",
)
@click.option(
    "--limit-extensions/--no-limit-extensions",
    default=True,
    show_default=True,
    help="Read only files with a known image extension.",
)
@click.option(
    "--px-size",
    type=int,
    default=50,
    show_default=True,
    metavar="N",
    help=f"Edge of the small square that is compared, {PX_MIN} to {PX_MAX} pixels.",
)
@click.option(
    "--reference",
    multiple=True,
    metavar="DIR",
    help="Search this folder, too, and never propose to remove its files. Repeatable.",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="PATTERN",
    help="Leave out what matches, by the rules of .gitignore. Repeatable.",
)
@click.option(
    "--keep",
    default=",".join(KEEP_RULES),
    show_default=True,
    metavar="RULE[,RULE...]",
    help="What makes the file that stays, first difference decides.",
)
@click.option("--min-bytes", type=int, default=0, metavar="N", help="Leave out smaller files.")
@click.option("--processes", type=int, metavar="N", help="Worker processes.  [default: one a core]")
@click.option("--chunksize", type=int, metavar="N", help="Images compared in one block.")
@click.option(
    "--output-directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the result there, too: JSON, CSV, and a page with pictures.",
)
@click.option(
    "--decode",
    type=click.Choice(get_args(Decode)),
    default=DEFAULT_DECODE,
    show_default=True,
    help="'auto' decodes large JPEGs in a reduced size first, and in full what comes near a match: "
    "every match it reports is exact. 'exact' decodes every picture in full: for folders in which "
    "most pictures have a match (it is quicker there), and for pure noise or stripes as fine as "
    "pixels, whose reduced sizes say little. 'fast' leaves it at the reduced size: for a first "
    "look.",
)
@click.option(
    "--progress/--no-progress",
    default=None,
    help="Show progress on stderr.  [default: on a terminal]",
)
@click.option(
    "--wait/--no-wait", default=True, help="Wait for the result, or print the job and return."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 when matches were found.")
def search(  # noqa: PLR0917  click names them
    paths: tuple[str, ...],
    keep: str,
    progress: bool | None,
    wait: bool,
    as_json: bool,
    exit_code: bool,
    reference: tuple[str, ...],
    exclude: tuple[str, ...],
    output_directory: Path | None,
    **given: Any,
) -> int:
    """Find duplicate and similar images in folders.

    With images among the PATHs, only what matches these images is reported; one image alone is
    searched for in its own folder. Defaults are changed with `difctl config set`.

    \b
    Examples:
      difctl search ~/Pictures
      difctl search ~/Pictures --similarity similar --no-same-dim
      difctl search holiday.jpg ~/Pictures --json
    """
    options = SearchOptions(
        paths=tuple(existing_path(path) for path in paths),
        reference=tuple(existing_path(path) for path in reference),
        exclude=tuple(_text(pattern) for pattern in exclude),
        keep=tuple(map(_text, _rules(keep))),
        query=True,
        **given,
    )
    check_options(options)
    if output_directory is not None:
        if not wait:
            raise InvalidOption(
                "--output-directory needs the result; it does not go with --no-wait."
            )
        _report_files().make_folder(output_directory)
    with Client() as client:
        job = client.submit(client.settings.complete(options, given_options()))
        if not wait:
            print_job(job, as_json=as_json)
            return 0
        job = follow_to_end(client, job, progress=progress)
        print_result(client, job, as_json=as_json)
        if output_directory is not None:
            for path in _report_files().write_report(client, job, output_directory):
                click.echo(f"Written: {printable(os.fsencode(path))}", err=True)
    found = job.summary is not None and job.summary.groups > 0
    return MATCHES_FOUND if exit_code and found else 0


def _report_files() -> ModuleType:
    """The module that writes reports; its templates cost as much to import as all the rest."""
    return importlib.import_module("difclient.report.files")


def _rules(given: str) -> tuple[str, ...]:
    """Keep rules; folders on another machine are as given, because they cannot be looked at."""
    return tuple(part.strip() for part in given.split(",")) if is_elsewhere() else keep_rules(given)


def _text(given: str) -> str:
    """Text that can travel; what the shell gave us may not be UTF-8."""
    try:
        given.encode()
    except UnicodeEncodeError:
        shown = printable(os.fsencode(given))
        raise InvalidOption(f"Patterns and rules must be UTF-8; this is not: {shown}") from None
    return given
