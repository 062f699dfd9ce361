"""Paths from `/`."""

from __future__ import annotations

from typing import Final

SLASH: Final = b"/"
"""What stands between two names."""


def is_absolute(path: bytes) -> bool:
    """Whether a path begins at the root."""
    return path.startswith(b"/")


def inside(folder: bytes) -> bytes:
    """What the path of everything in a folder begins with."""
    return folder.rstrip(b"/") + b"/"


def holds(folder: bytes, path: bytes) -> bool:
    """Whether a path is a folder's or lies in it; both without a slash at the end."""
    return path == folder or path.startswith(inside(folder))


def name(path: bytes) -> bytes:
    """The last name of a path; a quick `os.path.basename`."""
    return path[path.rfind(b"/") + 1 :]


def folder_of(path: bytes) -> bytes:
    """The folder that a file lies in; a quick `os.path.dirname` for absolute paths."""
    return path[: path.rfind(b"/")] or b"/"


def slashed(path: bytes) -> bytes:
    """The path with slashes between its names, as patterns have them; of the same length."""
    return path


def parts(path: bytes) -> list[bytes]:
    """The names in a path; the first is empty where it is absolute."""
    return path.split(b"/")


def steps(path: bytes) -> tuple[bytes, list[bytes]]:
    """The root of an absolute path, and the names from there on."""
    return b"/", [name for name in path.split(b"/") if name]


def reachable(path: bytes) -> bytes:
    """A path as every function of the system takes it."""
    return path


def below(folder: bytes, path: bytes) -> bytes:
    """The part of a path below a folder that holds it."""
    return path[len(inside(folder)) :]


def lies_below(folder: bytes, path: bytes) -> bool:
    """Whether a path lies in a folder, and is not the folder's own."""
    return path.startswith(inside(folder))


def labels(path: bytes) -> list[bytes]:
    """The names in an absolute path, each of which can be the name of a folder."""
    return path.strip(b"/").split(b"/")
