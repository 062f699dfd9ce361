"""Both files of an item in our hands while one of them goes: nobody else of us takes the other.

The action lock holds back whoever shares a state directory. Somebody else with the right to write
here, or the same user with another XDG_STATE_HOME, is held back by locks on the files themselves.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from difd.actions.renaming import sync, sync_folder
from difd.actions.witness import refuse_one_file, unchanged
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Witness
from difd.store.freshness import is_local

_NO_LOCKS: Final = {errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
"""What `flock` fails with on file systems that have no locks."""


@contextmanager
def claimed(file: Witness, keeper: Witness) -> Iterator[None]:
    """Hold both files: the one that goes alone, the one that stays with others that keep it.

    Nothing is held on network file systems: SMB would refuse to read a locked file by any other
    descriptor, ours as well, and NFS locks for itself only what is open for writing.

    Raises:
        ActionRefused: one of them has changed, or another difd acts on one of them.
    """
    refuse_one_file(file, keeper)
    with unchanged(file) as going, unchanged(keeper) as kept:
        _hold(going, fcntl.LOCK_EX, file)
        _hold(kept, fcntl.LOCK_SH, keeper)
        yield


def bring_to_disk(path: bytes) -> None:
    """Wait until a file that stays is on the disk itself, and not in memory only.

    Who copied it a moment ago and lost power after the other copy went would have neither: the
    journal's own write would bring the removal to the disk first.

    Raises:
        ActionRefused: the disk does not take it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            sync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(os.path.dirname(path))
    except PermissionError:
        # SMB brings nothing to the disk that is open for reading; it did when the writer closed it.
        return
    except OSError as error:
        raise ActionRefused(
            f"The file that stays cannot be brought to the disk: {error.strerror}.", path=path
        ) from error


def _hold(descriptor: int, how: int, file: Witness) -> None:
    if not is_local(file.device):
        return
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ActionRefused(
            "Another program has locked it; try again later.", path=file.path
        ) from error
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise ActionRefused(
                f"It cannot be locked: {error.strerror}.", path=file.path
            ) from error
