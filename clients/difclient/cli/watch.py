"""`difctl watch`: folders in which new duplicates are found as they come."""

from __future__ import annotations

import os
import time
from typing import Any

import click
from msgspec.structs import replace

from difclient.cli.completion import folders
from difclient.cli.invocation import command
from difclient.cli.output import Printer, print_json
from difclient.cli.search_options import (
    search_options,
    written_exclusions,
    written_rules,
    written_text,
)
from difclient.cli.shared_options import json_option
from difclient.cli.usage import given_options
from difclient.client import Client
from difclient.language.numbers import duration
from difclient.language.text import plural, printable
from difclient.paths import absolute_path, existing_path
from difd.protocol.document import options_document
from difd.protocol.errors import UsageError
from difd.protocol.options import SearchOptions, check_options, with_similarity
from difd.protocol.watching import SEARCHES_ONLY, WatchFind, WatchInfo

_STYLES = {
    "learning": "cyan",
    "watching": "green",
    "looking": "cyan",
    "away": "yellow",
    "error": "bold red",
}


@click.group()
def watch() -> None:
    """Watch folders for new duplicates.

    New and changed images in watched folders are compared with all images in all of them.

    \b
    Example:
      difctl watch add ~/Pictures
    """


@watch.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=folders)
@search_options
@json_option
def add(  # noqa: PLR0917  click names them
    paths: tuple[str, ...],
    reference: tuple[str, ...],
    exclude: tuple[str, ...],
    keep: str,
    similarity: float | str,
    as_json: bool,
    **given: Any,
) -> None:
    """Watch folders from now on.

    Images that are already in them are read first and not reported; `difctl search` finds
    duplicates among those. To change the options of a watched folder, add it again.

    \b
    Example:
      difctl watch add ~/Pictures ~/Phone --similarity similar
    """
    given_paths = tuple(existing_path(path) for path in paths)
    references = tuple(existing_path(path) for path in reference)
    plain = SearchOptions(
        paths=given_paths,
        reference=references,
        exclude=written_exclusions(exclude, (*given_paths, *references)),
        keep=tuple(map(written_text, written_rules(keep))),
        **given,
    )
    options = with_similarity(plain, similarity, given_options())
    check_options(options)
    with Client() as client:
        options = client.settings.complete(options, given_options() | SEARCHES_ONLY)
        added = [client.watching.add(_with_path(options, path)) for path in options.paths]
    if as_json:
        print_json([_document(one) for one in added])
        return
    printer = Printer()
    for one in added:
        printer.line(("Watched from now on: ", "bold"), (printable(one.folder), ""))
    printer.line(
        ("Images that are already there are read first, and not reported. ", "dim"),
        ("difctl watch follow", ""),
        (" prints new duplicates.", "dim"),
    )


@watch.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=folders)
@json_option
def remove(paths: tuple[str, ...], as_json: bool) -> None:
    """Stop watching folders.

    \b
    Example:
      difctl watch remove ~/Phone
    """
    with Client() as client:
        removed = client.watching.remove([absolute_path(path) for path in paths])
    if as_json:
        print_json([_document(one) for one in removed])
        return
    for one in removed:
        Printer().line(("No longer watched: ", "bold"), (printable(one.folder), ""))


@watch.command("list")
@click.argument("path", required=False, metavar="[PATH]", shell_complete=folders)
@json_option
def list_(path: str | None, as_json: bool) -> None:
    """List the watched folders; with PATH, only that one.

    \b
    Example:
      difctl watch list
    """
    with Client() as client:
        found = client.watching.watches()
    if path is not None:
        wanted = absolute_path(path)
        found = tuple(one for one in found if one.folder == wanted)
        if not found:
            raise UsageError(
                "This folder is not watched.",
                path=wanted,
                hint="See which are with: difctl watch list",
            )
    if as_json:
        print_json([_document(one) for one in found])
        return
    printer = Printer()
    for one in found:
        printer.line(
            (f"{one.state:<9}", _STYLES[one.state]),
            (f" {printable(one.folder)}", "bold"),
            (f"  {plural(one.known, 'picture')}{_last(one)}", "dim"),
        )
        options = _unusual(one.options)
        if options:
            printer.line(("          ", ""), (options, "dim"))
        if one.problem is not None:
            printer.line(("          ", ""), (one.problem, "yellow"))
    if not found:
        printer.line(("No folder is watched. ", "bold"), ("Try: difctl watch add ~/Pictures", ""))


@watch.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document per line.")
def follow(as_json: bool) -> None:
    """Print new duplicates as they are found, until Ctrl-C.

    \b
    Example:
      difctl watch follow
    """
    printer = Printer()
    with Client() as client:
        for find in client.watching.follow():
            if find is None:
                continue
            if as_json:
                print_json(_find_document(find))
            else:
                found = plural(find.duplicates, "new duplicate")
                printer.line(
                    (f"{found} in {plural(find.groups, 'group')}", "bold"),
                    (f" in {', '.join(map(printable, find.folders))}.  ", ""),
                    (command(f"show {find.job[:8]}"), ""),
                )
            printer.flush()


def _with_path(options: SearchOptions, path: bytes) -> SearchOptions:
    return replace(options, paths=(path,), in_folder="off")


def _last(one: WatchInfo) -> str:
    if one.last is None:
        return ""
    age = duration(max(0.0, time.time() - one.last.time))
    return f", {plural(one.last.duplicates, 'new duplicate')} {age} ago, job {one.last.job[:8]}"


def _unusual(options: SearchOptions) -> str:
    """The options that are not as they are by default, as one would write them."""
    usual = options_document(SearchOptions(paths=options.paths))
    words = []
    for name, value in options_document(options).items():
        option = "--" + name.replace("_", "-")
        if value == usual[name]:
            continue
        if isinstance(value, bool):
            words.append(option if value else option.replace("--", "--no-", 1))
        else:
            values = value if isinstance(value, list) else [value]
            words += [f"{option} {printable(os.fsencode(str(one)))}" for one in values]
    return " ".join(words)


def _document(one: WatchInfo) -> dict[str, Any]:
    return {
        "folder": os.fsdecode(one.folder),
        "state": one.state,
        "problem": one.problem,
        "known": one.known,
        "last": None if one.last is None else _find_document(one.last),
        "options": options_document(one.options),
    }


def _find_document(find: WatchFind) -> dict[str, Any]:
    return {
        "number": find.number,
        "time": find.time,
        "job": find.job,
        "duplicates": find.duplicates,
        "groups": find.groups,
        "folders": [os.fsdecode(folder) for folder in find.folders],
    }
