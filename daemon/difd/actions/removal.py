"""Moving or deleting extra copies, one by one, each confirmed against the file that stays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from difd.actions.lock import action_lock
from difd.actions.moving import make_folder, move
from difd.actions.naming import free_name, temporary_name
from difd.actions.witness import Witness, confirm
from difd.protocol.errors import ActionRefused


@dataclass(frozen=True, slots=True)
class Removal:
    """An extra copy, and the file that stays in its place."""

    file: Witness
    keeper: Witness


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the removals.

    Attributes:
        done: the files that went, in order.
        refused: the files that stayed where they were, and why.
    """

    done: list[bytes] = field(default_factory=list)
    refused: list[ActionRefused] = field(default_factory=list)


def move_all(removals: Iterable[Removal], folder: bytes, state: Path) -> Outcome:
    """Move extra copies into a folder, which is created; nothing there is overwritten.

    Args:
        removals: what to move.
        folder: where to, absolute.
        state: difd's state directory, which holds the lock.

    Raises:
        ActionRefused: the folder cannot be created.
    """
    make_folder(folder)
    return _each(removals, lambda file: _move(file, folder), state)


def delete_all(removals: Iterable[Removal], state: Path) -> Outcome:
    """Delete extra copies for good. Arguments as for `move_all`."""
    return _each(removals, _delete, state)


def _move(file: Witness, folder: bytes) -> None:
    while True:
        target = free_name(folder, os.path.basename(file.path))
        with suppress(FileExistsError):
            return move(file, target, temporary_name(target))


def _delete(file: Witness) -> None:
    try:
        os.unlink(file.path)
    except OSError as error:
        raise ActionRefused(
            f"It could not be deleted: {error.strerror}.", path=file.path
        ) from error


def _each(removals: Iterable[Removal], act: Callable[[Witness], object], state: Path) -> Outcome:
    outcome = Outcome()
    with action_lock(state):
        for removal in removals:
            try:
                # The keeper is read again for every copy: it may have gone since the last one.
                confirm(removal.file, removal.keeper)
                act(removal.file)
            except ActionRefused as refusal:
                outcome.refused.append(refusal)
            else:
                outcome.done.append(removal.file.path)
    return outcome
