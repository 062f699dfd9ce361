"""What `move_to` and `delete` of the Python API do: a plan, carried out at once, in this process.

The same code and the same lock as the daemon's, so that the two cannot remove both copies.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.protocol.actions import ActionInfo, ActionOptions, ActionRow
from difd.protocol.endpoint import user_endpoint
from difd.protocol.errors import ActionRefused
from difd.protocol.options import SearchOptions
from difd.protocol.results import Row
from difd.store.action_journal import ActionJournal
from difd.store.ignore_list import read_ignored

_ALL = 2**31

_log = logging.getLogger(__name__)


def plan(rows: Iterable[Row], options: ActionOptions, search: SearchOptions) -> ActionInfo:
    """Plan an action on the groups of a search.

    Args:
        rows: the search's result.
        options: what to do.
        search: of these, the reference folders, `bins` and the number of processes count.

    Raises:
        ActionRefused: the destination cannot be used, or the journal cannot be written.
    """
    # Copies byte for byte do without it, and it brings the engine with it.
    from difd.detail_check import compare  # noqa: PLC0415

    with _journal() as journal:
        planner = Planner(
            journal,
            partial(compare, processes=search.processes),
            ignored=read_ignored(user_endpoint().ignore_list),
        )
        return planner.plan(rows, options, references=search.reference, bins=search.bins)


def carry_out(info: ActionInfo) -> ActionInfo:
    """Carry out a plan.

    Raises:
        ActionRefused: the journal cannot be written, or another action does not end; nothing more
            was done.
    """
    with _journal() as journal:
        return execute(journal, info.id, user_endpoint().state, on_wait=_say_waiting)


def rows_of(info: ActionInfo) -> list[ActionRow]:
    """The files of a plan or action, then what was held back."""
    with _journal() as journal:
        return journal.rows(info.id, 0, _ALL)


def _say_waiting(waited: float, pid: int | None) -> None:
    if waited == 0 or not round(waited) % 10:
        who = "" if pid is None else f" (process {pid})"
        _log.warning("Waiting for another difd action to end%s.", who)


@contextmanager
def _journal() -> Iterator[ActionJournal]:
    path = user_endpoint().action_journal
    try:
        journal = ActionJournal(path)
        try:
            yield journal
        finally:
            journal.close()
    except (sqlite3.Error, OSError) as error:
        raise ActionRefused(
            f"Nothing more is done, because the action journal cannot be written: {error}.",
            path=os.fsencode(path),
        ) from error
