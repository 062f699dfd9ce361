"""Whether folders and files of ours are ours: asked before anything in them is opened or read.

What difd keeps decides what it does with pictures, so nobody else may have written it. A folder or
file belongs to the user, is no link, and nobody else can write to it; who could exchange it by its
name, because a folder above it is his, is somebody else, too. As with ssh's keys. Imports the
standard library only: clients, the daemon and the engine ask here.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import NoReturn

from difd.protocol.errors import OwnFilesUnsafe
from difd.system import advice, files, owners


def check_folder(path: Path, *, private: bool = False) -> None:
    """See that a folder of ours, if it is there, and all folders above it are safe.

    Args:
        path: of the folder.
        private: nobody else may even look into it.

    Raises:
        OwnFilesUnsafe: it or a folder above it is not; the hint says what to do.
    """
    given = os.fsencode(path)
    if not os.path.isabs(given):
        given = os.path.join(os.getcwdb(), given)
    for place, status in owners.way(os.path.dirname(given)):
        _check_above(place, status)
    found = _status(path)
    if found is None or (stat.S_ISREG(found.st_mode) and not private):
        return  # there is nothing in it to be read, and what is wrong is told when it is opened
    _check(os.fsencode(path), found, "directory", private=private)


def make_folder(path: Path, *, private: bool = False) -> None:
    """Have a folder of ours, 0700, and those above it that are missing.

    Raises:
        OwnFilesUnsafe: it is there and is not safe (see `check_folder`).
        OSError: it cannot be made.
    """
    check_folder(path, private=private)
    missing = [place for place in (path, *path.parents) if not os.path.lexists(place)]
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)
    if missing:
        check_folder(path, private=private)


def check_file(path: Path) -> None:
    """See that a file of ours, if it is there, is safe; its folder is asked for apart.

    Raises:
        OwnFilesUnsafe: it is a link, no regular file, somebody else's, or open to writing.
    """
    status = _status(path)
    if status is not None:
        _check(os.fsencode(path), status, "file")


def open_file(path: Path, flags: int, *, private: bool = False) -> int:
    """Open a file of ours, 0600 if it is made; never through a link, and never waiting.

    Returns:
        The descriptor.

    Raises:
        OwnFilesUnsafe: it is not safe (see `check_file`), or is to be written and has another
            name, whose owner would lose what it held; nothing was read or written.
        OSError: it cannot be opened.
    """
    try:
        descriptor = files.open_plain(path, flags & ~os.O_TRUNC)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO, errno.EISDIR}:
            check_file(path)
        raise
    try:
        status = os.fstat(descriptor)
        _check(os.fsencode(path), status, "file", private=private)
        if flags & (os.O_WRONLY | os.O_RDWR) and status.st_nlink > 1:
            _refuse(os.fsencode(path), "file", "has another name, a hard link", _apart(path))
        if flags & os.O_TRUNC:
            os.ftruncate(descriptor, 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def is_own(status: os.stat_result) -> bool:
    """Whether somebody's status is that of a file or folder of ours: neither a link nor open."""
    kind = stat.S_IFMT(status.st_mode)
    plain = kind in {stat.S_IFREG, stat.S_IFDIR}
    return plain and owners.is_mine(status) and not owners.others_may_write(status)


def _status(path: Path) -> os.stat_result | None:
    """What is there; None if that cannot be told, and so cannot be opened either."""
    try:
        return os.lstat(path)
    except OSError:
        return None


def _check(path: bytes, status: os.stat_result, kind: str, *, private: bool = False) -> None:
    wanted = stat.S_ISDIR if kind == "directory" else stat.S_ISREG
    shown = os.fsdecode(path)
    if stat.S_ISLNK(status.st_mode):
        _refuse(path, kind, "is a link", _without_link(path, kind))
    if not wanted(status.st_mode):
        word = "a regular file" if kind == "file" else "a directory"
        _refuse(path, kind, f"is not {word}", f"Move it away: {advice.move_away(shown)}")
    if not owners.is_mine(status, path):
        _refuse(path, kind, _somebody_elses(status, path), _other_home())
    if private and owners.others_may_read(status):
        _refuse(path, kind, "is open to other users", _close(path, of_all=True))
    if owners.others_may_write(status, path):
        _refuse(path, kind, "can be changed by other users", _close(path))


def _check_above(path: bytes, status: os.stat_result) -> None:
    """See that nobody else can exchange what lies below a folder, or behind a link."""
    if not owners.is_of_somebody_trusted(status, path):
        what = f"A directory above difd's own {_somebody_elses(status, path)}"
        raise OwnFilesUnsafe(f"{what}.", path=path, hint=_other_home())
    if owners.others_may_exchange(status, path):
        what = "Other users can exchange what lies in a directory above difd's own"
        raise OwnFilesUnsafe(f"{what}.", path=path, hint=_close(path))


def _refuse(path: bytes, kind: str, problem: str, hint: str) -> NoReturn:
    raise OwnFilesUnsafe(f"This {kind} of difd's {problem}.", path=path, hint=hint)


def _close(path: bytes, *, of_all: bool = False) -> str:
    command = advice.keep_others_out(os.fsdecode(path), of_all=of_all)
    return f"If nobody else has changed anything there: {command}"


def _other_home() -> str:
    home = _status(Path(os.environ.get("HOME", "/")))
    if home is not None and owners.runs_as_root_for(home):
        return "Nothing in it was read. HOME is another user's; root has its own with: sudo -H"
    return f"Nothing in it was read. {advice.OTHER_FOLDERS}"


def _somebody_elses(status: os.stat_result, path: bytes) -> str:
    return f"belongs to another user ({owners.belongs_to(status, path)}), not to you"


def _without_link(path: bytes, kind: str) -> str:
    if kind == "directory":
        command = advice.remove_link(os.fsdecode(path))
        return f"difd makes a directory when the link is gone: {command}"
    return _apart(path)


def _apart(path: bytes | Path) -> str:
    return f"Put a copy in its place: {advice.replace_by_copy(os.fsdecode(path))}"
