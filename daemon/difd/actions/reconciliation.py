"""After a crash: find out from the disk what was done of what the journal announced.

Whoever takes the action lock settles first, so every `doing` or `undoing` found here belongs to a
process that died. Nothing is removed but files of our own that were half made; a picture that is in
two places stays in both places or where it was before, never in none.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from msgspec.structs import replace

from difd.actions import trash
from difd.actions.apart import probe_name
from difd.actions.emptied import settle_folders
from difd.actions.steps import with_belongings
from difd.actions.witness import has_content
from difd.protocol.actions import ActionInfo
from difd.store import action_items
from difd.store.action_items import Deleting, Item, Linking, Moving, Step, Trashing, Witness
from difd.store.action_journal import ActionJournal

NOWHERE = "It is neither where it was nor where it was to go: somebody else moved or removed it."


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
    if item.stage == "doing":
        done = [step for step in item.steps if _is_done(step)]
        if item.steps and item.steps[0] in done:
            # A sidecar goes with its picture, also when a process died between the two.
            return with_belongings(item, done)
        if not os.path.lexists(item.file.path):
            if not os.path.exists(os.path.dirname(item.file.path)):
                # Perhaps their drive is away: `undo` will look for it where it was to go.
                return replace(item, stage="done", message=NOWHERE)
            return replace(item, stage="refused", steps=(), message=NOWHERE)
        return replace(item, stage="planned", steps=())
    back = [step for step in item.steps if not _is_done(step)]
    if item.steps and item.steps[0] in back and os.path.lexists(item.file.path):
        return replace(item, stage="undone")
    return replace(item, stage="done")


def _is_done(step: Step) -> bool:
    """Whether the step's file is gone from its place and safe in the other; tidies halves."""
    here = os.path.lexists(step.file.path)
    _drop_part(probe_name(step))
    match step:
        case Deleting():
            return not here
        case Moving(target=target, temporary=temporary):
            _drop_part(temporary)
            return _is_away(step.file, target, here=here)
        case Trashing(target=b""):
            # The system's own trash; only the system knows what is in it.
            return not here
        case Trashing(target=target, info=info, temporary=temporary):
            _drop_part(temporary)
            away = _is_away(step.file, target, here=here)
            trash.settle(trash.TrashPlace(info, target), step.file.path)
            return away
        case Linking(temporary=temporary):
            _drop_part(temporary)
            return _is_linked(step)


def _is_away(file: Witness, target: bytes, *, here: bool) -> bool:
    if not here:
        return has_content(target, file)
    # Both names: the file was linked or copied to its target and not yet removed, or is on its way
    # back. The target goes if what is here is proven to be the same; else both stay.
    path = file.path
    if has_content(path, file) and has_content(target, file) and not _is_one(path, target):
        _drop_part(target)
    return False


def _is_one(path: bytes, target: bytes) -> bool:
    """Whether both are one name of one file: somebody put a link in the place of a folder."""
    try:
        own, other = os.lstat(path), os.lstat(target)
        if not os.path.samestat(own, other):
            return False
        (folder, name), (there, other_name) = os.path.split(path), os.path.split(target)
        return own.st_nlink == 1 or (name == other_name and os.path.samefile(folder, there))
    except OSError:
        return True


def _is_linked(step: Linking) -> bool:
    try:
        own = os.lstat(step.file.path)
    except OSError:
        return False
    if step.kind == "symbolic":
        with suppress(OSError):
            return os.readlink(step.file.path) == step.keeper.path
        return False
    if step.kind == "hard":
        with suppress(OSError):
            keeper = os.lstat(step.keeper.path)
            return (own.st_dev, own.st_ino) == (keeper.st_dev, keeper.st_ino)
        return False
    # A reflink is a new file with the same content.
    return (own.st_dev, own.st_ino) != (step.file.device, step.file.inode)


def _drop_part(path: bytes) -> None:
    with suppress(OSError):
        os.unlink(path)


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
