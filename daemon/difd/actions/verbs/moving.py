"""Moving a file without ever overwriting another; the original is the last to go.

Where it goes is chosen first (`naming`), so that the choice can be written down before anything
happens; here it is done, and refused if the name was taken meanwhile.
"""

from __future__ import annotations

import errno
import os
from contextlib import nullcontext, suppress
from functools import partial

import msgspec

from difd.actions.checks.last_look import LastLook, Unwatched
from difd.actions.checks.protection import obstacle
from difd.actions.files.appearance import appearance_of, restore_appearance
from difd.actions.files.copying import copy, discarded_on_failure, drop
from difd.actions.files.folders import held
from difd.actions.files.naming import temporary_name
from difd.actions.files.renaming import NO_LINKS, rename_new, sync_folder
from difd.actions.files.taking_back import taken_back
from difd.actions.files.witness import confirm_name, held_place, is_file, unchanged
from difd.actions.verbs.setting_aside import bring_back, remove
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Appearance, Witness
from difd.system import files


def move(
    file: Witness,
    target: bytes,
    temporary: bytes,
    *,
    folder: int | None = None,
    aside: bytes = b"",
    look: LastLook | None = None,
    appearance: Appearance | None = None,
) -> None:
    """Move a file to a free name, also to another file system.

    A process that is killed meanwhile leaves the original, perhaps under the name `aside`, or a
    verified copy at the target, or both; and perhaps the temporary. Where target and temporary are
    one file, that is a copy of ours.

    Args:
        file: what to move; its content is confirmed by the caller just before.
        target: where to, absolute; its folder exists.
        temporary: a name in that folder for a copy that is not complete; gone afterwards.
        folder: a descriptor of that folder; None takes what its path leads to.
        aside: a name in the file's own folder, gone afterwards; chosen if not given.
        look: what has to be true before and after it goes; None for nothing.
        appearance: what it looks like afterwards; None for what it looks like now.

    Raises:
        FileExistsError: the target is taken; choose another.
        ActionRefused: it could not be moved.
        Whatever is raised, the original is where it was and nothing else remains.
    """
    # With a look, it was asked a moment ago.
    if look is None and (reason := obstacle(file.path)):
        raise ActionRefused(reason, path=file.path)
    try:
        with held(os.path.dirname(target)) if folder is None else nullcontext(folder) as there:
            _Move(
                file,
                _Goal(there, os.path.basename(target), os.path.basename(temporary)),
                aside or temporary_name(file.path),
                look or Unwatched(file),
                appearance,
            ).run()
    except FileExistsError:
        raise
    except OSError as error:
        raise ActionRefused(f"It could not be moved: {error.strerror}.", path=file.path) from error


def make_folder(folder: bytes) -> None:
    """Make a folder to move to, with those above it.

    Raises:
        ActionRefused: it cannot be made, or is not a folder.
    """
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise ActionRefused(
            f"The folder cannot be created: {error.strerror}.", path=folder
        ) from error


class _Goal(msgspec.Struct, frozen=True):
    """Where a file goes: a folder, the name there, and another one for an incomplete copy."""

    folder: int
    name: bytes
    part: bytes


class _Move(msgspec.Struct, frozen=True):
    file: Witness
    goal: _Goal
    aside: bytes
    look: LastLook
    appearance: Appearance | None

    def run(self) -> None:
        """Rename it, or copy it where that is not possible."""
        try:
            self._rename()
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy()

    def _rename(self) -> None:
        file, goal = self.file, self.goal
        with held_place(file) as (home, name):
            if os.path.samestat(os.fstat(home), os.fstat(goal.folder)):
                raise ActionRefused("It is in that folder already.", path=file.path)
            self.look.before_the_change()
            confirm_name(file, name, home)
            rename_new(name, goal.name, home, goal.folder)
            back = partial(_return, goal.name, goal.folder, name, home)
            with taken_back(file.path, goal.folder, goal.name, back):
                self.look.confirm_moved(goal.name, goal.folder)
                self.look.after_the_change()
                self._dress()

    def _dress(self) -> None:
        if self.appearance is not None:
            restore_appearance(self.goal.name, self.goal.folder, self.appearance)

    def _copy(self) -> None:
        file = self.file
        with unchanged(file) as original:
            copied = copy(
                original,
                self.goal.part,
                self.goal.folder,
                path=file.path,
                digest=file.digest,
                appearance=self.appearance or appearance_of(original),
                meanwhile=self.look.let_write,
            )
        with discarded_on_failure(self.goal.part, self.goal.folder, copied):
            keeps_part = self._give_name()
            try:
                sync_folder(b".", self.goal.folder)
                # The copy took its time.
                remove(file, self.aside, self.look)
            except (ActionRefused, OSError):
                with suppress(OSError):
                    drop(self.goal.name, self.goal.folder, copied)
                raise
            except BaseException:
                self._take_back(copied)
                raise
        if keeps_part:
            with suppress(OSError):
                drop(self.goal.part, self.goal.folder, copied)

    def _give_name(self) -> bool:
        """Give the copy its name; whether it has the temporary one as well.

        Two names of one file, one of which nobody else could have chosen, say after a crash that
        the other is a copy of ours, too.
        """
        part, folder = self.goal.part, self.goal.folder
        try:
            files.link(part, self.goal.name, folder, folder)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
        else:
            return True
        try:
            rename_new(part, self.goal.name, folder, folder)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            raise OSError(
                errno.ENOTSUP, "its file system cannot be kept from overwriting", self.goal.name
            ) from error
        return False

    def _take_back(self, copied: os.stat_result) -> None:
        # The interrupt can come right after the original went: then this is the only copy.
        with suppress(OSError):
            if is_file(self.file, os.lstat(self.file.path)):
                drop(self.goal.name, self.goal.folder, copied)


def _return(goal: bytes, folder: int, name: bytes, home: int) -> None:
    """Rename a file back; if its name was taken at once, to one like it."""
    try:
        rename_new(goal, name, folder, home)
    except FileExistsError:
        waiting = os.path.basename(temporary_name(name))
        rename_new(goal, waiting, folder, home)
        bring_back(waiting, name, home)
