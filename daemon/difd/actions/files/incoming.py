"""Symbolic links that lead to a file which is to go: they would lead nowhere.

The search names those that it met. Those that difd made itself are in the journal, wherever they
lie; without the file they could not be undone, either.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from typing import Final

from difd.protocol.actions import ActionInfo, ActionOptions
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Linking
from difd.store.action_journal import ACTIONS_KEPT, ActionJournal
from difd.system import files

LED_TO: Final = "A symbolic link leads to it"
"""Why a file is held back; followed by the link's name."""


class IncomingLinks:
    """The links that difd made and that are still there, by the file that they lead to.

    Args:
        journal: asked once, now.
    """

    def __init__(self, journal: ActionJournal) -> None:
        self._made: dict[bytes, str] = {}
        self._folders: dict[bytes, bytes] = {}
        for info in journal.newest(ACTIONS_KEPT):
            if info.options.kind == "symbolic" and info.done > info.undone:
                self._note(info, journal)

    def objection(self, path: bytes, names: Iterable[bytes] = ()) -> str | None:
        """Why a file must not go from its path, one sentence; None if no link leads to it.

        Args:
            path: of the file, absolute.
            names: its other names that are known.
        """
        real = self._real(path)
        if real in self._made:
            return self._made[real]
        for name in names:
            if _is_link(name) and os.path.realpath(name) == real:
                return f"{LED_TO}: {name.decode(errors='replace')}"
        return None

    def confirm_none(self, path: bytes, options: ActionOptions) -> None:
        """Make sure, right before a file goes, that no link that difd made leads to it.

        Raises:
            ActionRefused: one does.
        """
        if leaves_name(options) and (reason := self.objection(path)):
            raise ActionRefused(reason, path=path)

    def _note(self, info: ActionInfo, journal: ActionJournal) -> None:
        reason = (
            f"A symbolic link that difd made leads to it; undo that first: "
            f"difctl undo {info.id[:8]}"
        )
        for item in journal.items(info.id, ("done",)):
            for step in item.steps:
                if isinstance(step, Linking) and _leads_to(step):
                    self._made.setdefault(os.path.realpath(step.file.path), reason)

    def _real(self, path: bytes) -> bytes:
        """The path without links above the file; folders are asked once."""
        folder, name = os.path.split(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)


def leaves_name(options: ActionOptions) -> bool:
    """Whether an action leaves nothing at a file's path that a link could lead to.

    A hard link or reflink that takes the file's place holds the same bytes.
    """
    return options.kind not in {"hard", "reflink"}


def in_short(reason: str) -> str:
    """A reason without the name of a link, so that files can be counted by it."""
    return f"{LED_TO}." if reason.startswith(f"{LED_TO}:") else reason


def _leads_to(step: Linking) -> bool:
    """Whether the link is still the one that was made."""
    try:
        return files.read_link(step.file.path, None) == step.keeper.path
    except OSError:
        return False


def _is_link(path: bytes) -> bool:
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except OSError:
        return False
