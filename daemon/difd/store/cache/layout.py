"""Where a cache lies: its folders and files, whose they are, and what they take on the disk."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from difd.protocol.endpoint import cache_directory
from difd.protocol.errors import OwnFilesUnsafe
from difd.protocol.ownership import check_folder
from difd.protocol.removal import (
    COMPILED_BY_1_0,
    OwnFolder,
    is_database,
    remove_cache,
    remove_named,
)

LIMIT: Final = 8 << 30
"""Most bytes of the cache on the disk: what a million pictures take at 50 pixels."""


def default_directory() -> Path:
    """Where this user's cache is: below XDG_CACHE_HOME; the number is that of its layout."""
    return cache_directory() / "tensors-2"


def remove_former(directory: Path) -> None:
    """Remove what version 1.0 kept beside this cache: nothing reads it any more."""
    former = directory.with_name("tensors-1")
    if directory.name != former.name and former.is_dir():
        with suppress(OSError, OwnFilesUnsafe):
            remove_named(directory.with_name("compiled"), COMPILED_BY_1_0)
            remove_cache(former)


def index_path(directory: Path) -> Path:
    """The index of a cache."""
    return directory / "index.sqlite"


def slab_folder(directory: Path) -> Path:
    """The slabs of a cache."""
    return directory / "slabs"


def check_cache(directory: Path) -> None:
    """See that the folders of a cache are ours, as far as they are there.

    Raises:
        OwnFilesUnsafe: one is not.
    """
    for folder in (directory, slab_folder(directory)):
        check_folder(folder)


def disk_bytes(directory: Path) -> int:
    """The size of a cache on the disk."""
    total = 0
    for folder in (directory, slab_folder(directory)):
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    total += 0 if entry.is_dir(follow_symlinks=False) else status.st_size
    return total


def remove_index(directory: Path) -> None:
    """Take a damaged index away; whoever has it open goes on with what is no longer there.

    One that does not even begin as an index may be somebody's file, and is only put aside.
    """
    path = index_path(directory)
    with OwnFolder(directory) as folder:
        if not folder.remove(path.name, is_database):
            path.rename(path.with_name(f"{path.name}.damaged-{time.time_ns()}"))
        folder.remove(path.name + "-journal")
