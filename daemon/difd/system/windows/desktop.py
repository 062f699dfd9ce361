"""The desktop of Windows: what a double click does, and Explorer."""

from __future__ import annotations

import ctypes
import errno
import locale
import os
import string
import subprocess
import winreg
from collections.abc import Iterator
from ctypes import wintypes
from typing import Final

from difd.system.windows.kernel import declare, kernel32

_language: Final = declare(kernel32, "GetUserDefaultUILanguage", wintypes.WORD)
_drives: Final = declare(kernel32, "GetLogicalDrives", wintypes.DWORD)
_folder_of_windows: Final = declare(
    kernel32, "GetSystemWindowsDirectoryW", wintypes.UINT, wintypes.LPWSTR, wintypes.UINT
)


def language() -> str:
    """The code of the language that menus are in, such as `de`; empty if it is not known."""
    return locale.windows_locale.get(_language(), "")[:2]


def drives() -> Iterator[bytes]:
    """The drives that are there, as `C:` with a backslash."""
    there = _drives()
    for place, letter in enumerate(string.ascii_uppercase):
        if there >> place & 1:
            yield f"{letter}:\\".encode()


def opens(scheme: str) -> bool:
    """Whether something opens addresses that begin with this and a colon."""
    try:
        with winreg.OpenKey(
            winreg.HKEY_CURRENT_USER, rf"Software\Classes\{scheme}\shell\open\command"
        ):
            return True
    except OSError:
        return False


def open_file(path: bytes) -> None:
    """Show a file or folder in the program that Windows has for it.

    Args:
        path: absolute.

    Raises:
        OSError: it was not opened.
    """
    os.startfile(os.fsdecode(path))  # noqa: S606  what a double click does; the caller has looked at the name


def show_in_folder(path: bytes) -> None:
    """Show a file in Explorer, selected.

    Raises:
        OSError: it was not shown.
    """
    room = ctypes.create_unicode_buffer(wintypes.MAX_PATH)
    if not _folder_of_windows(room, wintypes.MAX_PATH):
        raise FileNotFoundError(errno.ENOENT, "Explorer is not there")
    explorer = os.path.join(room.value, "explorer.exe")
    # One word with quotes inside is what Explorer reads; no name can hold a quote.
    process = subprocess.Popen(f'"{explorer}" /select,"{os.fsdecode(path)}"')  # noqa: S603  Windows' own program
    # It tells nothing by its exit code, and is no child that we forgot.
    process.returncode = 0
