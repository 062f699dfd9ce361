"""The single steps of an action: chosen, carried out, and reversed.

A step is chosen by looking at the disk, then written into the journal by the caller, then carried
out exactly as written. If its target was taken meanwhile, `FileExistsError` says so, and the caller
chooses and writes again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import assert_never

from msgspec.structs import replace

from difd.actions import linking, trash
from difd.actions.appearance import appearance_of
from difd.actions.moving import make_folder, move
from difd.actions.naming import folded, free_names, temporary_name
from difd.actions.protection import obstacle
from difd.actions.witness import confirm_unchanged, has_content, remove, witness_of
from difd.protocol.actions import ActionOptions
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Deleting, Item, Linking, Moving, Step, Trashing, Witness


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
    return tuple(
        Moving(file=file, target=target, temporary=temporary_name(target))
        for file, target in zip(files, targets, strict=True)
    )


def _into_trash(file: Witness, taken: AbstractSet[bytes]) -> Trashing:
    place = trash.choose(file.path, taken)
    return Trashing(
        file=file,
        target=place.file,
        info=place.info,
        temporary=temporary_name(place.file),
    )


def for_the_way_back(step: Step) -> Step:
    """The step with a temporary name where reversing it may need one."""
    if isinstance(step, Deleting):
        return step
    return replace(step, temporary=temporary_name(step.file.path))


def targets(step: Step) -> frozenset[bytes]:
    """The names that a step takes, folded."""
    match step:
        case Trashing(target=target, info=info):
            return frozenset({folded(target), folded(info)})
        case Moving(target=target):
            return frozenset({folded(target)})
        case _:
            return frozenset()


def carry_out(step: Step) -> None:
    """Do it.

    Raises:
        FileExistsError: the target was taken meanwhile; nothing happened.
        ActionRefused: it could not be done; the file is where and as it was.
    """
    match step:
        case Trashing(file=file, target=target, info=info, temporary=temporary):
            trash.put(file, trash.TrashPlace(info, target), temporary)
        case Moving(file=file, target=target, temporary=temporary):
            make_folder(os.path.dirname(target))
            move(file, target, temporary)
        case Deleting(file=file):
            _delete(file)
        case Linking(file=file, keeper=keeper, kind=kind, temporary=temporary):
            linking.replace(file, keeper, kind, temporary)
        case _:
            assert_never(step)


def with_belongings(item: Item, done: Sequence[Step]) -> Item:
    """Do what goes with a file that went; what cannot go stays, and is named.

    Args:
        item: its file is where it was to go.
        done: the steps of it that are done.
    """
    went = list(done)
    left: list[str] = []
    for step in item.steps:
        if step in done:
            continue
        try:
            confirm_unchanged(step.file)
            carry_out(step)
        except (ActionRefused, FileExistsError):
            left.append(os.path.basename(step.file.path).decode(errors="replace"))
        else:
            went.append(step)
    message = f"Left where it was: {', '.join(left)}." if left else None
    return replace(item, stage="done", steps=tuple(went), message=message)


def reverse(step: Step) -> None:
    """Bring the file back to where and what it was.

    Raises:
        ActionRefused: it could not be brought back; it is where it was before.
    """
    original = step.file.path
    try:
        match step:
            case Trashing(file=file, target=target, info=info, temporary=temporary):
                trash.restore(trash.TrashPlace(info, target), original, file.digest, temporary)
            case Moving(file=file, target=target, temporary=temporary):
                moved = _moved(target, file)
                make_folder(os.path.dirname(original))
                move(moved, original, temporary)
            case Deleting():
                raise ActionRefused("It was deleted for good.", path=original)
            case Linking():
                linking.separate(
                    original,
                    step.keeper.path,
                    step.file.digest,
                    step.appearance,
                    step.temporary,
                )
            case _:
                assert_never(step)
    except FileExistsError as error:
        raise ActionRefused("Its old name is taken by another file.", path=original) from error


def is_back(step: Step) -> bool:
    """Whether the file is where and what it was, and no more where it went: by somebody else."""
    if not isinstance(step, Moving | Trashing) or os.path.lexists(step.target):
        return False
    return has_content(step.file.path, step.file)


def _delete(file: Witness) -> None:
    if reason := obstacle(file.path):
        raise ActionRefused(reason, path=file.path)
    try:
        remove(file)
    except OSError as error:
        raise ActionRefused(
            f"It could not be deleted: {error.strerror}.", path=file.path
        ) from error


def _moved(target: bytes, file: Witness) -> Witness:
    """The file where it was moved to, once it proved to be the one."""
    try:
        if os.lstat(target).st_size != file.size:
            raise ActionRefused("It has changed since it was moved.", path=target)
        found = witness_of(target, file.digest)
    except OSError as error:
        raise ActionRefused(
            f"It is not where it was moved to: {error.strerror}.", path=target
        ) from error
    if found.digest != file.digest:
        raise ActionRefused("It has changed since it was moved.", path=target)
    return found
