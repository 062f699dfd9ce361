"""Into a trash that only the system fills: the Recycle Bin of Windows, the trash of macOS.

The system may have no trash for a file, and remove it for good without a word. So the file has a
second name meanwhile, a hard link beside it; that one goes when the file was found in the trash.
Where it is not found, it stays.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from difd.actions.checks.last_look import LastLook
from difd.actions.checks.trash_place import TrashPlace
from difd.actions.files.copying import drop
from difd.actions.files.folders import held, real_folder
from difd.actions.files.renaming import NO_LINKS
from difd.actions.files.taking_back import taken_back
from difd.actions.files.witness import confirm_name, has_content, held_place, is_file
from difd.actions.verbs.setting_aside import return_name
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Trashing, Witness
from difd.system import files, paths, trash

_NOWHERE = TrashPlace(b"", b"")


def put(file: Witness, aside: bytes, look: LastLook) -> TrashPlace:
    """Have the system put a file into its trash, and find out where it is there.

    A process that is killed meanwhile leaves the file, perhaps under the name `aside`; `located`
    finds what is in the trash by then.

    Args:
        file: what to trash.
        aside: a name in its folder that nobody has; gone afterwards.
        look: what has to be true before and after it goes.

    Returns:
        Where it is now; nowhere, on systems that tell nobody.

    Raises:
        ActionRefused: it could not be trashed, and is where it was.
    """
    if not trash.TELLS:
        look.before_the_change()
        _put(file.path)
        return _NOWHERE
    waiting = os.path.basename(aside)
    try:
        with held_place(file) as (folder, name):
            _make_second_name(name, waiting, folder, file.path)
            before = trash.listed(file.path)
            with taken_back(file.path, folder, waiting, partial(_stay, file, waiting, folder)):
                look.before_the_change()
                confirm_name(file, name, folder)
                # What is open goes only when it is closed, and has its name until then.
                look.let_go()
                _put(file.path)
                place = _found(file, before, files.status(waiting, folder))
                if os.path.lexists(file.path):
                    raise ActionRefused("The system did not take it.", path=file.path)
                look.after_the_change()
                files.unlink(waiting, folder)
    except OSError as error:
        raise ActionRefused(
            f"It could not be put into the trash: {error.strerror}.", path=file.path
        ) from error
    return place


def located(step: Trashing) -> Trashing:
    """A step after a crash, with where its file is if the system had put it into its trash.

    The trash says from where everything in it came; what it holds from there has to be the file.
    """
    if step.target or os.path.lexists(step.file.path):
        return step
    for there in trash.listed(step.file.path):
        note = trash.note_of(there)
        if not _is(step.file, there, trash.origin(note)):
            continue
        with suppress(OSError), held(os.path.dirname(step.aside)) as folder:
            # Its second name, if it has that still.
            drop(os.path.basename(step.aside), folder, os.lstat(there))
        return at(step, TrashPlace(note, there))
    return step


def at(step: Trashing, place: TrashPlace) -> Trashing:
    """A step whose file is at this place in the trash."""
    if not place.file:
        return step
    return replace(step, target=place.file, info=place.info, away=real_folder(place.file))


def _put(path: bytes) -> None:
    try:
        trash.put(path)
    except OSError as error:
        raise ActionRefused(
            f"It could not be put into the trash: {error.strerror or error}.", path=path
        ) from error


def _make_second_name(name: bytes, waiting: bytes, folder: int, path: bytes) -> None:
    try:
        files.link(name, waiting, folder, folder)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        raise ActionRefused(
            "The system may remove it for good instead, and on this file system, which has no hard "
            "links, difd could not bring it back.",
            path=path,
            hint="Move it to another folder instead.",
        ) from error


def _found(file: Witness, before: frozenset[bytes], status: os.stat_result) -> TrashPlace:
    """Where a file is that came into the trash just now.

    Args:
        file: what came.
        before: what was there already.
        status: of its second name.

    Raises:
        ActionRefused: it is not there.
    """
    for there in trash.listed(file.path) - before:
        with suppress(OSError):
            if os.path.samestat(os.lstat(there), status):
                return TrashPlace(trash.note_of(there), there)
    raise ActionRefused(
        "It was not found in the trash, from which it could not be brought back, and stays.",
        path=file.path,
    )


def _stay(file: Witness, waiting: bytes, folder: int) -> None:
    """Give a file its name again, or leave it its name; the trash does not have it any more.

    Raises:
        ActionRefused: another file has its name by now; the sentence says where it is.
        OSError: it could not be done.
    """
    name = os.path.basename(file.path)
    status = files.status(waiting, folder)
    own = None
    with suppress(FileNotFoundError):
        own = files.status(name, folder)
    if own is None or not os.path.samestat(own, status):
        return_name(file.path, waiting, folder)
    elif _keeps(name, folder):
        files.unlink(waiting, folder)
    else:
        where = os.path.join(os.path.dirname(file.path), waiting)
        raise ActionRefused(
            f"Another program has it open, so the system removes it later; it is at "
            f"{os.fsdecode(where)!r} now, too.",
            path=file.path,
        )
    for there in trash.listed(file.path):
        with suppress(OSError):
            seen = os.lstat(there)
            if os.path.samestat(seen, status) and seen.st_nlink > 1:
                # Another name of what is back.
                os.unlink(there)
                os.unlink(trash.note_of(there))


def _keeps(name: bytes, folder: int) -> bool:
    """Whether a file has its name for good: one that goes when it is closed cannot be opened."""
    try:
        os.close(files.open_plain(name, folder=folder))
    except OSError:
        return False
    return True


def _is(file: Witness, there: bytes, origin: bytes) -> bool:
    """Whether a file in the trash is ours by its number, or by where it came from and its content.

    Windows may write that down with short names.
    """
    with suppress(OSError):
        if is_file(file, os.lstat(there)):
            return True
    return paths.holds(origin, file.path) and has_content(there, file)
