"""Whether two files are two, where the numbers of their file systems cannot tell.

A pool of disks and one of its disks, an overlay and what lies below it, a folder that is mounted
once more over the network: there one file has two paths, two devices, and equal bytes. What appears
in the folder of one of them appears in the folder of the other.
"""

from __future__ import annotations

import os

from difd.actions.renaming import NO_LINKS
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Step, Witness


def probe_name(step: Step) -> bytes:
    """A name in the folder of the step's file that the journal knows, for `check_apart`."""
    name = os.path.basename(step.temporary)
    return os.path.join(os.path.dirname(step.file.path), name) if name else b""


def check_apart(file: Witness, keeper: Witness, probe: bytes) -> None:
    """Make sure that the file that stays is not the one that goes, seen by way of another mount.

    A second name of the file is made beside it and looked for beside the other; a pool of disks
    might put a new file on another disk. On file systems without such names it is an empty file.

    Args:
        file: what goes.
        keeper: what stays.
        probe: a name in the file's folder that nobody has; gone afterwards.

    Raises:
        ActionRefused: both are one file, or it cannot be found out.
    """
    if file.device == keeper.device:
        return
    beside = os.path.join(os.path.dirname(keeper.path), os.path.basename(probe))
    try:
        _make(file.path, probe)
        try:
            is_one = os.path.lexists(beside)
        finally:
            os.unlink(probe)
    except OSError as error:
        raise ActionRefused(
            f"It cannot be told from the file that stays: {error.strerror}.", path=file.path
        ) from error
    if is_one:
        raise ActionRefused(
            "It is the file that stays, by way of another file system.", path=file.path
        )


def _make(path: bytes, probe: bytes) -> None:
    try:
        os.link(path, probe, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(probe, flags, 0o600))
