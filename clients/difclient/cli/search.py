"""`difctl search`: submit, follow, print the groups."""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Any, get_args

import click
from msgspec.structs import replace

from difclient.cli.completion import files
from difclient.cli.outcome import exit_code_of, follow_to_end, print_job, print_result
from difclient.cli.search_options import (
    search_options,
    written_exclusions,
    written_rules,
    written_text,
)
from difclient.cli.shared_options import json_option, pager_option, progress_option, wait_option
from difclient.cli.usage import given_options
from difclient.client import Client
from difclient.language.text import printable
from difclient.paths import existing_path, local_folder
from difd.protocol.errors import InvalidOption
from difd.protocol.options import (
    Across,
    InFolder,
    Pool,
    SearchOptions,
    check_options,
    with_similarity,
)

MATCHES_FOUND = 1
"""Exit code with `--exit-code` when there were matches."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=files)
@search_options
@click.option(
    "--in-folder",
    type=click.Choice(get_args(InFolder)),
    default="off",
    show_default=True,
    help="'given' searches each given folder by itself, 'each' every folder by itself.",
)
@click.option(
    "--across",
    type=click.Choice(get_args(Across)),
    default="off",
    show_default=True,
    help="Match only images of different folders ('folders'), of different given PATHs ('given'), "
    "or one of a reference folder with one outside ('reference').",
)
@click.option(
    "--pool",
    type=click.Choice(get_args(Pool)),
    default="local",
    show_default=True,
    help="Where pictures are read and compared: on the daemon's machine, or on a Dask cluster.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Address of the Dask scheduler: tcp://HOST:PORT or tls://HOST:PORT.  "
    "[default: the setting search.scheduler]",
)
@click.option(
    "--output-directory",
    metavar="DIR",
    help="Write the result to this folder, too: JSON, CSV, and a page with pictures.",
)
@progress_option
@wait_option
@json_option
@pager_option
@click.option("--exit-code", is_flag=True, help="Exit with 1 when matches were found.")
def search(  # noqa: PLR0917  click names them
    paths: tuple[str, ...],
    keep: str,
    progress: bool | None,
    wait: bool,
    as_json: bool,
    pager: bool,
    exit_code: bool,
    reference: tuple[str, ...],
    exclude: tuple[str, ...],
    similarity: float | str,
    output_directory: str | None,
    **given: Any,
) -> int:
    """Find duplicate and similar images in folders.

    With images among the PATHs, only what matches them is reported; one image alone is searched for
    in its own folder. `difctl config set` changes the defaults.

    \b
    Examples:
      difctl search ~/Pictures
      difctl search ~/Pictures --similarity similar --no-same-dim
      difctl search ~/Pictures --similarity edited
      difctl search holiday.jpg ~/Pictures --json
    """
    given_paths = tuple(existing_path(path) for path in paths)
    references = tuple(existing_path(path) for path in reference)
    plain = SearchOptions(
        paths=given_paths,
        reference=references,
        exclude=written_exclusions(exclude, (*given_paths, *references)),
        keep=tuple(map(written_text, written_rules(keep))),
        query=True,
        **given,
    )
    options = with_similarity(plain, similarity, given_options())
    # Which scheduler may be configured; the daemon, which knows, checks all of it again.
    check_options(options if options.scheduler else replace(options, pool="local"))
    reports = None if output_directory is None else local_folder(output_directory)
    if reports is not None:
        if not wait:
            raise InvalidOption(
                "Give --output-directory or --no-wait, not both: the result has to be waited for."
            )
        _report_files().make_folder(reports)
    with Client(to_search=True) as client:
        job = client.submit(client.settings.complete(options, given_options()))
        if not wait:
            print_job(job, as_json=as_json)
            return 0
        job = follow_to_end(client, job, progress=progress)
        code = print_result(client, job, as_json=as_json, pager=pager)
        if reports is not None:
            for path in _report_files().write_report(client, job, reports):
                click.echo(f"Written: {printable(os.fsencode(path))}", err=True)
    found = job.summary is not None and job.summary.groups > 0
    return exit_code_of(job) or code or (MATCHES_FOUND if exit_code and found else 0)


def _report_files() -> ModuleType:
    """The module that writes reports; its templates cost as much to import as all the rest."""
    return importlib.import_module("difclient.report.files")
