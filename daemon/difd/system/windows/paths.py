r"""Paths with drives, UNC shares and backslashes.

Bytes are UTF-8, as Python has them. Two names that differ in case only are the same to Windows,
and two to us, unless they are compared through `holds`. With `\\?\` in front Windows takes a path
as it is: longer than 260 characters, with names such as `CON`, with a dot at the end of a name.
Where a path needs that it gets it (`reachable`); `holds` and `below` do not see it.
"""

from __future__ import annotations

import ntpath
import os
import re
from typing import Final

SLASH: Final = b"\\"
"""What stands between two names."""

_VERBATIM: Final = "\\\\?\\"
_VERBATIM_SHARE: Final = "\\\\?\\UNC\\"
_DEVICE: Final = "\\\\.\\"

_SHORT: Final = 248
"""Characters, below which every function of Windows takes the path of a file or folder."""

_RESERVED: Final = re.compile(
    rb"(?:con|prn|aux|nul|(?:com|lpt)(?:[0-9]|\xc2[\xb9\xb2\xb3])|conin\$|conout\$) *(?:[.:].*)?",
    re.IGNORECASE | re.DOTALL,
)
"""Names that lead to a device, whatever follows their first dot; some have small raised numbers."""


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


def verbatim(path: str) -> str:
    r"""An absolute path with `\\?\` in front; another one as it is."""
    if path.startswith((_VERBATIM, _DEVICE)) or not is_absolute(os.fsencode(path)):
        return path
    # Behind it, `..` would be the name of a folder.
    whole = ntpath.normpath(path)
    if whole.startswith("\\\\"):
        return _VERBATIM_SHARE + whole[2:]
    return _VERBATIM + whole


def plain(path: bytes) -> bytes:
    r"""A path without `\\?\` in front."""
    share, other = _VERBATIM_SHARE.encode(), _VERBATIM.encode()
    if path[: len(share)].upper() == share:
        return b"\\\\" + path[len(share) :]
    return path.removeprefix(other)


def reachable(path: bytes) -> bytes:
    r"""A path as every function of Windows takes it: with `\\?\` in front where that is needed."""
    names = path.replace(b"/", b"\\").split(b"\\")
    if len(path) < _SHORT and not any(map(_is_odd, names)):
        return path
    return os.fsencode(verbatim(os.fsdecode(path)))


def below(folder: bytes, path: bytes) -> bytes:
    """The part of a path below a folder that holds it."""
    return plain(path)[len(inside(plain(folder))) :]


def lies_below(folder: bytes, path: bytes) -> bool:
    """Whether a path lies in a folder, and is not the folder's own."""
    one, other = _folded(folder), _folded(path)
    return other.startswith(inside(one)) and len(other) > len(inside(one))


def labels(path: bytes) -> list[bytes]:
    """The names in an absolute path, each of which can be the name of a folder; the drive first."""
    drive, rest = ntpath.splitdrive(plain(path).replace(b"/", b"\\"))
    first = [name.rstrip(b":") for name in drive.split(b"\\") if name]
    return [*first, *(name for name in rest.split(b"\\") if name)]


def _is_odd(name: bytes) -> bool:
    return name.endswith((b".", b" ")) or _RESERVED.fullmatch(name) is not None


def _folded(path: bytes) -> bytes:
    return os.fsencode(ntpath.normcase(os.fsdecode(plain(path))))
