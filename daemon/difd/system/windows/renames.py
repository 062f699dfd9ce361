"""Windows overwrites nothing in a rename unless it is told to, and exchanges no names."""

from __future__ import annotations

import os

from difd.system.windows import handles
from difd.system.windows.files import place_of


def rename_if_free(source: bytes, target: bytes, folder: int | None, to: int | None) -> bool:
    """Rename a file to a name that is free.

    Returns:
        Whether it was done.

    Raises:
        FileExistsError: the name is taken.
        OSError: it could not be done; with `EXDEV` it would be another volume.
    """
    handles.patient(os.rename, place_of(source, folder), place_of(target, to))
    return True


def exchange(_one: bytes, _other: bytes, _folder: int) -> bool:
    """Give each of two files the other's name: there is no such step."""
    return False
