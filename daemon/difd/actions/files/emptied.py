"""Folders that an action leaves empty are removed, if that was asked for, and made again by undo.

Only what is empty is removed, by `rmdir`, which removes nothing else; never a folder that was
searched, a reference folder, the home, where a file system begins, or what lies above one of them.
What undo leaves empty of the folders that a move made is removed likewise.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby

from msgspec.structs import replace

from difd.actions.files.appearance import appearance_of, dress
from difd.actions.files.folders import reached, real_folder
from difd.actions.files.naming import as_searched
from difd.protocol.actions import ActionInfo
from difd.protocol.errors import ActionRefused
from difd.store.action_folders import FolderRow, FolderStage
from difd.store.action_items import Linking
from difd.store.action_journal import ActionJournal
from difd.system import files, paths


def note_limits(
    journal: ActionJournal, info: ActionInfo, roots: Iterable[bytes], references: Iterable[bytes]
) -> None:
    """Write down which folders stay, when a plan is made.

    Args:
        journal: which has the plan.
        info: the plan.
        roots: what was searched; the folder of an image that was named counts.
        references: the reference folders.
    """
    if info.options.remove_empty:
        found = {
            path if os.path.isdir(path) else os.path.dirname(path)
            for path in map(as_searched, (*roots, *references))
        }
        journal.folders.note(FolderRow(info.id, path, "limit") for path in found)


def note_folders(journal: ActionJournal, info: ActionInfo) -> None:
    """Write down, before any file goes, what the folders are like that files leave or arrive in."""
    if not info.options.remove_empty and info.options.destination is None:
        return
    leaving: set[bytes] = set()
    arriving: set[bytes] = set()
    for item in journal.items(info.id, ("planned",)):
        leaving.update(os.path.dirname(file.path) for file in (item.file, *item.belongings))
        if item.folder:
            arriving.add(item.folder)
    limits = _Limits(journal, info)
    rows = [row for path in limits.below(leaving) if (row := _seen(info.id, path))]
    rows += (
        FolderRow(info.id, path, "awaited", home=real_folder(path)) for path in _missing(arriving)
    )
    journal.folders.note(rows)


def remove_emptied(journal: ActionJournal, info: ActionInfo) -> ActionInfo:
    """Remove the folders that an action emptied, the deepest first.

    Returns:
        The action, with the count of folders that it removed.
    """
    left: set[bytes] = set()
    for item in journal.items(info.id, ("done",)):
        left.update(
            os.path.dirname(step.file.path) for step in item.steps if not isinstance(step, Linking)
        )
    emptied = _Limits(journal, info).below(left)
    noted = [row for row in journal.folders.rows(info.id, "noted") if row.path in emptied]
    for level in _by_depth(noted):
        empty = [row for row in level if _is_empty(row)]
        journal.folders.save(replace(row, stage="removing") for row in empty)
        journal.folders.save(
            replace(row, stage="removed" if _is_removed(row) else "noted") for row in empty
        )
    return _counted(journal, info)


def make_again(journal: ActionJournal, info: ActionInfo) -> None:
    """Make the folders again that an action removed, before its files come back."""
    gone = journal.folders.rows(info.id, "removed", "begun")
    journal.folders.save(replace(row, stage="making") for row in gone)
    # In the order of their paths every folder comes before those in it.
    journal.folders.save([_made(row) for row in gone])


def tidy_up(journal: ActionJournal, info: ActionInfo) -> ActionInfo:
    """After files came back: give folders their times again, and remove what a move left empty.

    Returns:
        The action, with the count of folders that are still removed.
    """
    for level in _by_depth(journal.folders.rows(info.id, "made", "awaited")):
        for row in level:
            if row.stage == "awaited":
                _is_removed(row)
            elif row.appearance is not None:
                with suppress(ActionRefused, OSError), _held(row) as (folder, _):
                    times = (row.appearance.atime_ns, row.appearance.mtime_ns)
                    files.set_times(folder, *times)
    return _counted(journal, info)


def settle_folders(journal: ActionJournal) -> None:
    """After a crash: find out which folders are there; called with the action lock held."""

    def stage(row: FolderRow) -> FolderStage:
        if not os.path.lexists(row.path):
            return "removed"
        return "noted" if row.stage == "removing" else "begun"

    journal.folders.save([replace(row, stage=stage(row)) for row in journal.folders.unsettled()])


def _counted(journal: ActionJournal, info: ActionInfo) -> ActionInfo:
    return replace(info, folders=journal.folders.count(info.id, "removed"))


class _Limits:
    """The folders that stay, by path and by which folder they are.

    Args:
        journal: which has them.
        info: the action.
    """

    def __init__(self, journal: ActionJournal, info: ActionInfo) -> None:
        self._paths = [row.path for row in journal.folders.rows(info.id, "limit")]
        self._identities = set(
            filter(None, map(_identity, (*self._paths, os.path.expanduser(b"~"), b"/")))
        )

    def below(self, folders: Iterable[bytes]) -> set[bytes]:
        """The folders, and those above them, up to the limits."""
        found: set[bytes] = set()
        for folder in folders:
            path = folder
            while path not in found and self._may_go(path):
                found.add(path)
                path = os.path.dirname(path)
        return found

    def _may_go(self, path: bytes) -> bool:
        if not any(paths.lies_below(limit, path) for limit in self._paths):
            return False
        # A folder that is gone already says nothing about those above it.
        return path not in self._paths and _identity(path) not in self._identities


def _identity(path: bytes) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _seen(action: str, path: bytes) -> FolderRow | None:
    try:
        status = os.lstat(path)
        if not stat.S_ISDIR(status.st_mode):
            return None
        return FolderRow(
            action=action,
            path=path,
            stage="noted",
            home=real_folder(path),
            device=status.st_dev,
            inode=status.st_ino,
            appearance=appearance_of(path),
        )
    except OSError:
        return None


def _missing(folders: Iterable[bytes]) -> set[bytes]:
    """The folders that are not there, with those above them that are not."""
    found: set[bytes] = set()
    for folder in folders:
        path = folder
        while path not in found and not os.path.lexists(path):
            found.add(path)
            path = os.path.dirname(path)
    return found


def _by_depth(rows: Sequence[FolderRow]) -> Iterator[list[FolderRow]]:
    """Folders of one depth at a time, the deepest first."""

    def depth(row: FolderRow) -> int:
        return -len(paths.parts(row.path))

    for _, level in groupby(sorted(rows, key=depth), key=depth):
        yield list(level)


@contextmanager
def _held(row: FolderRow) -> Iterator[tuple[int, int]]:
    """A folder and the one that holds it, open, once it proved to be the one and no other disk's.

    Raises:
        ActionRefused: a link is in the way.
        OSError: it is not there, is another one by now, or a file system begins there.
    """
    with reached(row.home) as holder:
        name = os.path.basename(row.path)
        folder = files.open_folder(name, folder=holder, removable=True)
        try:
            status = os.fstat(folder)
            known = row.inode == 0 or (status.st_dev, status.st_ino) == (row.device, row.inode)
            if not known or status.st_dev != os.fstat(holder).st_dev:
                raise FileNotFoundError(row.path)
            yield folder, holder
        finally:
            os.close(folder)


def _is_empty(row: FolderRow) -> bool:
    try:
        with _held(row) as (folder, _):
            return not _holds_any(folder)
    except (ActionRefused, OSError):
        return False


def _is_removed(row: FolderRow) -> bool:
    """Remove a folder if it is empty."""
    try:
        with _held(row) as (folder, holder):
            # Some network file systems remove more than what is empty.
            if _holds_any(folder):
                return False
            files.remove_held(folder, os.path.basename(row.path), holder)
    except (ActionRefused, OSError):
        return False
    return True


def _holds_any(folder: int) -> bool:
    with files.scan_folder(folder) as entries:
        return next(entries, None) is not None


def _made(row: FolderRow) -> FolderRow:
    """Make a folder again as it was; one that somebody made in the meantime stays as it is."""
    name = os.path.basename(row.path)
    try:
        with reached(row.home) as holder:
            try:
                files.make_folder(name, holder, 0o700)
            except FileExistsError:
                if not stat.S_ISDIR(files.status(name, holder).st_mode):
                    # When that is gone, the next attempt makes it as it was.
                    return replace(row, stage="removed")
                if row.stage != "begun":
                    return replace(row, stage="noted")
            folder = files.open_folder(name, folder=holder)
            try:
                if _holds_any(folder):
                    return replace(row, stage="noted")
                status = os.fstat(folder)
                if row.appearance is not None:
                    dress(folder, row.appearance)
            finally:
                os.close(folder)
    except (ActionRefused, OSError):
        return replace(row, stage="begun" if os.path.lexists(row.path) else "removed")
    return replace(row, stage="made", device=status.st_dev, inode=status.st_ino)
