"""A plan and its outcome, as people read them and as JSON."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, Final

from difclient.cli.invocation import command
from difclient.cli.output import Segment
from difclient.deeds import described, done
from difclient.language.numbers import size
from difclient.language.text import MATCHES, plural, printable
from difd.protocol.actions import ActionInfo, ActionRow, HeldBack, PlanItem, Verb
from difd.protocol.errors import error_from_info

SHOWN_MAX: Final = 200
"""Files of a plan that are listed before the question; --dry-run lists all."""

_VERBS: Final[dict[Verb, str]] = {
    "trash": "moved to the trash",
    "move": "moved",
    "delete": "deleted for good",
    "link": "replaced by links",
}


def done_with(verb: Verb) -> str:
    """What was done with files, in words: moved to the trash."""
    return _VERBS[verb]


def question(info: ActionInfo) -> str:
    """What is asked before a plan is carried out."""
    return f"{described(info)}?"


def plan_lines(
    info: ActionInfo, rows: Iterable[ActionRow], *, whole: bool
) -> Iterator[list[Segment]]:
    """The plan: what goes, under what stays; what is held back, counted; what is gained."""
    keeper = None
    for number, row in enumerate(rows):
        if not whole and (number == SHOWN_MAX or isinstance(row, HeldBack)):
            break
        if isinstance(row, HeldBack):
            yield [("held  ", "yellow"), (printable(row.path), ""), (f"  {row.reason}", "dim")]
            continue
        if row.keeper != keeper:
            keeper = row.keeper
            yield [("keep  ", "bold green"), (printable(keeper), "bold")]
        yield from _item(row)
    if not whole and info.items > SHOWN_MAX:
        left = info.items - SHOWN_MAX
        yield [(f"… and {plural(left, 'file')} more; --dry-run lists all", "dim")]
    for reason in info.held:
        yield [(f"{plural(reason.count, 'file')} held back: ", "yellow"), (reason.reason, "")]
    if info.split:
        words = "leaves the other half of its RAW and JPEG pair behind"
        many = "leave the other halves of their RAW and JPEG pairs behind"
        yield [(f"{plural(info.split, f'file {words}', f'files {many}')}.", "yellow")]
    if info.items and info.options.remove_empty:
        yield [("Folders that are empty afterwards are removed.", "")]
    if info.items:
        yield [(f"{described(info)}: {size(info.size)}{_gain(info, info.frees)}.", "bold")]
    else:
        yield [("There is nothing to do.", "bold")]


def outcome_lines(info: ActionInfo, rows: Iterable[ActionRow]) -> Iterator[list[Segment]]:
    """What became of an action."""
    for row in rows:
        if isinstance(row, PlanItem) and row.message:
            mark = ("left  ", "yellow") if row.state == "refused" else ("mind  ", "yellow")
            yield [mark, (printable(row.path), ""), (f"  {row.message}", "dim")]
    line = f"{done(info)}, {size(info.handled)}{_gain(info, info.freed)}."
    if info.refused:
        line += (
            f" {plural(info.refused, 'file')} left as it was."
            if info.refused == 1
            else (f" {plural(info.refused, 'file')} left as they were.")
        )
    if info.folders:
        line += f" {plural(info.folders, 'empty folder')} removed."
    left = info.items - info.done - info.refused
    if left:
        line += f" Stopped before the last {plural(left, 'file')}."
    yield [(line, "bold")]
    if info.error is not None:
        yield [(error_from_info(info.error).sentence(printable), "bold red")]
        if info.error.hint:
            yield [(info.error.hint, "dim")]
    if info.done and info.options.verb != "delete":
        yield [("Bring it back with: ", "dim"), (command(f"undo {info.id[:8]}"), "")]


def action_document(info: ActionInfo, rows: Iterable[ActionRow]) -> dict[str, Any]:
    """The one JSON document of a plan or action."""
    items: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    for row in rows:
        match row:
            case PlanItem():
                items.append(_item_document(row))
            case HeldBack():
                held.append(
                    {
                        "path": os.fsdecode(row.path),
                        "keeper": _text(row.keeper),
                        "group": row.group,
                        "reason": row.reason,
                        "place": list(row.place) if row.place is not None else None,
                    }
                )
    return {**summary_document(info), "items": items, "held_back": held}


def summary_document(info: ActionInfo) -> dict[str, Any]:
    """An action without its files."""
    return {
        "action": info.id,
        "job": info.job,
        "verb": info.options.verb,
        "destination": _text(info.options.destination),
        "kind": info.options.kind,
        "state": info.state,
        "created": info.created,
        "finished": info.finished,
        "files": info.items,
        "done": info.done,
        "refused": info.refused,
        "undone": info.undone,
        "folders_removed": info.folders,
        "bytes": info.size,
        "freed_bytes": info.freed if info.started else info.frees,
        "held_back_count": sum(held.count for held in info.held),
        "error": None if info.error is None else info.error.message,
    }


def _item(row: PlanItem) -> Iterator[list[Segment]]:
    how = MATCHES[row.match]
    if row.mse:
        how += f", MSE {row.mse:.2f}"
    yield [
        ("  goes ", "bold red"),
        (printable(row.path), ""),
        (f"  {size(row.size)}, {how}", "dim"),
    ]
    for path in row.belongings:
        yield [("       with ", "dim"), (printable(path), "")]
    for warning in row.warnings:
        yield [(f"       note: {warning}", "yellow")]


def _gain(info: ActionInfo, freed: int) -> str:
    if info.options.verb == "trash":
        return ", free once the trash is emptied"
    if freed:
        return f", {size(freed)} become free"
    return ""


def _item_document(row: PlanItem) -> dict[str, Any]:
    return {
        "path": os.fsdecode(row.path),
        "keeper": os.fsdecode(row.keeper),
        "group": row.group,
        "match": row.match,
        "mse": row.mse,
        "reason": row.reason,
        "bytes": row.size,
        "frees_bytes": row.frees,
        "warnings": list(row.warnings),
        "belongings": [os.fsdecode(path) for path in row.belongings],
        "state": row.state,
        "target": _text(row.target),
        "message": row.message,
    }


def _text(path: bytes | None) -> str | None:
    return None if path is None else os.fsdecode(path)
