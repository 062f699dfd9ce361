"""Where wine, on which difd is tried, does otherwise than Windows: it has no Recycle Bin.

What would go there goes into the trash of the system that wine runs on.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import wintypes
from functools import cache
from urllib.parse import unquote_to_bytes

from difd.system.windows.kernel import kernel32


@cache
def trash() -> bytes | None:
    """The trash of the system that wine runs on; None on Windows itself."""
    if not hasattr(ctypes.WinDLL("ntdll"), "wine_get_version"):
        return None
    data = os.environ.get("XDG_DATA_HOME", "")
    if data.startswith("/"):
        return os.path.join(_windows_path(os.fsencode(data)), b"Trash")
    home = os.environ.get("WINEHOMEDIR", "").removeprefix("\\??\\")
    return os.path.join(os.fsencode(home), rb".local\share\Trash")


def path_in(note: bytes) -> bytes:
    """The path that a note in that trash has; empty if it is none.

    Args:
        note: what it holds.
    """
    for line in note.splitlines():
        if line.startswith(b"Path=/"):
            return _windows_path(unquote_to_bytes(line.removeprefix(b"Path=")))
    return b""


def _windows_path(path: bytes) -> bytes:
    convert = kernel32.wine_get_dos_file_name
    convert.restype, convert.argtypes = ctypes.c_void_p, (ctypes.c_char_p,)
    told = convert(path)
    if not told:
        return b""
    try:
        return os.fsencode(ctypes.wstring_at(told))
    finally:
        free, heap = kernel32.HeapFree, kernel32.GetProcessHeap
        heap.restype = wintypes.HANDLE
        free.argtypes = (wintypes.HANDLE, wintypes.DWORD, ctypes.c_void_p)
        free(heap(), 0, told)
