"""Memory as the kernel of Windows counts it; it takes mapped files out of it by itself."""

from __future__ import annotations

import ctypes
import mmap
from ctypes import wintypes
from typing import Final

from difd.system.windows.kernel import declare, kernel32, this_process


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("faults", wintypes.DWORD),
        ("peak_working_set", ctypes.c_size_t),
        ("working_set", ctypes.c_size_t),
        ("pools", ctypes.c_size_t * 4),
        ("page_file", ctypes.c_size_t),
        ("peak_page_file", ctypes.c_size_t),
    )


class _Memory(ctypes.Structure):
    """MEMORYSTATUSEX."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("load", wintypes.DWORD),
        ("physical", ctypes.c_uint64),
        ("free_physical", ctypes.c_uint64),
        ("rest", ctypes.c_uint64 * 5),
    )


_memory_here: Final = declare(
    kernel32, "GlobalMemoryStatusEx", wintypes.BOOL, ctypes.POINTER(_Memory)
)
_memory_of: Final = declare(
    kernel32,
    "K32GetProcessMemoryInfo",
    wintypes.BOOL,
    *(wintypes.HANDLE, ctypes.POINTER(_Counters), wintypes.DWORD),
)


def give_back() -> None:
    """Return freed memory to the system: the heap of Windows does that in its own time."""


def physical() -> int | None:
    """Bytes of memory that this machine has, None where the system does not tell."""
    told = _Memory(size=ctypes.sizeof(_Memory))
    return int(told.physical) if _memory_here(ctypes.byref(told)) else None


def resident() -> int | None:
    """Bytes of this process that are in memory."""
    counters = _Counters(size=ctypes.sizeof(_Counters))
    if not _memory_of(this_process(), ctypes.byref(counters), counters.size):
        return None
    return int(counters.working_set)


def resident_files() -> int | None:
    """Those of them that belong to mapped files: not told."""
    return None


def forget_for_now(mapped: mmap.mmap) -> None:
    """Take a mapped file out of this process's memory: Windows does it when it needs room."""
