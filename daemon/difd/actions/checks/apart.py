"""Whether two files are two, where the numbers of their file systems cannot tell.

A pool of disks and one of its disks, an overlay and what lies below it, a folder that is mounted
once more over the network: there one file has two paths, two devices, and equal bytes. What appears
in the folder of one of them appears in the folder of the other, unless somebody remembers how the
folder looked before. So this is no proof where others may remember: on networks and on FUSE nothing
is deleted or linked, and what went elsewhere comes back if the file that stays went with it.
"""

from __future__ import annotations

import os
from typing import Final

from difd.actions.checks.claim import Held
from difd.actions.files.renaming import NO_LINKS
from difd.actions.files.witness import held_place
from difd.protocol.actions import Verb
from difd.protocol.errors import ActionRefused
from difd.system import files
from difd.system.mounts import BORROWING, tells_files_apart

_BORROWED: Final = (
    "One of the two lies in an overlay (metacopy), where a file may hold nothing itself and show "
    "what the other one holds: make a new copy of one of them first."
)
_CLONED: Final = (
    "It may be the file that stays, by way of another mount: both have one number and one time of "
    "change. Trash or move it instead."
)


def no_proof(verb: Verb, own: str, keeper: str) -> str | None:
    """Why a file must not be deleted or linked, by the types of file systems; None if it may.

    Args:
        verb: what is to be done.
        own: the type of the file system of what goes.
        keeper: the same for what stays.
    """
    if verb in {"trash", "move"}:
        return None
    for whose, kind in (("It", own), ("The file that stays", keeper)):
        if not tells_files_apart(kind):
            return (
                f"{whose} lies on a file system ({kind or 'unknown'}) where two names may be one "
                "file: trash or move it instead, or run difd where the disk is."
            )
    return None


def check_apart(verb: Verb, file: Held, keeper: Held, probe: bytes) -> None:
    """Make sure that the file that stays is not the one that goes, seen by way of another mount.

    A second name of the file is made beside it and looked for beside the other; a pool of disks
    might put a new file on another disk. On file systems without such names it is an empty file.

    Args:
        verb: what is to be done.
        file: what goes.
        keeper: what stays.
        probe: a name in the file's folder that nobody has; gone afterwards.

    Raises:
        ActionRefused: both are one file, or it cannot be found out.
    """
    path = file.file.path
    if reason := no_proof(verb, file.kind, keeper.kind):
        raise ActionRefused(reason, path=path)
    is_sure = file.is_certain and keeper.is_certain
    if not probe or (is_sure and file.file.device == keeper.file.device):
        return
    if BORROWING in {file.kind, keeper.kind}:
        raise ActionRefused(_BORROWED, path=path)
    # Before a second name is made, which changes that time.
    if verb in {"delete", "link"} and _look_cloned(file, keeper):
        raise ActionRefused(_CLONED, path=path)
    name, beside = os.path.basename(probe), os.path.dirname(keeper.file.path)
    try:
        with held_place(file.file) as (folder, own):
            if os.path.samestat(os.fstat(folder), os.stat(beside)):
                return
            _make(own, name, folder)
            try:
                is_one = os.path.lexists(os.path.join(beside, name))
            finally:
                files.unlink(name, folder)
    except OSError as error:
        if not is_sure:
            # Some know neither links nor new files at once. The look after the change decides.
            return
        raise ActionRefused(
            f"It cannot be told from the file that stays: {error.strerror}.", path=path
        ) from error
    if is_one:
        raise ActionRefused("It is the file that stays, by way of another file system.", path=path)


def _look_cloned(file: Held, keeper: Held) -> bool:
    """Whether two files have one number and one time of change, which nobody can set.

    So has a file on a disk that is mounted twice, each time as a disk of its own; there the kernel
    remembers what was, and new names are not seen. So has a disk that was cloned sector by sector.
    """
    own, other = files.open_status(file.descriptor), files.open_status(keeper.descriptor)
    return (own.st_ino, own.st_ctime_ns) == (other.st_ino, other.st_ctime_ns)


def _make(name: bytes, probe: bytes, folder: int) -> None:
    try:
        files.link(name, probe, folder, folder)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        os.close(files.open_plain(probe, files.NEW, folder=folder))
