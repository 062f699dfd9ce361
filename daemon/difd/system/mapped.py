"""Files that this process has mapped: how much of them may stay in memory."""

from __future__ import annotations

import mmap
import os
import sys
import threading
import weakref
from typing import Final

from difd.system import memory

RESIDENT_BYTES: Final = 112 << 20
"""Mapped files may be resident up to about this size in all: 15,000 pictures at 50 pixels."""

_MAPPED: Final[weakref.WeakKeyDictionary[mmap.mmap, int]] = weakref.WeakKeyDictionary()
"""All of them, whoever looks into them, each with a descriptor of the file."""

_ADDING: Final = threading.Lock()
"""Held while files are added and listed, for records are written down in a thread of their own."""


def add(mapped: mmap.mmap, descriptor: int) -> None:
    """Look after a mapped file, as long as it is mapped; where too many are open, nobody does.

    Args:
        mapped: all of the file.
        descriptor: the file, open for reading; the caller closes it.
    """
    try:
        own = os.dup(descriptor)
    except OSError:
        return  # what it holds is there all the same, and takes memory
    weakref.finalize(mapped, os.close, own)
    with _ADDING:
        _MAPPED[mapped] = own


def everything() -> list[tuple[mmap.mmap, int]]:
    """What is mapped, each with a descriptor that is open as long as it is."""
    with _ADDING:
        return list(_MAPPED.items())


def release() -> None:
    """Take mapped files out of this process's memory, if they take much of it, until they are read.

    The system keeps them as long as it has room, and then needs no disk to give them back.
    """
    mapped = [own for own, _ in everything()]
    if sum(map(len, mapped)) > RESIDENT_BYTES and _resident() > RESIDENT_BYTES:
        for own in mapped:
            memory.forget_for_now(own)


def _resident() -> int:
    """Resident bytes of all mapped files; as many as can be where the system does not tell."""
    told = memory.resident_files()
    return sys.maxsize if told is None else told
