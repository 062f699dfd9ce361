"""What a killed process left of one step, told from the disk, and tidied as far as it is ours.

Ours is what has a name that the journal chose at random, is a regular file of the user or the link
that we were making, and is not the last name of a picture. A file at a destination is ours only if
it is the same file as the copy under such a name. Everything else stays, and is said. A file that
was set aside gets its name back: nobody finishes here what was to go for good.
"""

from __future__ import annotations

import os
import stat
from contextlib import AbstractContextManager, suppress

import msgspec

from difd.actions.checks import trash_place
from difd.actions.files.copying import drop
from difd.actions.files.folders import held, reached
from difd.actions.files.witness import has_content, is_file
from difd.actions.verbs import trash
from difd.actions.verbs.setting_aside import bring_back
from difd.actions.verbs.steps import probe_name
from difd.store.action_items import Deleting, Linking, Moving, Step, Trashing, Witness
from difd.system import files, owners, renames


class Remains(msgspec.Struct, frozen=True):
    """What became of a step.

    Attributes:
        done: its file is gone from its place, and safe in the other if there is one.
        said: what to know beside that, one sentence or none.
    """

    done: bool
    said: str = ""


def look_at(step: Step, *, back: bool) -> Remains:
    """What became of a step that was announced; tidies what is ours.

    Args:
        step: as it was written down.
        back: it was being reversed.
    """
    match step:
        case Deleting(file=file, temporary=temporary):
            said = _bring_back(file, temporary, file.path)
            return Remains(not said and not _is_there(file.path), said)
        case Trashing(file=file, target=b"", aside=aside):
            # The system's own trash, which does not say that it has the file.
            said = _bring_back(file, aside, file.path)
            return Remains(not said and not _is_there(file.path), said)
        case Trashing() | Moving():
            return _moved(step, back=back)
        case Linking():
            return _linked(step, back=back)


def _moved(step: Moving | Trashing, *, back: bool) -> Remains:
    file, here, there = step.file, step.file.path, step.target
    source, goal = (there, here) if back else (here, there)
    said = _bring_back(file, probe_name(step), source)
    part, copied = _status(step.temporary), _status(goal)
    if part is not None and copied is not None and os.path.samestat(part, copied):
        # Our own copy, complete, under both of its names.
        if has_content(source, file):
            _drop(goal, copied)
            copied = None
        _drop(step.temporary, part)
    elif part is not None and _is_ours(part, file, back=back and _is_there(source)):
        _drop(step.temporary, part)
    if isinstance(step, Trashing) and not back:
        trash.settle(trash_place.TrashPlace(step.info, there), here)
    original = _status(source)
    arrived = copied is not None and has_content(goal, file)
    # A rename keeps the inode; what else is there beside the original is perhaps somebody's copy.
    moved = arrived and (
        original is None
        or (copied is not None and is_file(file, copied) and not is_file(file, original))
    )
    if arrived and not moved and not said:
        said = f"What is at {os.fsdecode(there if not back else goal)!r} may be a copy of it."
    # Where it was and what it was is back, whoever brought it.
    return Remains(not arrived if back else moved, said)


def _linked(step: Linking, *, back: bool) -> Remains:
    file, path, temporary = step.file, step.file.path, step.temporary
    waiting = _status(temporary)
    if waiting is not None and not back and is_file(file, waiting):
        return Remains(done=False, said=_unlinked(step))
    if waiting is not None and (
        _is_link(step, temporary, waiting)
        or (
            _is_ours(waiting, file, back=back and _is_there(path))
            and not is_file(step.keeper, waiting)
        )
    ):
        _drop(temporary, waiting)
    own = _status(path)
    if own is None:
        return Remains(done=False)
    if step.kind == "reflink":
        # A reflink is a new file with the same content.
        return Remains(not is_file(file, own))
    return Remains(_is_link(step, path, own))


def _unlinked(step: Linking) -> str:
    """Give the file its name back, which the link had already; whatever else has it stays."""
    file, path, temporary = step.file, step.file.path, step.temporary
    folder, name = os.path.split(path)
    link = _status(path)
    with suppress(OSError), _folder(step) as descriptor:
        waiting = os.path.basename(temporary)
        is_link = link is not None and (
            _is_link(step, path, link) or (step.kind == "reflink" and has_content(path, file))
        )
        if link is not None and is_link:
            if renames.exchange(waiting, name, descriptor):
                drop(waiting, descriptor, link)
                return ""
            drop(name, descriptor, link)
        return _named(folder, name, bring_back(waiting, name, descriptor))
    return f"It is at {os.fsdecode(temporary)!r}."


def _is_link(step: Linking, path: bytes, status: os.stat_result) -> bool:
    """Whether this is the link that we made, and not the last name of a file."""
    if step.kind == "symbolic":
        with suppress(OSError):
            return files.read_link(path, None) == step.keeper.path
        return False
    if step.kind == "hard":
        with suppress(OSError):
            keeper = os.lstat(step.keeper.path)
            return os.path.samestat(status, keeper) and status.st_nlink > 1
    return False


def _bring_back(file: Witness, aside: bytes, path: bytes) -> str:
    """Give a file that was set aside its name again; what else has the name is tidied if ours.

    Args:
        file: as it was seen.
        aside: the name beside it.
        path: where it was, before it was set aside.

    Returns:
        A sentence if it has another name now, or none.
    """
    waiting = _status(aside) if aside else None
    if waiting is None or not stat.S_ISREG(waiting.st_mode):
        return ""
    own = _status(path)
    if own is not None and os.path.samestat(own, waiting):
        # A second name of the file, made to find out whether it is seen elsewhere.
        _drop(aside, waiting)
        return ""
    if waiting.st_size == 0 and file.size and _is_ours(waiting, file):
        # The same, where there are no second names.
        _drop(aside, waiting)
        return ""
    if not is_file(file, waiting) and not has_content(aside, file):
        return ""
    folder, name = os.path.split(path)
    with suppress(OSError), held(os.path.dirname(aside)) as descriptor:
        return _named(folder, name, bring_back(os.path.basename(aside), name, descriptor))
    return f"It is at {os.fsdecode(aside)!r}."


def _named(folder: bytes, name: bytes, has: bytes) -> str:
    if has == name:
        return ""
    return f"Its name was taken; it is at {os.fsdecode(os.path.join(folder, has))!r} now."


def _folder(step: Linking) -> AbstractContextManager[int]:
    return reached(step.home) if step.home else held(os.path.dirname(step.file.path))


def _is_ours(status: os.stat_result, file: Witness, *, back: bool = False) -> bool:
    """Whether something under one of our names is a copy that we were making of the file.

    Args:
        status: of it.
        file: as it was seen, before it went.
        back: the file went long ago; a copy on its way back may have got its number and its times.
    """
    # A copy by root has the owner of the file as soon as it is complete.
    mine = owners.could_have_made(status)
    return stat.S_ISREG(status.st_mode) and mine and (back or not is_file(file, status))


def _is_there(path: bytes) -> bool:
    return os.path.lexists(path)


def _status(path: bytes) -> os.stat_result | None:
    with suppress(OSError):
        return os.lstat(path)
    return None


def _drop(path: bytes, seen: os.stat_result) -> None:
    folder, name = os.path.split(path)
    with suppress(OSError), held(folder) as descriptor:
        drop(name, descriptor, seen)
