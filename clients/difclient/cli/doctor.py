"""`difctl doctor`: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Final

import click

from difclient.cli.output import Printer, Segment, print_json
from difclient.cli.shared_options import json_option
from difclient.examination import examine
from difclient.language.text import plural, printable
from difclient.support_report import write_report
from difd.protocol.errors import DifdError
from difd.protocol.findings import Finding, State

_MARKS: Final[dict[State, tuple[str, str, str]]] = {
    "good": ("✓", "ok ", "green"),
    "doubtful": ("!", "?  ", "yellow"),
    "broken": ("✗", "BAD", "bold red"),
}
"""For each state its mark, the same for terminals that cannot show it, and its style."""


@click.command()
@json_option
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to a new file, too, with the end of the log, to send with a question.",
)
@click.option("--hide-paths", is_flag=True, help="With --report: replace paths by numbers.")
@click.option(
    "--lines",
    type=click.IntRange(1),
    default=300,
    show_default=True,
    metavar="N",
    help="With --report: how many lines of the log.",
)
def doctor(as_json: bool, report: Path | None, hide_paths: bool, lines: int) -> int:
    """Check what works here, what does not, and what to do about it.

    Nothing is changed, and no daemon is started. The exit code is 0, or 4 when something is broken.

    \b
    Examples:
      difctl doctor
      difctl doctor --report difd.txt
    """
    if hide_paths and report is None:
        raise click.UsageError("--hide-paths needs --report.")
    findings = list(examine())
    broken = [finding for finding in findings if finding.state == "broken"]
    if as_json:
        print_json({"ok": not broken, "checks": [_document(finding) for finding in findings]})
    else:
        Printer().lines(_table(findings))
    if report is not None:
        write_report(report, findings, hide_paths=hide_paths, lines=lines)
        if not as_json:
            Printer().line(("Written: ", ""), (printable(os.fsencode(report)), "bold"))
    return DifdError.exit_code if broken else 0


def _table(findings: Iterable[Finding]) -> Iterable[list[Segment]]:
    doubtful = broken = 0
    plain = not _shows_marks()
    for section, group in groupby(findings, key=lambda finding: finding.section):
        yield [(section, "bold")]
        for finding in group:
            doubtful += finding.state == "doubtful"
            broken += finding.state == "broken"
            mark, word, style = _MARKS[finding.state]
            says = printable(os.fsencode(finding.says))
            yield [
                (f"  {word if plain else mark} ", style),
                (f"{finding.name:<19} {says}", ""),
            ]
            if finding.hint:
                yield [(f"      {finding.hint}", "dim")]
    yield []
    if broken:
        yield [(f"{plural(broken, 'thing is', 'things are')} broken.", "bold red")]
    elif doubtful:
        yield [(f"Nothing is broken; {plural(doubtful, 'thing')} may surprise you.", "yellow")]
    else:
        yield [("All is well.", "bold green")]


def _shows_marks() -> bool:
    try:
        "✓✗".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _document(finding: Finding) -> dict[str, str | None]:
    return {
        "section": finding.section,
        "name": finding.name,
        "state": finding.state,
        "says": finding.says,
        "hint": finding.hint,
    }
