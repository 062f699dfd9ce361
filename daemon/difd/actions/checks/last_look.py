"""The last checks before a file goes: one routine for trash, move, delete and link.

In this order, so that what takes long comes first and what others may change in the meantime last:

1. Both files are opened without following links, are what the plan saw, and are locked.
2. Nothing stands against taking the file from its place (`obstacle`).
3. Nobody has one of the two open for writing, and whoever wants to waits until we are done.
4. They are two files (`apart`).
5. For `delete` and `link`: the one that stays, and its equals of what goes with the other, are
   brought to the disk. This may take seconds.
6. The contents are compared in full.

Then `before_the_change`, right before it:

7. Nobody began to wait in order to write.
8. The one that stays has its place, which is not one where files do not stay.
9. Its equals have their places.

The verb itself confirms the file's own place in a folder that it holds, and changes it at once, so
that it can be taken back: the file gets another name. Then `after_the_change`:

10. Nobody began to wait in order to write, while the file still had its name.
11. The one that stays is there still, and was not the one that went; where names and locks prove
    nothing it is read once more.

Only then something goes for good. It is open still, and can be read: `after_the_loss`, once more,

12. The one that stays is there still; else the file is written anew.

Whoever takes away the one that stays at the same moment, in the
same way, finds this one gone; at least one of the two notices, and both files stay.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from difd.actions.checks.apart import check_apart
from difd.actions.checks.claim import Held, bring_to_disk, claimed
from difd.actions.checks.protection import obstacle, unwritten
from difd.actions.files.folders import real_path
from difd.actions.files.witness import (
    compare_content,
    compare_contents,
    confirm_likeness,
    confirm_name,
    confirm_place,
    refused_when_unreadable,
    unchanged,
)
from difd.protocol.actions import Verb
from difd.protocol.errors import ActionRefused
from difd.protocol.passing import leaves_sooner
from difd.store.action_items import Witness
from difd.system import files
from difd.system.mounts import keeps_number, kind_of

WENT_WITH_IT = "It was the only copy: the file that stays went with it."


class LastLook:
    """What is looked at around the change of one file; made by `last_look`.

    Args:
        going: the file.
        kept: the one that stays; None where nothing has to, as for a sidecar that is moved.
        equals: what stays of what goes with the file.
        quiet: functions that make sure that nobody writes to one of the two, in this order.
    """

    def __init__(
        self,
        going: Held,
        kept: Held | None,
        equals: Sequence[Witness],
        quiet: Sequence[Callable[[], None]],
    ) -> None:
        self._going, self._kept, self._equals, self._quiet = going, kept, equals, quiet

    def let_write(self) -> None:
        """Give up for somebody who began to wait in order to write; called while files are read.

        Raises:
            ActionRefused: somebody did.
        """
        for look_again in self._quiet:
            look_again()

    def before_the_change(self) -> None:
        """Look at what stays; the caller looks at what goes, and changes it at once.

        Raises:
            ActionRefused: something is not as it was.
        """
        self.let_write()
        if self._kept is None:
            return
        confirm_place(self._kept.file)
        _refuse_passing(self._going, self._kept)
        for equal in self._equals:
            confirm_place(equal)

    def confirm_moved(self, name: bytes, folder: int) -> None:
        """Make sure that the file has another name now: the old one may have been of another.

        Args:
            name: its new one.
            folder: a descriptor of the folder in which that is a name.

        Raises:
            ActionRefused: it is another file.
            OSError: there is none.
        """
        file = self._going.file
        if self._going.is_certain and keeps_number(self._going.kind):
            confirm_name(file, name, folder)
        else:
            confirm_likeness(file, name, folder)

    def after_the_change(self) -> None:
        """Make sure that what stays is still there, and that nobody waits to write.

        Else the caller takes the change back: who had opened the name of the file that goes would
        write to nothing.

        Raises:
            ActionRefused: it is not, or somebody waits.
        """
        self.let_write()
        if self._kept is None:
            return
        keeper = self._kept.file
        if self._going.is_certain and self._kept.is_certain:
            confirm_place(keeper)
            return
        try:
            with unchanged(keeper) as again:
                # What is read should come from where the file is, not from memory.
                files.forget_cached(again)
                compare_content(keeper, again)
        except ActionRefused as error:
            raise ActionRefused(WENT_WITH_IT, path=self._going.file.path) from error

    def after_the_loss(self) -> None:
        """Make sure that what stays is there still, now that the file has no name any more.

        Raises:
            ActionRefused: it is not; the caller writes the file anew, from `descriptor`.
        """
        if self._kept is not None:
            confirm_place(self._kept.file)

    def let_go(self) -> None:
        """Have the file that goes open no more, for a system that only then takes it away.

        What was looked at can be looked at still. Whoever wants to take away the one that stays
        is held back by the lock on that one.
        """
        # Nobody is kept from writing to it any more, either.
        self._quiet = self._quiet[1:]
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            os.dup2(nothing, self._going.descriptor, inheritable=False)
        finally:
            os.close(nothing)

    @property
    def descriptor(self) -> int:
        """The file that goes, open for reading: it can be read without a name, too."""
        return self._going.descriptor


class Unwatched(LastLook):
    """What comes back from where it was moved to needs no file that stays.

    Args:
        file: what comes back.
    """

    def __init__(self, file: Witness) -> None:
        self._file = file

    def let_write(self) -> None:
        """Do nothing."""

    def before_the_change(self) -> None:
        """Do nothing."""

    def confirm_moved(self, name: bytes, folder: int) -> None:
        """Make sure that what has another name now looks like the file."""
        confirm_likeness(self._file, name, folder)

    def after_the_change(self) -> None:
        """Do nothing."""

    def let_go(self) -> None:
        """Do nothing: it is not open."""


@contextmanager
def last_look(
    file: Witness,
    keeper: Witness | None,
    verb: Verb,
    *,
    probe: bytes = b"",
    find_equals: Callable[[], Sequence[Witness]] = tuple,
) -> Iterator[LastLook]:
    """Check everything that takes long, and hold both files while the rest is done.

    Args:
        file: what goes.
        keeper: what stays in its place; None where nothing has to.
        verb: what is done.
        probe: a name in the file's folder that nobody has.
        find_equals: what has to stay of what belongs to the keeper, each confirmed by its content.

    Raises:
        ActionRefused: something is not as it was; nothing has happened.
    """
    for_good = verb in {"delete", "link"}
    with ExitStack() as stack:
        going, kept = stack.enter_context(claimed(file, keeper))
        if reason := obstacle(file.path):
            raise ActionRefused(reason, path=file.path)
        held = (going,) if kept is None else (going, kept)
        quiet = [stack.enter_context(unwritten(one.descriptor, one.file.path)) for one in held]
        if kept is None:
            alone = LastLook(going, None, (), quiet)
            compare_content(file, going.descriptor, alone.let_write)
            yield alone
            return
        check_apart(verb, going, kept, probe)
        equals = tuple(find_equals())
        if for_good:
            bring_to_disk(kept)
            for equal in equals:
                with unchanged(equal) as descriptor:
                    bring_to_disk(Held(equal, descriptor, kind_of(descriptor)))
        look = LastLook(going, kept, equals, quiet)
        compare_contents(
            file, kept.file, going.descriptor, kept.descriptor, meanwhile=look.let_write
        )
        yield look


def _refuse_passing(going: Held, kept: Held) -> None:
    """Of two files in a bin one may answer for the other, and for none outside."""
    path = kept.file.path
    with refused_when_unreadable(path):
        place = leaves_sooner(
            real_path(kept.descriptor, path), real_path(going.descriptor, going.file.path)
        )
        if place:
            raise ActionRefused(
                f"It lies in {place}, where files do not stay; none outside goes for its sake.",
                path=path,
            )
