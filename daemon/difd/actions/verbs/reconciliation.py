"""After a crash: find out from the disk what was done of what the journal announced.

Whoever takes the action lock settles first, so every `doing` or `undoing` found here belongs to a
process that died. Nothing is removed but files of our own that were half made; a picture that is in
two places stays in both places or where it was before, never in none; and what was to be deleted
and is still there stays.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from msgspec.structs import replace

from difd.actions.files.emptied import settle_folders
from difd.actions.verbs import recycling
from difd.actions.verbs.remains import look_at
from difd.actions.verbs.steps import with_belongings
from difd.protocol.actions import ActionInfo
from difd.store import action_items
from difd.store.action_items import Deleting, Item, Stage, Step, Trashing
from difd.store.action_journal import ActionJournal

NOWHERE = "It is neither where it was nor where it was to go: somebody else moved or removed it."
LAST = "The file that stays in its place is gone: difctl undo brings this one back."


def settle(journal: ActionJournal) -> None:
    """Settle every action that a process left half way; called with the action lock held."""
    settle_folders(journal)
    for info, items in journal.unsettled():
        settled = [_settled(item) for item in items]
        journal.save(info, settled)
        journal.save(_counted(journal, info))


@contextmanager
def settled_when_interrupted(journal: ActionJournal) -> Iterator[None]:
    """Leave a journal that says what was done, also when Ctrl-C or a full disk ends the work."""
    try:
        yield
    except BaseException:
        # What went wrong before is what has to be said.
        with suppress(sqlite3.Error, OSError):
            settle(journal)
        raise


def _settled(item: Item) -> Item:
    back = item.stage == "undoing"
    item = replace(item, steps=tuple(map(_located, item.steps)))
    found = [(step, look_at(step, back=back)) for step in item.steps]
    done = [step for step, remains in found if remains.done]
    said = " ".join(remains.said for _, remains in found if remains.said) or None
    is_done = bool(item.steps) and item.steps[0] in done
    if back:
        stage: Stage = "done"
        if item.steps and not is_done and os.path.lexists(item.file.path):
            stage = "undone"
        return replace(item, stage=stage, message=said)
    if is_done:
        return _went(item, done, said)
    if not os.path.lexists(item.file.path) and said is None:
        if not os.path.exists(os.path.dirname(item.file.path)):
            # Perhaps their drive is away: `undo` will look for it where it was to go.
            return replace(item, stage="done", message=NOWHERE)
        return replace(item, stage="refused", steps=(), message=NOWHERE)
    return replace(item, stage="planned", steps=(), message=said)


def _located(step: Step) -> Step:
    """A step with what only became known when it was done, and was not written down any more."""
    return recycling.located(step) if isinstance(step, Trashing) else step


def _went(item: Item, done: list[Step], said: str | None) -> Item:
    """An item whose file is where it was to go.

    A sidecar goes with its picture, also when a process died between the two, but only where it can
    be brought back, and where nothing has the picture's name by now.
    """
    is_free = not os.path.lexists(item.file.path)
    went = with_belongings(item, done, lambda step: is_free and not isinstance(step, Deleting))
    sentences = [went.message, said]
    if not isinstance(item.steps[0], Deleting) and not os.path.lexists(item.keeper.path):
        sentences.append(LAST)
    return replace(went, message=" ".join(filter(None, sentences)) or None)


def _counted(journal: ActionJournal, info: ActionInfo) -> ActionInfo:
    """The action with its counts taken from its items; what was left is `interrupted`."""
    done = undone = refused = left = handled = freed = 0
    for item in journal.items(info.id):
        left += item.stage == "planned"
        refused += item.stage == "refused"
        undone += item.stage == "undone"
        if item.stage in {"done", "undone"}:
            done += 1
            handled += action_items.handled(item)
            freed += action_items.freed(item)
    return replace(
        info,
        state="interrupted" if left else "done",
        finished=time.time(),
        done=done,
        refused=refused,
        undone=undone,
        handled=handled,
        freed=freed,
        folders=journal.folders.count(info.id, "removed"),
    )
