"""A file gets a name of ours beside it before it goes for good, and its own again if it stays.

So there is a moment at which the file is away and nothing is lost. What shows then, that the file
that stays was this very file or went at the same time, brings it back.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from functools import partial

from difd.actions.checks.last_look import LastLook
from difd.actions.files.appearance import appearance_of
from difd.actions.files.copying import copy
from difd.actions.files.folders import held
from difd.actions.files.naming import first_free, number_name, temporary_name
from difd.actions.files.renaming import rename_new
from difd.actions.files.taking_back import taken_back
from difd.actions.files.witness import confirm_name
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Witness
from difd.system import files


def remove(file: Witness, aside: bytes, look: LastLook) -> None:
    """Remove a file for good, once nothing speaks against it any more.

    A process that is killed meanwhile leaves the file under one of the two names, or nothing.

    Args:
        file: what goes.
        aside: a name in its folder that nobody has.
        look: what has to be true before and after it is set aside.

    Raises:
        ActionRefused: another file has the name, or something has changed; the file is back.
        OSError: it could not be removed; the file is back.
    """
    folder, name = os.path.split(file.path)
    waiting = os.path.basename(aside)
    with held(folder) as descriptor:
        look.before_the_change()
        confirm_name(file, name, descriptor)
        try:
            rename_new(name, waiting, descriptor, descriptor)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # No name here can be kept from being overwritten: there would be no sure way back.
            files.unlink(name, descriptor)
            return
        back = partial(bring_back, waiting, name, descriptor)
        with taken_back(file.path, descriptor, waiting, back):
            look.confirm_moved(waiting, descriptor)
            look.after_the_change()
            files.unlink(waiting, descriptor)


def write_anew_if_last(file: Witness, temporary: bytes, look: LastLook) -> None:
    """Write a file anew that went for good, if the one that stays went at the same moment.

    Args:
        file: what has just lost its name.
        temporary: a name in its folder that nobody has.
        look: holds it open.

    Raises:
        ActionRefused: it was the last one; the sentence says where it is now.
        OSError: it was, and could not be written.
    """
    try:
        look.after_the_loss()
    except ActionRefused as refusal:
        folder, name = os.path.split(file.path)
        # Where what is open keeps its name until it is closed, the one that went has the other one.
        part = os.path.basename(temporary if files.REPLACES_OPEN else temporary_name(file.path))
        with held(folder) as there:
            copy(
                look.descriptor,
                part,
                there,
                path=file.path,
                digest=file.digest,
                appearance=appearance_of(look.descriptor),
            )
            has = bring_back(part, name, there)
        at = "" if has == name else f", as {os.fsdecode(os.path.join(folder, has))!r}"
        raise ActionRefused(
            f"The file that stays went at the same moment; this one was written anew{at}.",
            path=file.path,
        ) from refusal


def bring_back(aside: bytes, name: bytes, folder: int) -> bytes:
    """Give a file that was set aside its name again, or a free one like it.

    Args:
        aside: its name now.
        name: its own.
        folder: a descriptor of the folder of both.

    Returns:
        The name that it has.

    Raises:
        OSError: it could not be done; it has the name that it had.
    """
    while True:

        def is_taken(number: int) -> bool:
            with suppress(FileNotFoundError):
                files.status(number_name(name, number), folder)
                return True
            return False

        free = number_name(name, first_free(is_taken))
        with suppress(FileExistsError):
            rename_new(aside, free, folder, folder)
            return free


def return_name(path: bytes, aside: bytes, folder: int) -> None:
    """Give a file that was set aside its own name again.

    Args:
        path: of the file, when it had its name.
        aside: its name now.
        folder: a descriptor of the folder of both.

    Raises:
        ActionRefused: another file has the name by now; the sentence says where it is.
        OSError: it could not be done.
    """
    name = os.path.basename(path)
    if (has := bring_back(aside, name, folder)) != name:
        where = os.path.join(os.path.dirname(path), has)
        raise ActionRefused(
            f"Its name was taken meanwhile; it is at {os.fsdecode(where)!r} now.", path=path
        )
