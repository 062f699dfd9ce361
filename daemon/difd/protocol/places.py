"""Paths as people give them, made absolute, and where they lead, as the system understands them."""

from __future__ import annotations

import os
import time
from functools import lru_cache

from difd.protocol.errors import UsageError
from difd.system import paths


def absolute(path: bytes) -> bytes:
    """The path from the root, without a trailing slash; links stay unless `..` crosses them.

    `link/..` is the folder above the one that the link leads to, for the system and so for `ls`:
    taking the two parts away would name another one.

    Raises:
        UsageError: the path is relative, and the folder that we are in was removed.
    """
    try:
        if b".." in paths.parts(path):
            return os.path.realpath(path)
        full = os.path.abspath(path)
    except FileNotFoundError as error:
        raise UsageError(
            "The folder that you are in is not there any more.",
            path=path,
            hint="Go to another one, or give whole paths.",
        ) from error
    # POSIX keeps two leading slashes apart from one; no system that we run on does.
    return full[1:] if full.startswith(b"//") else full


def resolved(folder: bytes) -> bytes:
    """A folder, links resolved; asked once in a second, for there are many files of each."""
    return _resolved(folder, int(time.monotonic()))


@lru_cache(maxsize=4096)
def _resolved(folder: bytes, _second: int) -> bytes:
    return os.path.realpath(folder)
