"""Counts how often the files of a folder are opened, by whomever: the kernel tells (inotify)."""

from __future__ import annotations

import ctypes
import os
import struct
from collections import Counter
from pathlib import Path
from typing import Self

_IN_OPEN = 0x20
_IN_ISDIR = 0x40000000
_EVENT = struct.Struct("iIII")


class Openings:
    """A count by file name, from when it is entered.

    Args:
        folder: its files count, and those of no folder in it.
    """

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        watch = libc.inotify_add_watch(self._descriptor, os.fsencode(folder), _IN_OPEN)
        assert self._descriptor >= 0
        assert watch >= 0, os.strerror(ctypes.get_errno())
        self._counts: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._descriptor)

    def counts(self) -> Counter[str]:
        """How often each file was opened until now."""
        while events := self._read():
            place = 0
            while place < len(events):
                _, mask, _, length = _EVENT.unpack_from(events, place)
                name = events[place + _EVENT.size :][:length].rstrip(b"\0")
                place += _EVENT.size + length
                if not mask & _IN_ISDIR:
                    self._counts[os.fsdecode(name)] += 1
        return self._counts

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, 1 << 16)
        except BlockingIOError:
            return b""
