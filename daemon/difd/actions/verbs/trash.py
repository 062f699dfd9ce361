"""The trash of the freedesktop specification, done here so that undo knows where everything is.

https://specifications.freedesktop.org/trash-spec/1.0/ . A place is chosen first and can be written
down; then the file is put there. Libraries for this do not say where a file went, and leave an
orphan `.trashinfo` behind when a move fails. Where only the system fills the trash, see
`recycling`.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from difd.actions.checks import trash_place
from difd.actions.checks.last_look import LastLook, Unwatched
from difd.actions.checks.protection import obstacle
from difd.actions.checks.trash_place import TrashPlace
from difd.actions.files.copying import drop
from difd.actions.files.folders import held
from difd.actions.files.naming import temporary_name
from difd.actions.verbs import recycling
from difd.actions.verbs.moving import move
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Witness
from difd.system import files, owners

_NOTE_MAX: Final = 1 << 16
"""Bytes; a path has at most 4,096, each written with three."""


def put(
    file: Witness,
    place: TrashPlace,
    temporary: bytes | None = None,
    *,
    aside: bytes = b"",
    look: LastLook | None = None,
) -> TrashPlace:
    """Put a file into the trash; the note is there before the file moves.

    A process that is killed meanwhile leaves the place to `settle`.

    Args:
        file: what to trash; its content is confirmed by the caller just before.
        place: from `choose`.
        temporary: a name beside `place.file` for a copy that is not complete; chosen if not given.
        aside: a name in the file's own folder, gone afterwards; chosen if not given.
        look: what has to be true before and after it goes; None for nothing.

    Returns:
        Where it is now.

    Raises:
        FileExistsError: the place is taken; choose another.
        ActionRefused: it could not be trashed.
        Whatever is raised, the file is where it was and nothing of it is in the trash.
    """
    if not place.file:
        return recycling.put(file, aside or temporary_name(file.path), look or Unwatched(file))
    # With a look, it was asked a moment ago.
    if look is None and (reason := obstacle(file.path)):
        raise ActionRefused(reason, path=file.path)
    try:
        trash_place.make(trash_place.trash_of(place))
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
    return place


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
    folder, name = os.path.split(place.info)
    # A note that stays says of a file that it is in the trash; desktops pass over it.
    with suppress(OSError), held(folder) as info:
        descriptor = files.open_plain(name, folder=info)
        with open(descriptor, "rb") as note:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or not owners.is_mine(status):
                return
            written = note.read(_NOTE_MAX).strip(b"\0")
        # A note that was begun only is empty, and after a power cut perhaps zeros.
        if original is None or not written or _path_line(original, place) in written.splitlines():
            drop(name, info, status)


def _path_line(path: bytes, place: TrashPlace) -> bytes:
    """Where a file came from; relative where its file system may be mounted elsewhere some day."""
    trash = trash_place.trash_of(place)
    if trash != trash_place.home_trash():
        inside = os.path.basename(trash).startswith(b".Trash-")
        top = os.path.dirname(trash) if inside else os.path.dirname(os.path.dirname(trash))
        folder, name = os.path.split(path)
        path = os.path.relpath(os.path.join(os.path.realpath(folder), name), top)
    return b"Path=" + quote(path, safe="/").encode()


def _write_note(path: bytes, place: TrashPlace) -> None:
    now = time.strftime("DeletionDate=%Y-%m-%dT%H:%M:%S").encode()
    lines = (b"[Trash Info]", _path_line(path, place), now, b"")
    descriptor = files.open_plain(place.info, files.NEW)
    try:
        with open(descriptor, "wb") as note:
            # Not synced: our journal is, and two waits for the disk a file are a minute for 10,000.
            note.write(b"\n".join(lines))
    except BaseException:
        with suppress(OSError):
            os.unlink(place.info)
        raise
