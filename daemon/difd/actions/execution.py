"""Carrying out a plan: each file checked right before it goes, each step written down before it.

Items are taken in small batches. One write to the journal settles a batch and announces the next,
so that thousands of small files do not wait for the disk thousands of times.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from difd.actions.age import has_expired
from difd.actions.apart import check_apart, probe_name
from difd.actions.claim import bring_to_disk, claimed
from difd.actions.company import check_equal_company
from difd.actions.emptied import note_folders, remove_emptied
from difd.actions.incoming import IncomingLinks
from difd.actions.lock import action_lock
from difd.actions.reconciliation import settle, settled_when_interrupted
from difd.actions.steps import carry_out, choose_steps, targets, with_belongings
from difd.actions.witness import confirm
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
) -> ActionInfo:
    """Carry out a plan, or go on with one that was interrupted; one that is done stays done.

    Args:
        journal: where the plan is.
        token: the plan's whole id.
        state: difd's state directory, which holds the action lock.
        on_progress: told after every item.
        cancelled: asked before every item; what is left then stays as it is.

    Returns:
        The action, with the counts of what was done and refused.

    Raises:
        UsageError: there is no such plan, or the token is only the beginning of one.
        ActionRefused: the plan has expired.
    """
    with action_lock(state):
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
                with claimed(item.file, item.keeper):
                    self._check(item)
                    carry_out(item.steps[0])
            except FileExistsError:
                item = self._choose(item)
                if item.stage == "refused":
                    break
                self._journal.write(self._info.id, [item])
            except ActionRefused as refusal:
                item = _refused(item, refusal)
                break
            else:
                item = with_belongings(item, item.steps[:1])
                break
        else:
            item = _refused(item, ActionRefused("Every name for it was taken at once."))
        self._count(item)
        return item

    def _check(self, item: Item) -> None:
        check_apart(item.file, item.keeper, probe_name(item.steps[0]))
        confirm(item.file, item.keeper)
        stay = [item.keeper.path]
        if self._info.options.verb == "delete":
            stay += check_equal_company(item.belongings, item.keeper.path)
        if self._info.options.verb in {"delete", "link"}:
            # Elsewhere the file itself is not lost.
            for path in stay:
                bring_to_disk(path)

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
