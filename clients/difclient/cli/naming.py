"""Names of files as people read them: relative to what was searched, which is named once."""

from __future__ import annotations

import os
import sys
from typing import Final

import msgspec

from difclient.language.text import printable
from difclient.remote import is_elsewhere
from difd.protocol.jobs import JobInfo
from difd.system import paths

_SHOWN: Final = 3
"""Searched places that are named where they have no folder in common."""


class Names(msgspec.Struct, frozen=True):
    """How the files of a search are named.

    Attributes:
        base: the folder that names are relative to; None for absolute names.
        places: what was searched, in words.
        step: what a file is indented by under the one that it equals.
    """

    base: bytes | None
    places: str
    step: str = ""

    def of(self, path: bytes) -> str:
        """The name of a file; absolute if it lies outside."""
        if self.base is not None and path.startswith(inside := paths.inside(self.base)):
            return printable(path[len(inside) :])
        return printable(path)


def names_of(job: JobInfo) -> Names:
    """Names for a terminal, relative; for all else, which programs may read, absolute."""
    shown = sys.stdout.isatty()
    base = _common_folder(job) if shown else None
    return Names(base, _places(job, base), "  " if shown else "")


def _places(job: JobInfo, base: bytes | None) -> str:
    if base is not None:
        return printable(base)
    given = job.options.paths
    more = len(given) - _SHOWN
    return ", ".join(map(printable, given[:_SHOWN])) + (f" and {more:,} more" if more > 0 else "")


def _common_folder(job: JobInfo) -> bytes | None:
    """The deepest folder that holds all that was searched; None if that is the root."""
    given = (*job.options.paths, *job.options.reference)
    # What is no folder may be gone, or on another machine: its files are outside then.
    folders = [path if is_elsewhere() or os.path.isdir(path) else _parent(path) for path in given]
    try:
        common = os.path.commonpath(folders)
    except ValueError:
        return None
    return None if common == _parent(common) else common


def _parent(path: bytes) -> bytes:
    return os.path.dirname(path)
