"""Carrying out a plan: each file checked right before it goes, each step written down before it.

Items are taken in small batches. One write to the journal settles a batch and announces the next,
so that thousands of small files do not wait for the disk thousands of times.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from difd.actions.checks.age import has_expired, has_rested_too_long
from difd.actions.checks.last_look import LastLook, last_look
from difd.actions.files.emptied import note_folders, remove_emptied
from difd.actions.files.incoming import IncomingLinks
from difd.actions.files.lock import OnWait, action_lock, silent
from difd.actions.verbs.reconciliation import settle, settled_when_interrupted
from difd.actions.verbs.steps import (
    carry_out,
    choose_steps,
    equal_company,
    probe_name,
    targets,
    with_belongings,
)
from difd.protocol.actions import ActionInfo
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Item, freed, handled
from difd.store.action_journal import ActionJournal, planned

BATCH: Final = 32
"""Items announced to the journal with one write."""

ATTEMPTS: Final = 100
"""How often a step is chosen anew because its target was taken."""

OnProgress = Callable[[ActionInfo], None]
IsCancelled = Callable[[], bool]


def execute(
    journal: ActionJournal,
    token: str,
    state: Path,
    *,
    on_progress: OnProgress = lambda _info: None,
    cancelled: IsCancelled = lambda: False,
    on_wait: OnWait = silent,
) -> ActionInfo:
    """Carry out a plan, or go on with one that was interrupted; one that is done stays done.

    Args:
        journal: where the plan is.
        token: the plan's whole id.
        state: difd's state directory, which holds the action lock.
        on_progress: told after every item.
        cancelled: asked before every item; what is left then stays as it is.
        on_wait: told while another action is running.

    Returns:
        The action, with the counts of what was done and refused.

    Raises:
        UsageError: there is no such plan, or the token is only the beginning of one.
        ActionRefused: the plan has expired, or another action is running and does not end.
    """
    with action_lock(state, on_wait):
        settle(journal)
        info = planned(journal, token)
        if info.state == "done":
            return info
        if info.state not in {"planned", "interrupted"}:
            raise ActionRefused(f"The action is {info.state} and cannot be carried out.")
        if info.state == "planned" and has_expired(info):
            raise ActionRefused(
                "The plan has expired; too much may have changed since.",
                hint="Nothing was done; make a new plan.",
            )
        if info.state == "interrupted" and has_rested_too_long(info):
            raise ActionRefused(
                "The plan has expired; too much may have changed since it was interrupted.",
                hint="Make a new plan for what is left.",
            )
        with settled_when_interrupted(journal):
            return _Execution(journal, info, on_progress, cancelled).run()


class _Execution:
    def __init__(
        self,
        journal: ActionJournal,
        info: ActionInfo,
        on_progress: OnProgress,
        cancelled: IsCancelled,
    ) -> None:
        self._journal = journal
        self._on_progress, self._cancelled = on_progress, cancelled
        self._announced: set[bytes] = set()
        # A link may have been made since the plan.
        self._incoming = IncomingLinks(journal)
        self._info = replace(
            info,
            state="running",
            started=info.started or time.time(),
            progress=info.done + info.refused,
            total=info.items,
        )

    def run(self) -> ActionInfo:
        """Do all items that are not done."""
        note_folders(self._journal, self._info)
        settled: list[Item] = []
        waiting = self._journal.items(self._info.id, ("planned",))
        for batch in self._batches(waiting, settled):
            if self._cancelled():
                break
            self._journal.save(self._info, (*settled, *batch))
            settled.clear()
            settled += [self._do(item) for item in batch]
        if self._info.options.remove_empty:
            self._journal.save(self._info, settled)
            self._info = remove_emptied(self._journal, self._info)
        left = self._info.items - self._info.done - self._info.refused
        self._info = replace(
            self._info, state="interrupted" if left else "done", finished=time.time()
        )
        self._journal.save(self._info, settled)
        return self._info

    def _batches(self, waiting: Iterator[Item], settled: list[Item]) -> Iterator[list[Item]]:
        """Items with their steps, in batches within which no two want the same name."""
        while True:
            batch: list[Item] = []
            self._announced.clear()
            for item in waiting:
                chosen = self._choose(item)
                if chosen.stage == "refused":
                    self._count(chosen)
                    settled.append(chosen)
                    continue
                batch.append(chosen)
                if len(batch) == BATCH:
                    break
            if not batch:
                return
            yield batch

    def _choose(self, item: Item) -> Item:
        try:
            self._incoming.confirm_none(item.file.path, self._info.options)
            steps = choose_steps(item, self._info.options, self._announced)
        except ActionRefused as refusal:
            return _refused(item, refusal)
        self._announced.update(*map(targets, steps))
        return replace(item, stage="doing", steps=steps)

    def _do(self, item: Item) -> Item:
        """Do one item; the result is to be written."""
        if self._cancelled():
            return replace(item, stage="planned", steps=())
        for _ in range(ATTEMPTS):
            try:
                with self._last_look(item) as look:
                    done = carry_out(item.steps[0], look)
            except FileExistsError:
                item = self._choose(item)
                if item.stage == "refused":
                    break
                self._journal.write(self._info.id, [item])
            except ActionRefused as refusal:
                item = _refused(item, refusal)
                break
            else:
                item = with_belongings(replace(item, steps=(done, *item.steps[1:])), (done,))
                break
        else:
            item = _refused(item, ActionRefused("Every name for it was taken at once."))
        self._count(item)
        return item

    def _last_look(self, item: Item) -> AbstractContextManager[LastLook]:
        verb = self._info.options.verb
        return last_look(
            item.file,
            item.keeper,
            verb,
            probe=probe_name(item.steps[0]),
            # Elsewhere what goes with the file is not lost.
            find_equals=partial(equal_company, item) if verb == "delete" else tuple,
        )

    def _count(self, item: Item) -> None:
        info = self._info
        if item.stage == "done":
            info = replace(
                info,
                done=info.done + 1,
                handled=info.handled + handled(item),
                freed=info.freed + freed(item),
            )
        elif item.stage == "refused":
            info = replace(info, refused=info.refused + 1)
        self._info = replace(info, progress=info.done + info.refused)
        self._on_progress(self._info)


def _refused(item: Item, refusal: ActionRefused) -> Item:
    of_itself = refusal.path == item.file.path
    message = refusal.message if of_itself else refusal.sentence()
    return replace(
        item, stage="refused", steps=(), message=message.encode(errors="replace").decode()
    )
