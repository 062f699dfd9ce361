"""Moving a file without ever overwriting another; the original is the last to go.

Where it goes is chosen first (`naming`), so that the choice can be written down before anything
happens; here it is done, and refused if the name was taken meanwhile.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress

from difd.actions.appearance import appearance_of
from difd.actions.copying import copy
from difd.actions.protection import is_being_written, obstacle
from difd.actions.renaming import rename_new, sync_folder
from difd.actions.witness import held_place, remove, unchanged
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Witness


def move(file: Witness, target: bytes, temporary: bytes) -> None:
    """Move a file to a free name, also to another file system.

    A process that is killed meanwhile leaves the original, or a verified copy at the target, or
    both; and perhaps the temporary.

    Args:
        file: what to move; its content is confirmed by the caller just before.
        target: where to, absolute; its folder exists.
        temporary: a name in that folder for a copy that is not complete; gone afterwards.

    Raises:
        FileExistsError: the target is taken; choose another.
        ActionRefused: it could not be moved.
        Whatever is raised, the original is where it was and nothing else remains.
    """
    folder = os.path.dirname(target)
    if reason := obstacle(file.path):
        raise ActionRefused(reason, path=file.path)
    try:
        if os.path.samefile(os.path.dirname(file.path), folder):
            raise ActionRefused("It is in that folder already.", path=file.path)
        _move(file, target, temporary)
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


def _move(file: Witness, target: bytes, temporary: bytes) -> None:
    try:
        with held_place(file) as (folder, name):
            rename_new(name, target, folder)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    else:
        return
    with unchanged(file) as original:
        if is_being_written(original):
            raise ActionRefused("Another program is writing to it.", path=file.path)
        appearance = appearance_of(original)
        copy(original, temporary, path=file.path, digest=file.digest, appearance=appearance)
        copied = os.lstat(temporary)
        try:
            _give_name(temporary, target)
            sync_folder(os.path.dirname(target))
            # The copy took its time.
            remove(file)
        except BaseException:
            _take_back(file, copied, target, temporary)
            raise


def _give_name(temporary: bytes, target: bytes) -> None:
    try:
        rename_new(temporary, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        raise OSError(
            errno.ENOTSUP, "its file system cannot be kept from overwriting", target
        ) from error


def _take_back(file: Witness, copied: os.stat_result, target: bytes, temporary: bytes) -> None:
    with suppress(OSError):
        os.unlink(temporary)
    # An interrupt can come right after the original went: then the copy is the only one left.
    with suppress(OSError):
        if os.path.lexists(file.path) and os.path.samestat(os.lstat(target), copied):
            os.unlink(target)
