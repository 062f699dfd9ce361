"""`difctl history` and `undo`: what was done to files, and bringing it back."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

import click

from difclient.cli.action_listing import action_document, summary_document
from difclient.cli.actions import REFUSED, followed
from difclient.cli.completion import last
from difclient.cli.output import Printer, print_json
from difclient.cli.shared_options import json_option, limit_option, progress_option
from difclient.client import Client
from difclient.deeds import described
from difclient.language.numbers import duration
from difclient.language.text import plural, printable
from difd.protocol.actions import ActionInfo, PlanItem

_STATES: Final = {"done": "green", "interrupted": "yellow", "running": "cyan", "undoing": "cyan"}


@click.command()
@click.argument("action", required=False, metavar="[ACTION]", shell_complete=last)
@limit_option
@json_option
def history(action: str | None, limit: int, as_json: bool) -> None:
    """List what was done to files, newest first.

    With ACTION, list every file of it. ACTION is an action's id, the beginning of one, or `last`.

    \b
    Examples:
      difctl history
      difctl history last
    """
    with Client() as client:
        if action is not None:
            info = client.actions.get(action)
            rows = client.actions.rows(info.id)
            if as_json:
                print_json(action_document(info, rows))
                return
            _print_files(info, (row for row in rows if isinstance(row, PlanItem)))
            return
        found = client.actions.history(limit)
    if as_json:
        print_json([summary_document(info) for info in found])
        return
    printer = Printer()
    for info in found:
        printer.line(*_line(info))
    if not found:
        printer.line(("Nothing was done to any file yet.", "bold"))


@click.command()
@click.argument("action", default="last", metavar="[ACTION]", shell_complete=last)
@progress_option
@json_option
def undo(action: str, progress: bool | None, as_json: bool) -> int:
    """Bring back what an action moved, trashed or replaced by links.

    ACTION is an action's id, the beginning of one, or `last`; without it, the newest that can be
    undone. Nothing is overwritten; what was deleted for good stays deleted.

    \b
    Example:
      difctl undo
    """
    with Client() as client:
        before = client.actions.undo(action)
        info = followed(client, before, progress)
        rows = list(client.actions.rows(info.id))
    left = [row for row in rows if isinstance(row, PlanItem) and row.state == "done"]
    if as_json:
        print_json(action_document(info, rows))
    else:
        printer = Printer()
        for row in left:
            printer.line(
                ("away  ", "yellow"), (printable(row.path), ""), (f"  {row.message or ''}", "dim")
            )
        printer.line((f"{plural(info.undone - before.undone, 'file')} brought back.", "bold"))
        if info.error is not None:
            printer.line((info.error.message, "bold red"))
    return REFUSED if left or info.error is not None else 0


def _line(info: ActionInfo) -> list[tuple[str, str]]:
    away = info.done - info.undone
    words = f"{plural(info.done, 'file')} done"
    if info.refused:
        words += f", {info.refused:,} refused"
    if info.undone:
        words += f", {info.undone:,} brought back"
    if not away and info.done:
        words += " (all)"
    if info.folders:
        words += f", {plural(info.folders, 'empty folder')} removed"
    age = duration(max(0.0, time.time() - (info.started or info.created)))
    return [
        (info.id[:8], "bold"),
        (f"  {info.state:<11}", _STATES.get(info.state, "")),
        (f"  {age + ' ago':>15}  ", "dim"),
        (described(info), ""),
        (f"  {words}", "dim"),
    ]


def _print_files(info: ActionInfo, items: Iterable[PlanItem]) -> None:
    printer = Printer()
    printer.line(*_line(info))
    for row in items:
        where = f" → {printable(row.target)}" if row.target is not None else ""
        printer.line(
            (f"{row.state:<8}  ", "dim"),
            (printable(row.path), ""),
            (where, ""),
            (f"  {row.message}" if row.message else "", "yellow"),
        )
