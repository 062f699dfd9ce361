r"""Paths with drives, UNC shares and backslashes; `\\?\` in front is kept.

Bytes are UTF-8, as Python has them. Two names that differ in case only are the same to Windows,
and two to us, unless they are compared through `holds`.
"""

from __future__ import annotations

import ntpath
import os
from typing import Final

SLASH: Final = b"\\"
"""What stands between two names."""


def is_absolute(path: bytes) -> bool:
    """Whether a path begins at a drive or a share, whatever the current folder is."""
    drive, rest = ntpath.splitdrive(path)
    return bool(drive) and (rest[:1] in {b"\\", b"/"} or len(drive) > len(b"C:"))


def inside(folder: bytes) -> bytes:
    """What the path of everything in a folder begins with."""
    return folder.rstrip(b"\\/") + b"\\"


def holds(folder: bytes, path: bytes) -> bool:
    """Whether a path is a folder's or lies in it; both without a slash at the end."""
    one, other = _folded(folder), _folded(path)
    return one.rstrip(b"\\") == other.rstrip(b"\\") or other.startswith(inside(one))


def name(path: bytes) -> bytes:
    """The last name of a path."""
    return ntpath.basename(path)


def folder_of(path: bytes) -> bytes:
    """The folder that a file lies in."""
    return ntpath.dirname(path)


def slashed(path: bytes) -> bytes:
    """The path with slashes between its names, as patterns have them; of the same length."""
    return path.replace(b"\\", b"/")


def parts(path: bytes) -> list[bytes]:
    """The names in a path; the first is the drive where it is absolute."""
    drive, rest = ntpath.splitdrive(path.replace(b"/", b"\\"))
    first, *names = rest.split(b"\\")
    return [drive + first, *names]


def steps(path: bytes) -> tuple[bytes, list[bytes]]:
    """The root of an absolute path, and the names from there on."""
    drive, rest = ntpath.splitdrive(path.replace(b"/", b"\\"))
    return drive + b"\\", [name for name in rest.split(b"\\") if name]


def _folded(path: bytes) -> bytes:
    return os.fsencode(ntpath.normcase(os.fsdecode(path)))
