"""`difctl cache`: what difd remembers of pictures, so that none is read twice."""

from __future__ import annotations

import os

import click

from difclient.cli.output import Printer, print_json
from difclient.cli.shared_options import json_option
from difclient.client import Client
from difclient.language.numbers import size
from difclient.language.text import plural, printable


@click.group()
def cache() -> None:
    """Show, check or clear what is remembered of pictures.

    The cache keeps no pictures, only small squares and digests; what is missing is read again.

    \b
    Example:
      difctl cache info
    """


@cache.command()
@json_option
def info(as_json: bool) -> None:
    """Show where the cache is and what is in it.

    \b
    Example:
      difctl cache info --json
    """
    with Client() as client:
        found = client.cache.look()
    if as_json:
        print_json(
            {
                "directory": os.fsdecode(found.directory),
                "records": found.records,
                "files": found.files,
                "bytes": found.size,
                "limit": found.limit,
            }
        )
        return
    known = f"{plural(found.records, 'picture')} of {plural(found.files, 'file')}"
    Printer().line((known, "bold"), (f", {size(found.size)} of at most {size(found.limit)}", ""))
    Printer().line((printable(found.directory), "dim"))


@cache.command()
@json_option
def verify(as_json: bool) -> None:
    """Check the whole cache, and forget what is damaged.

    \b
    Example:
      difctl cache verify
    """
    with Client() as client:
        check = client.cache.verify()
    if as_json:
        print_json({"records": check.records, "damaged": check.damaged, "rebuilt": check.rebuilt})
        return
    printer = Printer()
    if check.rebuilt:
        printer.line(("The index was damaged; the cache begins anew.", "yellow"))
    elif check.damaged:
        forgotten = plural(check.damaged, "damaged record was", "damaged records were")
        printer.line((f"{forgotten} forgotten, {check.records:,} are sound.", "yellow"))
    else:
        printer.line((f"All {check.records:,} records are sound.", ""))


@cache.command()
def clear() -> None:
    """Forget everything, so that searches read their pictures again.

    \b
    Example:
      difctl cache clear
    """
    with Client() as client:
        freed = client.cache.clear()
    Printer().line((f"The cache was cleared; {size(freed)} became free.", ""))
