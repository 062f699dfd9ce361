"""What a file carries beside its content: permissions, times, owner, extended attributes.

A copy that takes the place of a file takes these over, and `undo` brings them back where a link
stood in between.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

from msgspec.structs import replace

from difd.store.action_items import Appearance
from difd.system import attributes, files
from difd.system.mounts import kind_at, kind_of, tells_files_apart


def appearance_of(file: int | bytes) -> Appearance:
    """What a file looks like.

    Args:
        file: its path, which is not followed where it is a link, or an open descriptor.

    Raises:
        OSError: it cannot be read.
    """
    status = os.fstat(file) if isinstance(file, int) else os.lstat(file)
    return Appearance(
        mode=stat.S_IMODE(status.st_mode),
        atime_ns=status.st_atime_ns,
        mtime_ns=status.st_mtime_ns,
        uid=status.st_uid,
        gid=status.st_gid,
        xattrs=_xattrs(file),
    )


def dress(descriptor: int, appearance: Appearance) -> None:
    """Give an open file that appearance, as far as the file system and the user's rights go.

    Raises:
        OSError: it could not be done for a reason that would lose something, as a full disk.
    """
    # Only root may give files away; for everybody else the copy is the user's own.
    with suppress(PermissionError):
        files.give(descriptor, appearance.uid, appearance.gid)
    for name, value in appearance.xattrs:
        try:
            attributes.give(descriptor, name, value)
        except OSError as error:
            if error.errno not in attributes.NOT_KEPT:
                raise
    # After the owner, whose change clears bits, and after the ACL, which has the same bits.
    files.set_mode(descriptor, appearance.mode)
    files.set_times(descriptor, appearance.atime_ns, appearance.mtime_ns)


def restore_appearance(name: bytes, folder: int, appearance: Appearance) -> None:
    """Give a file that came back what it was like before, where that differs.

    Args:
        name: of the file.
        folder: a descriptor of its folder.
        appearance: what it was like.

    Raises:
        OSError: it could not be done for a reason that would lose something, as a full disk.
    """
    descriptor = files.open_plain(name, folder=folder)
    try:
        # Reading it changed when it was read last. Who may write to a file of somebody else may not
        # change what it looks like; it is back all the same.
        now = replace(appearance_of(descriptor), atime_ns=appearance.atime_ns)
        with suppress(PermissionError):
            if now != appearance:
                dress(descriptor, appearance)
            files.set_times(descriptor, appearance.atime_ns, appearance.mtime_ns)
    finally:
        os.close(descriptor)


def _xattrs(file: int | bytes) -> tuple[tuple[bytes, bytes], ...]:
    try:
        names = attributes.names(file)
        return tuple((os.fsencode(name), attributes.value(file, name)) for name in names)
    except OSError as error:
        if error.errno in {errno.ENOTSUP, errno.ENODATA, errno.EPERM}:
            return ()
        # Some FUSE file systems have none and say so in another way: rclone with EIO.
        kind = kind_of(file) if isinstance(file, int) else kind_at(file)
        if not tells_files_apart(kind):
            return ()
        raise
