"""Both files of an item in our hands while one of them goes: nobody else of us takes the other.

The action lock holds back whoever shares a state directory. Somebody else with the right to write
here, or the same user with another XDG_STATE_HOME, is held back by locks on the files themselves.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import msgspec

from difd.actions.files.witness import refuse_one_file, unchanged
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Witness
from difd.store.freshness import SETTLED_NS
from difd.system import files, locks
from difd.system.mounts import kind_of, tells_files_apart

_NO_LOCKS: Final = {errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
"""What `flock` fails with on file systems that have no locks."""


_BROUGHT_MAX: Final = 10_000

_brought: Final[dict[tuple[int, int], tuple[int, int, int]]] = {}
"""Size and times of files and folders that were brought to the disk, by device and inode."""


class Held(msgspec.Struct, frozen=True):
    """A file that is open and, where that means something, locked.

    Attributes:
        file: as the plan saw it.
        descriptor: open for reading.
        kind: the type of its file system; empty if nobody tells.
    """

    file: Witness
    descriptor: int
    kind: str

    @property
    def is_certain(self) -> bool:
        """Whether its inode number proves which file it is, and a lock on it holds."""
        return tells_files_apart(self.kind)


@contextmanager
def claimed(file: Witness, keeper: Witness | None) -> Iterator[tuple[Held, Held | None]]:
    """Hold both files: the one that goes alone, the one that stays with others that keep it.

    Nothing is locked on network file systems: SMB would refuse to read a locked file by any other
    descriptor, ours as well, and NFS locks for itself only what is open for writing.

    Args:
        file: what goes.
        keeper: what stays; None where nothing has to.

    Raises:
        ActionRefused: one of them has changed, or another difd acts on one of them.
    """
    with unchanged(file) as going:
        if keeper is None:
            with _locked(file, going) as mine:
                yield mine, None
            return
        refuse_one_file(file, keeper)
        with (
            unchanged(keeper) as kept,
            _locked(file, going) as mine,
            _locked(keeper, kept, shared=True) as stays,
        ):
            yield mine, stays


def bring_to_disk(kept: Held) -> None:
    """Wait until a file that stays is on the disk itself, and not in memory only.

    Who copied it a moment ago and lost power after the other copy went would have neither: the
    journal's own write would bring the removal to the disk first.

    Raises:
        ActionRefused: the disk does not take it.
    """
    try:
        _bring(kept.descriptor, certain=kept.is_certain)
        folder = files.open_folder(os.path.dirname(kept.file.path), follow=True)
        try:
            _bring(folder, certain=kept.is_certain)
        finally:
            os.close(folder)
    except PermissionError:
        # SMB brings nothing to the disk that is open for reading; it did when the writer closed it.
        return
    except OSError as error:
        raise ActionRefused(
            f"The file that stays cannot be brought to the disk: {error.strerror}.",
            path=kept.file.path,
        ) from error


def _bring(descriptor: int, *, certain: bool) -> None:
    """Wait for a file or folder, unless it was waited for and has not changed since.

    One picture may stay for many that go. As in `freshness`, a time that was old when we looked is
    sure to become another one with any change; that of a file that was just written is not.
    """
    status = files.open_status(descriptor)
    identity = status.st_dev, status.st_ino
    times = status.st_size, status.st_mtime_ns, status.st_ctime_ns
    if certain and _brought.get(identity) == times:
        return
    old = time.time_ns() - status.st_ctime_ns >= SETTLED_NS
    files.sync(descriptor)
    if len(_brought) >= _BROUGHT_MAX:
        _brought.clear()
    if certain and old:
        _brought[identity] = times
    else:
        _brought.pop(identity, None)


@contextmanager
def _locked(file: Witness, descriptor: int, *, shared: bool = False) -> Iterator[Held]:
    held = Held(file, descriptor, kind_of(descriptor))
    if held.is_certain:
        _lock(file, descriptor, shared=shared)
    try:
        yield held
    finally:
        # Not by closing alone: a child that this process forked meanwhile would go on holding it.
        if held.is_certain:
            with suppress(OSError):
                locks.release(descriptor)


def _lock(file: Witness, descriptor: int, *, shared: bool) -> None:
    try:
        locks.take(descriptor, shared=shared)
    except BlockingIOError as error:
        raise ActionRefused(
            "Another program has locked it; try again later.", path=file.path
        ) from error
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise ActionRefused(
                f"It cannot be locked: {error.strerror}.", path=file.path
            ) from error
