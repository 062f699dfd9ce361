"""Where a file would lie in a trash, and whether it can: on its own file system, or at home.

See `verbs.trash`, which puts it there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Final

import msgspec

from difd.actions.checks.protection import obstacle
from difd.actions.files.naming import NAME_MAX, first_free, folded, number_name
from difd.protocol.errors import ActionRefused
from difd.system import owners
from difd.system import trash as system_trash

_INFO_SUFFIX: Final = b".trashinfo"


class TrashPlace(msgspec.Struct, frozen=True):
    """Where a file lies in a trash.

    Attributes:
        info: path of the note that says where the file came from; empty where the system itself
            fills the trash, on other systems than Linux.
        file: path of the file itself, or empty.
    """

    info: bytes
    file: bytes


def choose(path: bytes, taken: AbstractSet[bytes] = frozenset()) -> TrashPlace:
    """A free place for a file: on its own file system if there can be a trash, else at home.

    Nothing is made. In the trash at home the file arrives as a verified copy.

    Args:
        path: of the file, absolute.
        taken: paths that are promised to others, folded.

    Raises:
        OSError: the file cannot be looked at.
    """
    if not system_trash.IS_OURS:
        return TrashPlace(b"", b"")
    trash = _trash_for(path)
    name = os.path.basename(path)

    def place(number: int) -> TrashPlace:
        chosen = number_name(name, number, NAME_MAX - len(_INFO_SUFFIX))
        info = os.path.join(trash, b"info", chosen + _INFO_SUFFIX)
        return TrashPlace(info, os.path.join(trash, b"files", chosen))

    def is_taken(number: int) -> bool:
        there = place(number)
        return any(folded(one) in taken or os.path.lexists(one) for one in (there.info, there.file))

    return place(first_free(is_taken))


def is_possible(path: bytes) -> str | None:
    """Why a file cannot be trashed, a sentence; None if it can."""
    if reason := obstacle(path):
        return reason
    if not system_trash.IS_OURS:
        return system_trash.objection(path)
    trash = _trash_for(path)
    inside = os.path.join(os.path.realpath(os.path.dirname(path)), b"")
    if inside.startswith(os.path.join(os.path.realpath(trash), b"")):
        return "It lies in the trash already."
    try:
        _check(trash)
    except ActionRefused as refusal:
        return refusal.message
    if not os.access(_existing(trash), os.W_OK | os.X_OK):
        return "There is no trash that can be written to."
    return None


def trash_of(place: TrashPlace) -> bytes:
    """The trash that a place is in."""
    return os.path.dirname(os.path.dirname(place.info))


def home_trash() -> bytes:
    """The user's own trash, at home."""
    data = os.fsencode(os.environ.get("XDG_DATA_HOME", ""))
    if not os.path.isabs(data):  # the specification wants such a value ignored
        data = os.path.expanduser(b"~/.local/share")
    return os.path.join(data, b"Trash")


def _trash_for(path: bytes) -> bytes:
    device = os.lstat(path).st_dev
    home = home_trash()
    if os.stat(_existing(home)).st_dev == device:
        return home
    for trash in _top_trashes(_top_folder(path, device)):
        if _is_usable(trash):
            return trash
    return home


def _existing(folder: bytes) -> bytes:
    """The folder, or the nearest above it that is there."""
    while folder and not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return folder or b"/"


def _top_folder(path: bytes, device: int) -> bytes:
    """Where the file system of a file begins."""
    folder = os.path.realpath(os.path.dirname(path))
    while folder != b"/":
        above = os.path.dirname(folder)
        if os.lstat(above).st_dev != device:
            break
        folder = above
    return folder


def _top_trashes(top: bytes) -> Iterator[bytes]:
    user = system_trash.mark()
    shared = os.path.join(top, b".Trash")
    with suppress(OSError):
        status = os.lstat(shared)
        # Anybody could exchange what lies in a folder that is a link, or not sticky.
        if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX:
            yield os.path.join(shared, user)
    yield os.path.join(top, b".Trash-" + user)


def _is_usable(trash: bytes) -> bool:
    try:
        _check(trash)
    except ActionRefused:
        return False
    return os.access(_existing(trash), os.W_OK | os.X_OK)


def _folders(trash: bytes) -> tuple[bytes, bytes, bytes]:
    return trash, os.path.join(trash, b"files"), os.path.join(trash, b"info")


def _check(trash: bytes) -> None:
    """Make sure that what there is of a trash is ours, and no links.

    At home the trash itself may be a link: who may put one there needs no such detour.
    """
    for folder in _folders(trash):
        look = os.stat if folder == home_trash() else os.lstat
        try:
            status = look(folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ActionRefused(
                f"The trash cannot be used: {error.strerror}.", path=folder
            ) from error
        if not stat.S_ISDIR(status.st_mode) or not owners.is_mine(status):
            raise ActionRefused("The trash is not a folder of your own.", path=folder)


def make(trash: bytes) -> None:
    """Make the folders of a trash that are missing.

    Raises:
        ActionRefused: what there is of it is not ours, or a link.
        OSError: they cannot be made.
    """
    _check(trash)
    os.makedirs(os.path.dirname(trash), mode=0o700, exist_ok=True)
    for folder in _folders(trash):
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)
    _check(trash)
