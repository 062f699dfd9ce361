"""Paths as people give them, made absolute as the system itself understands them."""

from __future__ import annotations

import os

from difd.system import paths


def absolute(path: bytes) -> bytes:
    """The path from the root, without a trailing slash; links stay unless `..` crosses them.

    `link/..` is the folder above the one that the link leads to, for the system and so for `ls`:
    taking the two parts away would name another one.
    """
    if b".." in paths.parts(path):
        return os.path.realpath(path)
    full = os.path.abspath(path)
    # POSIX keeps two leading slashes apart from one; no system that we run on does.
    return full[1:] if full.startswith(b"//") else full
