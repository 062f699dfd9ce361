"""Owners by uid, and rights by mode, group and access list."""

from __future__ import annotations

import grp
import os
import pwd
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LINKS_MAX: Final = 40
"""As many links as Linux follows on one way."""

_OTHERS: Final = 0o077
_ACCESS_LIST: Final = "system.posix_acl_access"
_UNMAPPED: Final = 65534
"""Owner, inside a user namespace, of what belongs to a user who has no number there."""


def is_mine(status: os.stat_result, path: bytes | None = None) -> bool:  # noqa: ARG001  Windows asks by the path
    """Whether a file or folder belongs to this user."""
    return status.st_uid == os.geteuid()


def could_have_made(status: os.stat_result) -> bool:
    """Whether this user may have made it: it is his, or he is root, who gives files away."""
    return os.geteuid() in {0, status.st_uid}


def is_of_somebody_trusted(status: os.stat_result, path: bytes) -> bool:  # noqa: ARG001  the same
    """Whether it belongs to this user or to who administers the machine."""
    return status.st_uid in {0, os.geteuid()} or _is_unmapped(status.st_uid)


def belongs_to(status: os.stat_result, path: bytes) -> str:  # noqa: ARG001  the same
    """Whose it is, in words."""
    try:
        return f"{pwd.getpwuid(status.st_uid).pw_name}, uid {status.st_uid}"
    except KeyError:
        return f"uid {status.st_uid}"


def others_may_read(status: os.stat_result) -> bool:
    """Whether anybody else may as much as look into it."""
    return bool(stat.S_IMODE(status.st_mode) & _OTHERS)


def others_may_write(status: os.stat_result, path: bytes | None = None) -> bool:
    """Whether anybody else may change what it holds."""
    if not status.st_mode & stat.S_IWGRP or status.st_mode & stat.S_IWOTH:
        return bool(status.st_mode & stat.S_IWOTH)
    return not _is_private_group(status.st_gid) or (path is not None and _has_access_list(path))


def everybody_may_write(status: os.stat_result) -> bool:
    """Whether any user of the machine may change what it holds."""
    return bool(status.st_mode & stat.S_IWOTH)


def others_may_exchange(status: os.stat_result, path: bytes) -> bool:
    """Whether anybody else can put something else in the place of what lies in a folder."""
    if not stat.S_ISDIR(status.st_mode) or status.st_mode & stat.S_ISVTX:
        return False
    roots = status.st_uid == 0 and status.st_gid == 0
    return bool(status.st_mode & stat.S_IWOTH) or (others_may_write(status, path) and not roots)


def is_read_only(folder: bytes) -> bool:
    """Whether a folder lies on a file system that nobody may write to now.

    Raises:
        OSError: it cannot be reached.
    """
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def my_number() -> int:
    """This user's number."""
    return os.getuid()


def only_owner_takes_away(file: os.stat_result, around: os.stat_result) -> bool:
    """Whether a folder lets only the owner take a file out of it, and that is somebody else."""
    user = os.geteuid()
    return bool(around.st_mode & stat.S_ISVTX) and user not in {0, file.st_uid, around.st_uid}


def runs_as_root_for(home: os.stat_result) -> bool:
    """Whether this is root, in the home of somebody else."""
    return os.geteuid() == 0 and home.st_uid != 0


def way(path: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    """All folders from the root to `path`, and the links on the way, as far as they are there."""
    here = b"/"
    yield here, os.lstat(here)
    ahead = path.split(b"/")[::-1]
    links = 0
    while ahead:
        name = ahead.pop()
        if name in {b"", b"."}:
            continue
        place = os.path.dirname(here) if name == b".." else os.path.join(here, name)
        try:
            status = os.lstat(place)
            target = os.readlink(place) if stat.S_ISLNK(status.st_mode) else None
        except OSError:
            return  # whoever opens what lies behind it is told why that cannot be
        yield place, status
        if target is None:
            here = place
            continue
        links += 1
        if links > _LINKS_MAX:
            return
        here = b"/" if target.startswith(b"/") else here
        ahead += target.split(b"/")[::-1]


def _has_access_list(path: bytes) -> bool:
    """Whether rights are given to more than owner, group and others.

    Then the bit of the group says that somebody may write, and not who.
    """
    if sys.platform != "linux":
        return False
    try:
        os.getxattr(path, _ACCESS_LIST, follow_symlinks=False)
    except OSError:
        return False
    return True


def _is_private_group(group: int) -> bool:
    """Whether a group is the user's alone, as where every user has one and umask is 002.

    Not root's: on some systems, administrators belong to it.
    """
    try:
        user, its = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    own = user.pw_uid != 0 and user.pw_gid == group and its.gr_name == user.pw_name
    return own and set(its.gr_mem) <= {user.pw_name}


def _is_unmapped(user: int) -> bool:
    """Whether a user, in a namespace of users, stands for root and all who have no number in it."""
    if user != _UNMAPPED:
        return False
    try:
        lines = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    except OSError:
        return False
    return sum(int(line.split()[2]) for line in lines) < (1 << 32) - 1
