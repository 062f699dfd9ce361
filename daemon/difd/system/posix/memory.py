"""Memory as the kernel counts it in /proc, and advice to it about mapped files."""

from __future__ import annotations

import mmap
import os
from contextlib import suppress
from pathlib import Path


def give_back() -> None:
    """Return freed memory to the system, where the C library can: it would be counted again."""
    with suppress(ImportError, AttributeError):
        import ctypes  # noqa: PLC0415  Python may be built without it

        ctypes.CDLL(None).malloc_trim(0)


def physical() -> int | None:
    """Bytes of memory that this machine has, None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def resident() -> int | None:
    """Resident bytes of this process, None where the system does not tell."""
    return _statm(1)


def resident_files() -> int | None:
    """Those of them that belong to mapped files, None where the system does not tell."""
    return _statm(2)


def forget_for_now(mapped: mmap.mmap) -> None:
    """Take a mapped file out of this process's memory, until it is read."""
    mapped.madvise(mmap.MADV_DONTNEED)


def _statm(field: int) -> int | None:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[field])
    except OSError:
        return None
    return pages * mmap.PAGESIZE
