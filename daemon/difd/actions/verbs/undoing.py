"""Undoing an action: what it did, reversed item by item, as far as the disk allows."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from difd.actions.files.emptied import make_again, tidy_up
from difd.actions.files.lock import OnWait, action_lock, silent
from difd.actions.verbs.execution import BATCH
from difd.actions.verbs.reconciliation import settle, settled_when_interrupted
from difd.actions.verbs.steps import for_the_way_back, is_back, reverse
from difd.protocol.actions import ActionInfo, ActionState
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Item
from difd.store.action_journal import ActionJournal, find_action, newest_undoable


def undo(
    journal: ActionJournal,
    reference: str,
    state: Path,
    *,
    on_progress: Callable[[ActionInfo], None] = lambda _info: None,
    cancelled: Callable[[], bool] = lambda: False,
    on_wait: OnWait = silent,
) -> ActionInfo:
    """Bring back what an action moved, trashed or replaced by links.

    Args:
        journal: where the action is.
        reference: its id, the beginning of one, or `last`: the newest that can be undone.
        state: difd's state directory, which holds the action lock.
        on_progress: told after every item.
        cancelled: asked before every item.
        on_wait: told while another action is running.

    Returns:
        The action; `undone` counts what is back, and items that are not say why.

    Raises:
        UsageError: there is no such action.
        ActionRefused: nothing of it can be undone, or another action is running and does not end.
    """
    with action_lock(state, on_wait):
        settle(journal)
        info = newest_undoable(journal) if reference == "last" else find_action(journal, reference)
        if info is None:
            raise ActionRefused("There is nothing to undo.")
        if info.done == info.undone:
            raise ActionRefused("There is nothing to undo: no file of this action is away.")
        if info.options.verb == "delete":
            raise ActionRefused("Files that were deleted for good cannot be brought back.")
        before = info.state
        info = replace(info, state="undoing", progress=0, total=info.done - info.undone)
        with settled_when_interrupted(journal):
            return _bring_all_back(journal, info, before, on_progress, cancelled)


def _bring_all_back(
    journal: ActionJournal,
    info: ActionInfo,
    before: ActionState,
    on_progress: Callable[[ActionInfo], None],
    cancelled: Callable[[], bool],
) -> ActionInfo:
    make_again(journal, info)
    away = journal.items(info.id, ("done",))
    while (batch := [_on_the_way(item) for item in islice(away, BATCH)]) and not cancelled():
        journal.save(info, batch)
        results = []
        for item in batch:
            if cancelled():
                results.append(replace(item, stage="done"))
                continue
            result = _bring_back(item)
            results.append(result)
            info = replace(
                info,
                progress=info.progress + 1,
                undone=info.undone + (result.stage == "undone"),
            )
            on_progress(info)
        journal.save(info, results)
    info = replace(tidy_up(journal, info), state=before, finished=time.time())
    journal.save(info)
    return info


def _on_the_way(item: Item) -> Item:
    return replace(item, stage="undoing", steps=tuple(map(for_the_way_back, item.steps)))


def _bring_back(item: Item) -> Item:
    """Reverse an item's steps, the last one first; the file itself must come back."""
    left: list[str] = []
    for step in reversed(item.steps):
        try:
            reverse(step)
        except ActionRefused as refusal:
            if is_back(step):
                continue
            if step is item.steps[0]:
                return replace(item, stage="done", message=f"Not brought back: {refusal.message}")
            left.append(refusal.message)
    return replace(item, stage="undone", message=" ".join(left) or None)
