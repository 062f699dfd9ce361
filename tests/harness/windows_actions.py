"""One action on a pair of copies, as the service does it, for tests that run in a Windows."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path

from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionInfo, ActionOptions, HeldBack, PlanItem
from difd.store.action_items import Item
from difd.store.action_journal import ActionJournal
from harness.plans import group

CONTENT = b"picture" * 100


class Actions:
    """Acts on copies in a folder, with a journal beside them.

    Args:
        folder: where everything is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keeper = folder / "kept" / "a.jpg"
        self.removal = folder / "extra" / "b.jpg"

    def make(self) -> None:
        """Make the pair."""
        for path in (self.keeper, self.removal):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(CONTENT)
        os.utime(self.removal, ns=(10**18, 10**18 + 300))

    def plan(self, options: ActionOptions) -> str:
        """Plan it; its number."""
        with self._journal() as journal:
            roots = (os.fsencode(self.folder),)
            planned = Planner(journal, lambda _: ()).plan(
                group(self.keeper, self.removal), options, roots=roots
            )
            return planned.id

    def execute(self, number: str) -> ActionInfo:
        """Carry it out, or what is left of it."""
        with self._journal() as journal:
            return execute(journal, number, self.folder / "state")

    def undo(self, number: str) -> ActionInfo:
        """Bring everything back."""
        with self._journal() as journal:
            return undo(journal, number, self.folder / "state")

    def item(self, number: str) -> Item:
        """The file that goes, as the journal has it."""
        with self._journal() as journal:
            (item,) = journal.items(number)
            return item

    def told(self, number: str) -> list[PlanItem | HeldBack]:
        """What a plan says of the file."""
        with self._journal() as journal:
            return journal.rows(number, 0, 10)

    def left(self) -> list[str]:
        """Names of ours beside the pictures."""
        return [path.name for path in self.folder.rglob(".difd-*")]

    def _journal(self) -> closing[ActionJournal]:
        return closing(ActionJournal(self.folder / "state" / "actions.sqlite"))


_CHANGES = frozenset({"os.rename", "os.link", "os.remove", "os.symlink", "os.rmdir", "os.mkdir"})


def die_at(change: int) -> None:
    """End this process, as if it was killed, right before it changes a name for the nth time."""
    left = [change]

    def hook(event: str, _arguments: object) -> None:
        if event in _CHANGES:
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)

    sys.addaudithook(hook)


def main(folder: str, verb: str, number: str, change: str) -> None:
    """Carry out or undo an action in a process that is killed meanwhile."""
    actions = Actions(Path(folder))
    die_at(int(change))
    getattr(actions, verb)(number)


if __name__ == "__main__":
    main(*sys.argv[1:])
