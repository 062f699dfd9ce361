"""The trash of the freedesktop specification, done here so that undo knows where everything is.

https://specifications.freedesktop.org/trash-spec/1.0/ . A place is chosen first and can be written
down; then the file is put there. Libraries for this do not say where a file went, and leave an
orphan `.trashinfo` behind when a move fails.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from difd.actions.checks.last_look import LastLook
from difd.actions.checks.protection import obstacle
from difd.actions.files import system_trash
from difd.actions.files.copying import drop
from difd.actions.files.folders import held
from difd.actions.files.naming import NAME_MAX, first_free, folded, number_name, temporary_name
from difd.actions.verbs.moving import move
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Witness

_INFO_SUFFIX: Final = b".trashinfo"

_NOTE_MAX: Final = 1 << 16
"""Bytes; a path has at most 4,096, each written with three."""


@dataclass(frozen=True, slots=True)
class TrashPlace:
    """Where a file lies in a trash.

    Attributes:
        info: path of the note that says where the file came from; empty where only the system
            knows, on other systems than Linux.
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
    if sys.platform != "linux":
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
    if sys.platform != "linux":
        return None
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


def put(
    file: Witness,
    place: TrashPlace,
    temporary: bytes | None = None,
    *,
    aside: bytes = b"",
    look: LastLook | None = None,
) -> None:
    """Put a file into the trash; the note is there before the file moves.

    A process that is killed meanwhile leaves the place to `settle`.

    Args:
        file: what to trash; its content is confirmed by the caller just before.
        place: from `choose`.
        temporary: a name beside `place.file` for a copy that is not complete; chosen if not given.
        aside: a name in the file's own folder, gone afterwards; chosen if not given.
        look: what has to be true before and after it goes; None for nothing.

    Raises:
        FileExistsError: the place is taken; choose another.
        ActionRefused: it could not be trashed.
        Whatever is raised, the file is where it was and nothing of it is in the trash.
    """
    if not place.file:
        if look is not None:
            look.before_the_change()
        system_trash.put(file.path)
        return
    # With a look, it was asked a moment ago.
    if look is None and (reason := obstacle(file.path)):
        raise ActionRefused(reason, path=file.path)
    try:
        _make(_trash_of(place))
        _write_note(file.path, place)
    except FileExistsError:
        raise
    except OSError as error:
        raise ActionRefused(
            f"It could not be put into the trash: {error.strerror}.", path=file.path
        ) from error
    try:
        move(file, place.file, temporary or temporary_name(place.file), aside=aside, look=look)
    except BaseException:
        # An interrupt can come right after the file moved: then the note is true.
        if os.path.lexists(file.path):
            _drop_note(place, file.path)
        raise


def settle(place: TrashPlace, original: bytes) -> bool:
    """Whether a file is in the trash; if it is not, its note goes, too.

    After a crash: the original may be there as well if it was being copied, and a temporary may be
    left, which the caller has written down.

    Args:
        place: where it was to be put.
        original: where it came from; another program's note is left alone.
    """
    if os.path.lexists(place.file):
        return True
    _drop_note(place, original)
    return False


def forget(place: TrashPlace) -> None:
    """Remove the note of a file that came back; an old note is no reason to say that it is not."""
    if not os.path.lexists(place.file):
        _drop_note(place, None)


def _drop_note(place: TrashPlace, original: bytes | None) -> None:
    """Remove the note of a file that is not in the trash, if the note is ours.

    Args:
        place: where the note is.
        original: the file that it has to name; None if it was there when the file was trashed.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    folder, name = os.path.split(place.info)
    # A note that stays says of a file that it is in the trash; desktops pass over it.
    with suppress(OSError), held(folder) as info:
        descriptor = os.open(name, flags, dir_fd=info)
        with open(descriptor, "rb") as note:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
                return
            written = note.read(_NOTE_MAX).strip(b"\0")
        # A note that was begun only is empty, and after a power cut perhaps zeros.
        if original is None or not written or _path_line(original, place) in written.splitlines():
            drop(name, info, status)


def _trash_of(place: TrashPlace) -> bytes:
    return os.path.dirname(os.path.dirname(place.info))


def _home_trash() -> bytes:
    data = os.environb.get(b"XDG_DATA_HOME", b"")
    if not os.path.isabs(data):  # the specification wants such a value ignored
        data = os.path.expanduser(b"~/.local/share")
    return os.path.join(data, b"Trash")


def _trash_for(path: bytes) -> bytes:
    device = os.lstat(path).st_dev
    home = _home_trash()
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
    user = b"%d" % os.getuid()
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
        look = os.stat if folder == _home_trash() else os.lstat
        try:
            status = look(folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ActionRefused(
                f"The trash cannot be used: {error.strerror}.", path=folder
            ) from error
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
            raise ActionRefused("The trash is not a folder of your own.", path=folder)


def _make(trash: bytes) -> None:
    _check(trash)
    os.makedirs(os.path.dirname(trash), mode=0o700, exist_ok=True)
    for folder in _folders(trash):
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)
    _check(trash)


def _path_line(path: bytes, place: TrashPlace) -> bytes:
    """Where a file came from; relative where its file system may be mounted elsewhere some day."""
    trash = _trash_of(place)
    if trash != _home_trash():
        inside = os.path.basename(trash).startswith(b".Trash-")
        top = os.path.dirname(trash) if inside else os.path.dirname(os.path.dirname(trash))
        folder, name = os.path.split(path)
        path = os.path.relpath(os.path.join(os.path.realpath(folder), name), top)
    return b"Path=" + quote(path, safe="/").encode()


def _write_note(path: bytes, place: TrashPlace) -> None:
    now = time.strftime("DeletionDate=%Y-%m-%dT%H:%M:%S").encode()
    lines = (b"[Trash Info]", _path_line(path, place), now, b"")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(place.info, flags, 0o600)
    try:
        with open(descriptor, "wb") as note:
            # Not synced: our journal is, and two waits for the disk a file are a minute for 10,000.
            note.write(b"\n".join(lines))
    except BaseException:
        with suppress(OSError):
            os.unlink(place.info)
        raise
