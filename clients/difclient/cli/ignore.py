"""`difctl ignore`: groups that are no duplicates, remembered by content."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

import click

from difclient.cli.completion import searches
from difclient.cli.invocation import command
from difclient.cli.output import Printer, Segment, print_json
from difclient.cli.shared_options import json_option
from difclient.client import Client
from difclient.language.numbers import duration
from difclient.language.text import plural, printable
from difd.protocol.ignoring import IgnoredGroup

SHOWN_MAX: Final = 10
"""Files of an ignored group that are listed; --json lists all."""


@click.group()
def ignore() -> None:
    """Remember groups that are not duplicates.

    Their files no longer match each other, even when they are renamed or moved. New copies of them
    are found as before.

    \b
    Example:
      difctl ignore add last 3
    """


@ignore.command()
@click.argument("job", metavar="JOB", shell_complete=searches)
@click.argument("groups", metavar="GROUP...", nargs=-1, required=True, type=click.IntRange(min=1))
@json_option
def add(job: str, groups: tuple[int, ...], as_json: bool) -> None:
    """Ignore groups of a search from now on.

    JOB is a search's id, the beginning of one, or `last`; GROUP is the number of a group in it.

    \b
    Example:
      difctl ignore add last 3 5
    """
    with Client() as client:
        added = client.ignoring.add(job, groups)
    if as_json:
        print_json([_document(group) for group in added])
        return
    printer = Printer()
    for group in added:
        printer.line(("Ignored from now on, ", "bold"), (f"{group.id[:8]}:", "bold"))
        printer.lines(_files(group))
    ids = " ".join(group.id[:8] for group in added)
    printer.line(("Take it back with: ", "dim"), (command(f"ignore remove {ids}"), ""))


@ignore.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the ignored groups, oldest first.

    Paths are those at the time when a group was ignored.

    \b
    Example:
      difctl ignore list
    """
    with Client() as client:
        found = list(client.ignoring.groups())
    if as_json:
        print_json([_document(group) for group in found])
        return
    printer = Printer()
    for group in found:
        age = duration(max(0.0, time.time() - group.created))
        printer.line((group.id[:8], "bold"), (f"  {age} ago, {plural(group.files, 'file')}", "dim"))
        printer.lines(_files(group))
    if not found:
        printer.line(
            ("Nothing is ignored. ", "bold"),
            ("After a search: difctl ignore add last GROUP", ""),
        )


@ignore.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@json_option
def remove(ids: tuple[str, ...], as_json: bool) -> None:
    """Stop ignoring groups, so that the next search shows them again.

    ID is what `difctl ignore list` shows, or the beginning of one.

    \b
    Example:
      difctl ignore remove 3f2a91bc
    """
    with Client() as client:
        removed = client.ignoring.remove(ids)
    if as_json:
        print_json([_document(group) for group in removed])
        return
    printer = Printer()
    for group in removed:
        printer.line((f"No longer ignored: {group.id[:8]}, {plural(group.files, 'file')}.", "bold"))


def _files(group: IgnoredGroup) -> Iterator[Iterable[Segment]]:
    for content in group.contents[:SHOWN_MAX]:
        more = f"  and {plural(content.count - 1, 'copy', 'copies')}" if content.count > 1 else ""
        yield [("  ", ""), (printable(content.path), ""), (more, "dim")]
    left = len(group.contents) - SHOWN_MAX
    if left > 0:
        yield [(f"  … and {plural(left, 'other file')}; --json lists all", "dim")]


def _document(group: IgnoredGroup) -> dict[str, Any]:
    return {
        "id": group.id,
        "created": group.created,
        "files": [
            {
                "path": os.fsdecode(content.path),
                "digest": content.digest.hex(),
                "count": content.count,
            }
            for content in group.contents
        ],
    }
