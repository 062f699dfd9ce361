"""Paths as the daemon needs them: absolute bytes, checked where they can be."""

from __future__ import annotations

import os
from pathlib import Path

from difclient.remote import is_elsewhere
from difd.protocol.errors import InvalidOption, PathNotFound
from difd.protocol.places import absolute
from difd.system import paths


def absolute_path(path: str) -> bytes:
    """The path, absolute; of another machine it has to be given so.

    Raises:
        InvalidOption: it is empty, or a relative path on another machine.
    """
    _refuse_empty(path)
    given = os.fsencode(path)
    if not is_elsewhere():
        return absolute(given)
    if not os.path.isabs(given):
        raise InvalidOption("Paths on another machine have to be absolute.", path=given)
    # Where `..` leads, only that machine can tell.
    return given if b".." in paths.parts(given) else absolute(given)


def local_folder(path: str) -> Path:
    """A folder of this machine, wherever the daemon is.

    Raises:
        InvalidOption: the path is empty.
    """
    _refuse_empty(path)
    return Path(path)


def _refuse_empty(path: str) -> None:
    if not path:
        raise InvalidOption("An empty path was given: perhaps a variable of the shell is empty.")


def existing_path(path: str) -> bytes:
    """The same; a name that is not there is refused before any work, on this machine.

    Raises:
        PathNotFound: it is not there.
        InvalidOption: it is empty.
    """
    full = absolute_path(path)
    if not (is_elsewhere() or os.path.lexists(full)):
        raise PathNotFound("There is no such file or folder.", path=full)
    return full
