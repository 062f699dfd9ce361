"""An extra copy becomes a link to the file that stays, and a file of its own again.

The link is made beside the file and renamed over it, so that a failure at any point leaves what was
there.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import sys
from typing import Final, Literal

from difd.actions.appearance import appearance_of, dress
from difd.actions.copying import copy, discarded_on_failure
from difd.actions.protection import is_being_written, obstacle
from difd.actions.witness import confirm, confirm_content, confirm_place, unchanged
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Appearance, Witness

Kind = Literal["hard", "symbolic", "reflink"]
"""Another name of the same file; a small file that names it; a file that shares its blocks."""

_FICLONE: Final = 0x40049409
_NO_REFLINKS: Final = {errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOTTY, errno.EINVAL, errno.ENOSYS}


def replace(file: Witness, keeper: Witness, kind: Kind, temporary: bytes) -> None:
    """Replace a file by a link to one of the same bytes; both are confirmed right before.

    A process that is killed meanwhile leaves the file or the link, and perhaps the temporary.

    Args:
        file: what becomes a link. A reflink keeps its permissions and times.
        keeper: what stays; its path is absolute.
        kind: of link.
        temporary: a name in the file's folder, gone afterwards.

    Raises:
        ActionRefused: it could not be done, and the file is what it was.
    """
    if file.digest != keeper.digest:
        raise ActionRefused("Only files with the same bytes can become links.", path=file.path)
    if kind != "symbolic" and file.device != keeper.device:
        raise ActionRefused(
            "The file that stays lies on another file system.",
            path=file.path,
            hint="Only symbolic links lead to another file system.",
        )
    if reason := obstacle(file.path):
        raise ActionRefused(reason, path=file.path)
    try:
        confirm_place(file)
        _make(file, keeper, kind, temporary)
        with discarded_on_failure(temporary):
            _refuse_if_written(file)
            confirm(file, keeper)
            os.rename(temporary, file.path)
    except OSError as error:
        raise ActionRefused(
            f"It could not be replaced by a link: {error.strerror}.", path=file.path
        ) from error


def separate(
    path: bytes, keeper: bytes, digest: bytes, appearance: Appearance, temporary: bytes
) -> None:
    """Make a link a file of its own again.

    A file that shares nothing but blocks, or whose other names are gone, is one already.

    Args:
        path: the link.
        keeper: what it was linked to.
        digest: of the content.
        appearance: what the file was like before.
        temporary: a name in the file's folder, gone afterwards.

    Raises:
        ActionRefused: it is not that link or not that content any more, or could not be copied;
            what is there stays.
    """
    try:
        before = os.lstat(path)
        if stat.S_ISREG(before.st_mode) and not _is_same(before, keeper):
            _confirm_own(path, digest)
            return
        if stat.S_ISLNK(before.st_mode) and os.readlink(path) != keeper:
            raise ActionRefused("It is a link to another file now.", path=path)
        source = os.open(keeper, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            copy(source, temporary, path=path, digest=digest, appearance=appearance)
        finally:
            os.close(source)
        with discarded_on_failure(temporary):
            if not os.path.samestat(os.lstat(path), before):
                raise ActionRefused("It has changed meanwhile.", path=path)
            os.rename(temporary, path)
    except OSError as error:
        raise ActionRefused(
            f"It could not be made a file of its own: {error.strerror}.", path=path
        ) from error


def _make(file: Witness, keeper: Witness, kind: Kind, temporary: bytes) -> None:
    """Make the link under the temporary name, and look whether it leads to the keeper."""
    if kind == "reflink":
        _clone(file, keeper, temporary)
        return
    if kind == "hard":
        os.link(keeper.path, temporary, follow_symlinks=False)
    else:
        os.symlink(keeper.path, temporary)
    with discarded_on_failure(temporary):
        status = os.stat(temporary)
        if (status.st_dev, status.st_ino) != (keeper.device, keeper.inode):
            raise ActionRefused("It has changed since the search.", path=keeper.path)


def _clone(file: Witness, keeper: Witness, temporary: bytes) -> None:
    if sys.platform != "linux":
        raise ActionRefused("Reflinks are made on Linux only.", path=file.path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with unchanged(file) as own, unchanged(keeper) as source:
        clone = os.open(temporary, flags, 0o600)
        try:
            with discarded_on_failure(temporary):
                fcntl.ioctl(clone, _FICLONE, source)
                confirm_content(temporary, file.digest)
                dress(clone, appearance_of(own))
                os.fsync(clone)
        except OSError as error:
            if error.errno not in _NO_REFLINKS:
                raise
            raise ActionRefused(
                "This file system has no reflinks.",
                path=file.path,
                hint="Btrfs and XFS have them; elsewhere choose hard or symbolic links.",
            ) from error
        finally:
            os.close(clone)


def _refuse_if_written(file: Witness) -> None:
    with unchanged(file) as opened:
        if is_being_written(opened):
            raise ActionRefused("Another program is writing to it.", path=file.path)


def _confirm_own(path: bytes, digest: bytes) -> None:
    try:
        confirm_content(path, digest)
    except ActionRefused as error:
        raise ActionRefused("There is another file in its place now.", path=path) from error


def _is_same(status: os.stat_result, keeper: bytes) -> bool:
    try:
        return os.path.samestat(status, os.lstat(keeper))
    except FileNotFoundError:
        return False
