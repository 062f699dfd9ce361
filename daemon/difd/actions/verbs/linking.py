"""An extra copy becomes a link to the file that stays, and a file of its own again.

The link is made beside the file, and the two change names: a failure at any point leaves what was
there, and what was there is looked at once more before it goes.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from functools import partial
from typing import Final, Literal

from difd.actions.checks.last_look import LastLook
from difd.actions.files.appearance import appearance_of, dress, restore_appearance
from difd.actions.files.copying import copy, discarded_on_failure, drop
from difd.actions.files.folders import held
from difd.actions.files.renaming import rename_new
from difd.actions.files.taking_back import taken_back
from difd.actions.files.witness import (
    compare_status,
    confirm_content,
    confirm_name,
    unchanged,
)
from difd.actions.verbs.setting_aside import return_name
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Appearance, Witness
from difd.system import files, links, renames

Kind = Literal["hard", "symbolic", "reflink"]
"""Another name of the same file; a small file that names it; a file that shares its blocks."""

_NO_REFLINKS: Final = {errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOTTY, errno.EINVAL, errno.ENOSYS}


def replace(file: Witness, keeper: Witness, kind: Kind, temporary: bytes, look: LastLook) -> None:
    """Replace a file by a link to one of the same bytes.

    A process that is killed meanwhile leaves the file under its name or under the temporary one,
    and perhaps the link.

    Args:
        file: what becomes a link. A reflink keeps its permissions and times.
        keeper: what stays; its path is absolute.
        kind: of link.
        temporary: a name in the file's folder, gone afterwards.
        look: what has to be true before and after.

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
    name, link = os.path.basename(file.path), os.path.basename(temporary)
    try:
        with held(os.path.dirname(file.path)) as folder:
            confirm_name(file, name, folder)
            if not files.REPLACES_OPEN:
                _replace_in_turns(file, keeper, kind, link, folder, look=look)
                return
            made = _make(file, keeper, kind, link, folder)
            with discarded_on_failure(link, folder, made):
                look.before_the_change()
                confirm_name(file, name, folder)
                if _have_changed_names(
                    link, file.path, folder, lambda there: compare_status(file, there), look
                ):
                    return
                drop(link, folder, made)
            # Whatever had the name by now would be overwritten.
            _replace_in_turns(file, keeper, kind, link, folder, look=look)
    except OSError as error:
        raise ActionRefused(
            f"It could not be replaced by a link: {error.strerror}.", path=file.path
        ) from error


def _replace_in_turns(
    file: Witness, keeper: Witness, kind: Kind, waiting: bytes, folder: int, *, look: LastLook
) -> None:
    """Replace a file where names cannot be exchanged, or not those of what is open.

    It waits under another name, its own is given to the link, and then it goes.
    """
    name = os.path.basename(file.path)
    look.before_the_change()
    confirm_name(file, name, folder)
    rename_new(name, waiting, folder, folder)
    with taken_back(file.path, folder, waiting, partial(return_name, file.path, waiting, folder)):
        look.confirm_moved(waiting, folder)
        made = _make(file, keeper, kind, name, folder)
        with discarded_on_failure(name, folder, made):
            look.after_the_change()
            files.unlink(waiting, folder)


def separate(
    path: bytes,
    keeper: bytes,
    kind: Kind,
    *,
    digest: bytes,
    appearance: Appearance,
    temporary: bytes,
    folder: int,
) -> None:
    """Make a link a file of its own again.

    A file that shares nothing but blocks, or whose other names are gone, is one already. One whose
    other name was changed is not.

    Args:
        path: the link.
        keeper: what it was linked to.
        kind: of link.
        digest: of the content.
        appearance: what the file was like before.
        temporary: a name in the file's folder, gone afterwards.
        folder: a descriptor of that folder.

    Raises:
        ActionRefused: it is not that link or not that content any more, or could not be copied;
            what is there stays.
    """
    name, part = os.path.basename(path), os.path.basename(temporary)
    try:
        before = files.status(name, folder)
        if stat.S_ISREG(before.st_mode) and not _is_same(before, keeper):
            _confirm_own(path, digest, folder)
            if kind != "hard":
                return
            if before.st_nlink == 1:
                # It is the file that stayed; only the rights and times of its own are missing.
                restore_appearance(name, folder, appearance)
                return
            keeper = path
        if stat.S_ISLNK(before.st_mode) and files.read_link(name, folder) != keeper:
            raise ActionRefused("It is a link to another file now.", path=path)
        source = _opened(keeper, path)
        try:
            made = copy(source, part, folder, path=path, digest=digest, appearance=appearance)
        finally:
            os.close(source)

        def confirm_link(there: os.stat_result) -> None:
            if not os.path.samestat(there, before):
                raise ActionRefused("It has changed meanwhile.", path=path)

        with discarded_on_failure(part, folder, made):
            confirm_link(files.status(name, folder))
            if not _have_changed_names(part, path, folder, confirm_link):
                files.rename(part, name, folder)
    except OSError as error:
        raise ActionRefused(
            f"It could not be made a file of its own: {error.strerror}.", path=path
        ) from error


def _have_changed_names(
    new: bytes,
    path: bytes,
    folder: int,
    confirm: Callable[[os.stat_result], None],
    look: LastLook | None = None,
) -> bool:
    """Put a file of ours in the place of another one, which goes.

    Args:
        new: the name of ours.
        path: of the other.
        folder: a descriptor of the folder of both.
        confirm: raises if what had the name is not what was meant; then it has it again.
        look: the same, for what has to stay.

    Returns:
        False where the file system has no such step; nothing has happened then.
    """
    name = os.path.basename(path)
    if not renames.exchange(new, name, folder):
        return False
    with taken_back(path, folder, new, partial(renames.exchange, new, name, folder)):
        there = files.status(new, folder)
        confirm(there)
        if look is not None:
            look.after_the_change()
        drop(new, folder, there)
    return True


def _make(file: Witness, keeper: Witness, kind: Kind, link: bytes, folder: int) -> os.stat_result:
    """Make the link under the temporary name, and look whether it leads to the keeper; its status.

    An interrupt right after it was made leaves it to whoever settles.
    """
    if kind == "reflink":
        return _clone(file, keeper, link, folder)
    if kind == "hard":
        files.link(keeper.path, link, None, folder)
    else:
        files.symlink(keeper.path, link, folder)
    made = files.status(link, folder)
    with discarded_on_failure(link, folder, made):
        status = files.status(link, folder, follow=True)
        if (status.st_dev, status.st_ino) != (keeper.device, keeper.inode):
            raise ActionRefused("It has changed since the search.", path=keeper.path)
    return made


def _clone(file: Witness, keeper: Witness, link: bytes, folder: int) -> os.stat_result:
    if not links.HAS_CLONES:
        raise ActionRefused("Reflinks are made on Linux only.", path=file.path)
    with unchanged(file) as own, unchanged(keeper) as source:
        clone = files.open_plain(link, files.NEW, folder=folder)
        try:
            made = os.fstat(clone)
            with discarded_on_failure(link, folder, made):
                links.clone(source, clone)
                confirm_content(link, file.digest, folder)
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
    return made


def _opened(keeper: bytes, path: bytes) -> int:
    try:
        return files.open_plain(keeper)
    except FileNotFoundError as error:
        where = os.fsdecode(keeper)
        raise ActionRefused(
            f"The file to which it leads is not at {where!r} any more.",
            path=path,
            hint="Put that back, then try again.",
        ) from error


def _confirm_own(path: bytes, digest: bytes, folder: int) -> None:
    try:
        confirm_content(os.path.basename(path), digest, folder)
    except ActionRefused as error:
        raise ActionRefused("There is another file in its place now.", path=path) from error


def _is_same(status: os.stat_result, keeper: bytes) -> bool:
    try:
        return os.path.samestat(status, os.lstat(keeper))
    except FileNotFoundError:
        return False
