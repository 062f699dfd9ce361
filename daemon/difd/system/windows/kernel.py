"""Functions of Windows that Python does not offer, declared for ctypes, and how they fail."""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from typing import Any, Final

kernel32: Final = ctypes.WinDLL("kernel32", use_last_error=True)
advapi32: Final = ctypes.WinDLL("advapi32", use_last_error=True)

INVALID_HANDLE: Final = wintypes.HANDLE(-1).value


class Overlapped(ctypes.Structure):
    """OVERLAPPED: a place in a file."""

    _fields_ = (
        ("internal", ctypes.c_void_p),
        ("internal_high", ctypes.c_void_p),
        ("offset", wintypes.DWORD),
        ("offset_high", wintypes.DWORD),
        ("event", wintypes.HANDLE),
    )


def declare(library: ctypes.WinDLL, name: str, result: Any, *arguments: Any) -> Any:  # noqa: ANN401
    """A function of a library, with the types of its arguments."""
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


def failure(path: bytes | None = None) -> OSError:
    """Why the last call failed, as Python says it."""
    code = ctypes.get_last_error()
    return ctypes.WinError(code) if path is None else _named(code, path)


def _named(code: int, path: bytes) -> OSError:
    error = ctypes.WinError(code)
    error.filename = path
    return error


close_handle: Final = declare(kernel32, "CloseHandle", wintypes.BOOL, wintypes.HANDLE)
this_process: Final = declare(kernel32, "GetCurrentProcess", wintypes.HANDLE)
