"""The single steps of an action: chosen, carried out, and reversed.

A step is chosen by looking at the disk, then written into the journal by the caller, then carried
out exactly as written. If its target was taken meanwhile, `FileExistsError` says so, and the caller
chooses and writes again.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from typing import assert_never

from msgspec.structs import replace

from difd.actions.checks import trash_place
from difd.actions.checks.last_look import LastLook, last_look
from difd.actions.company.agreement import check_equal_company
from difd.actions.files.appearance import appearance_of
from difd.actions.files.folders import reached, real_folder
from difd.actions.files.naming import folded, free_names, temporary_name
from difd.actions.files.witness import has_content, witness_of
from difd.actions.verbs import linking, recycling, trash
from difd.actions.verbs.moving import make_folder, move
from difd.actions.verbs.setting_aside import remove, write_anew_if_last
from difd.protocol.actions import ActionOptions, Verb
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Deleting, Item, Linking, Moving, Step, Trashing, Witness
from difd.system import files
from difd.system import trash as system_trash


def choose_steps(
    item: Item, options: ActionOptions, taken: AbstractSet[bytes] = frozenset()
) -> tuple[Step, ...]:
    """What will be done to the item's file and to what goes with it, the file itself first.

    Args:
        item: the file.
        options: what is to be done.
        taken: names that were announced for other files, folded. After a crash no name must be
            claimed by two, or the one that has it would be taken for the remains of the other.

    Raises:
        ActionRefused: there is no way.
    """
    files = (item.file, *item.belongings)
    try:
        match options.verb:
            case "trash":
                return tuple(_into_trash(file, taken) for file in files)
            case "move":
                return _into_folder(files, item.folder or b"", taken)
            case "delete":
                return tuple(
                    Deleting(file=file, temporary=temporary_name(file.path)) for file in files
                )
            case "link":
                link = Linking(
                    file=item.file,
                    keeper=item.keeper,
                    kind=options.kind or "hard",
                    temporary=temporary_name(item.file.path),
                    appearance=appearance_of(item.file.path),
                    home=real_folder(item.file.path),
                )
                return (link,)
    except OSError as error:
        raise ActionRefused(
            f"It cannot be reached: {error.strerror}.", path=item.file.path
        ) from error


def _into_folder(
    files: tuple[Witness, ...], folder: bytes, taken: AbstractSet[bytes]
) -> tuple[Step, ...]:
    if not folder:
        raise AssertionError("a move was planned without a folder")
    targets = free_names(folder, [os.path.basename(file.path) for file in files], taken)
    away = real_folder(targets[0])
    return tuple(
        Moving(
            file=file,
            target=target,
            temporary=temporary_name(target),
            aside=temporary_name(file.path),
            home=real_folder(file.path),
            away=away,
            appearance=appearance_of(file.path),
        )
        for file, target in zip(files, targets, strict=True)
    )


def _into_trash(file: Witness, taken: AbstractSet[bytes]) -> Trashing:
    place = trash_place.choose(file.path, taken)
    return Trashing(
        file=file,
        target=place.file,
        info=place.info,
        temporary=temporary_name(place.file),
        aside=temporary_name(file.path),
        home=real_folder(file.path),
        away=real_folder(place.file) if place.file else b"",
        appearance=appearance_of(file.path),
    )


def for_the_way_back(step: Step) -> Step:
    """The step with the names that reversing it may need, which are beside the other place."""
    match step:
        case Deleting():
            return step
        case Linking(file=file):
            return replace(step, temporary=temporary_name(file.path))
        case Moving(file=file, target=target) | Trashing(file=file, target=target):
            return replace(step, temporary=temporary_name(file.path), aside=temporary_name(target))
        case _:
            assert_never(step)


def probe_name(step: Step) -> bytes:
    """A name in the folder of the step's file that the journal knows and nobody has."""
    return step.aside if isinstance(step, Moving | Trashing) else step.temporary


def targets(step: Step) -> frozenset[bytes]:
    """The names that a step takes, folded."""
    match step:
        case Trashing(target=target, info=info):
            return frozenset({folded(target), folded(info)})
        case Moving(target=target):
            return frozenset({folded(target)})
        case _:
            return frozenset()


def carry_out(step: Step, look: LastLook) -> Step:
    """Do it.

    Args:
        step: what was written down.
        look: the last checks of its file.

    Returns:
        The step with what only became known when it was done: where the system's trash has it.

    Raises:
        FileExistsError: the target was taken meanwhile; nothing happened.
        ActionRefused: it could not be done; the file is where and as it was.
    """
    match step:
        case Trashing(file=file, target=target, info=info, temporary=temporary, aside=aside):
            place = trash_place.TrashPlace(info, target)
            gone = trash.put(file, place, temporary, aside=aside, look=look)
            return step if target else recycling.at(step, gone)
        case Moving(file=file, target=target, temporary=temporary, aside=aside):
            make_folder(os.path.dirname(target))
            if real_folder(target) != step.away:
                raise ActionRefused("The destination is another folder now.", path=target)
            move(file, target, temporary, aside=aside, look=look)
        case Deleting(file=file, temporary=temporary):
            try:
                remove(file, temporary, look)
                write_anew_if_last(file, temporary, look)
            except OSError as error:
                raise ActionRefused(
                    f"It could not be deleted: {error.strerror}.", path=file.path
                ) from error
        case Linking(file=file, keeper=keeper, kind=kind, temporary=temporary):
            linking.replace(file, keeper, kind, temporary, look)
            try:
                write_anew_if_last(file, temporary, look)
            except OSError as error:
                raise ActionRefused(
                    f"What it led to is gone: {error.strerror}.", path=file.path
                ) from error
        case _:
            assert_never(step)
    return step


def equal_company(item: Item) -> list[Witness]:
    """What stays in the place of what goes with a file, as it is now.

    Raises:
        ActionRefused: something of it has no equal.
    """
    found = []
    equals = check_equal_company(item.belongings, item.keeper.path)
    for file, equal in zip(item.belongings, equals, strict=True):
        try:
            seen = witness_of(equal, like=file.digest)
        except OSError as error:
            raise ActionRefused(f"It cannot be read: {error.strerror}.", path=equal) from error
        found.append(seen)
    return found


def with_belongings(
    item: Item,
    done: Sequence[Step],
    is_wanted: Callable[[Step], bool] = lambda _: True,
) -> Item:
    """Do what goes with a file that went; what cannot go stays, and is named.

    What is deleted has its equal beside the file that stays, and goes after the same checks as a
    picture.

    Args:
        item: its file is where it was to go.
        done: the steps of it that are done.
        is_wanted: whether a step may be done now.
    """
    went = list(done)
    left: list[str] = []
    for step in item.steps:
        if step in done:
            continue
        try:
            if is_wanted(step):
                went.append(_take_along(step, item))
                continue
        except (ActionRefused, FileExistsError):
            pass
        left.append(os.path.basename(step.file.path).decode(errors="replace"))
    message = f"Left where it was: {', '.join(left)}." if left else None
    return replace(item, stage="done", steps=tuple(went), message=message)


def _take_along(step: Step, item: Item) -> Step:
    file = step.file
    if not isinstance(step, Deleting):
        verb: Verb = "move" if isinstance(step, Moving) else "trash"
        with last_look(file, None, verb) as look:
            return carry_out(step, look)
    (equal,) = equal_company(replace(item, belongings=(file,)))
    # What was compared is the equal's content; the plan saw only that of the file.
    with last_look(
        file, replace(equal, digest=file.digest), "delete", probe=step.temporary
    ) as look:
        return carry_out(step, look)


def reverse(step: Step) -> None:
    """Bring the file back to where and what it was.

    Raises:
        ActionRefused: it could not be brought back; it is where it was before.
    """
    original = step.file.path
    try:
        match step:
            case Trashing() | Moving():
                _bring_back(step)
            case Deleting():
                raise ActionRefused("It was deleted for good.", path=original)
            case Linking():
                with _home(step) as folder:
                    linking.separate(
                        original,
                        step.keeper.path,
                        step.kind,
                        digest=step.file.digest,
                        appearance=step.appearance,
                        temporary=step.temporary,
                        folder=folder,
                    )
            case _:
                assert_never(step)
    except FileExistsError as error:
        raise ActionRefused("Its old name is taken by another file.", path=original) from error
    except OSError as error:
        raise ActionRefused(
            f"Its folder cannot be reached: {error.strerror}.", path=original
        ) from error


def _bring_back(step: Moving | Trashing) -> None:
    if isinstance(step, Trashing):
        # A system that says what is in its trash was perhaps not asked.
        step = recycling.located(step)
    if not step.target:
        raise ActionRefused(
            "It was not found in the trash."
            if system_trash.TELLS
            else "difd cannot bring it back on this system.",
            path=step.file.path,
            hint="Open the trash of the desktop and restore it there.",
        )
    moved = _moved(step)
    with _home(step, make=True) as folder:
        move(
            moved,
            step.file.path,
            step.temporary,
            folder=folder,
            aside=step.aside,
            appearance=step.appearance,
        )
    if isinstance(step, Trashing):
        trash.forget(trash_place.TrashPlace(step.info, step.target))


def _home(step: Moving | Trashing | Linking, *, make: bool = False) -> AbstractContextManager[int]:
    """The folder that the file came from, and no other one that its path leads to by now."""
    # Older versions did not write it down.
    return reached(step.home or os.path.realpath(os.path.dirname(step.file.path)), make=make)


def is_back(step: Step) -> bool:
    """Whether the file is where and what it was, and no more where it went: by somebody else."""
    if not isinstance(step, Moving | Trashing) or os.path.lexists(step.target):
        return False
    return has_content(step.file.path, step.file)


def _moved(step: Moving | Trashing) -> Witness:
    """The file where it was moved to, once it proved to be the one."""
    target, file = step.target, step.file
    in_trash = isinstance(step, Trashing)
    changed = "The file in the trash has changed." if in_trash else "It has changed since it moved."
    gone = "It is not in the trash any more" if in_trash else "It is not where it was moved to"
    try:
        with reached(step.away or os.path.realpath(os.path.dirname(target))) as folder:
            name = os.path.basename(target)
            status = files.status(name, folder)
            # One of another size is not read: one with holes could be read for days.
            if not stat.S_ISREG(status.st_mode) or status.st_size != file.size:
                raise ActionRefused(changed, path=file.path)
            found = witness_of(target, folder, like=file.digest)
    except OSError as error:
        raise ActionRefused(f"{gone}: {error.strerror}.", path=file.path) from error
    if found.digest != file.digest:
        raise ActionRefused(changed, path=file.path)
    return found
