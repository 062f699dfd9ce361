"""Owners by the security descriptor of a path.

What lies in a profile is for its user, the system and administrators, by the rights that Windows
gives to the profile and everything in it. So the owner is asked for, and rights are not.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from ctypes import wintypes
from typing import Any, Final

from difd.system.windows.kernel import (
    advapi32,
    close_handle,
    declare,
    failure,
    kernel32,
    this_process,
)

_FILE: Final = 1
_OWNER: Final = 1
"""SE_FILE_OBJECT and OWNER_SECURITY_INFORMATION."""

_QUERY: Final = 8
_USER: Final = 1
"""TOKEN_QUERY and TokenUser."""

_WELL_KNOWN: Final = (22, 26, 95)
"""WinLocalSystemSid, WinBuiltinAdministratorsSid, the installer's; each may own what is above."""

_PATH_MAX: Final = 32768
_READ_ONLY: Final = 0x0008_0000
"""FILE_READ_ONLY_VOLUME."""

_volume_path: Final = declare(
    kernel32,
    "GetVolumePathNameW",
    wintypes.BOOL,
    *(wintypes.LPCWSTR, wintypes.LPWSTR, wintypes.DWORD),
)
_about_volume: Final = declare(
    kernel32,
    "GetVolumeInformationW",
    wintypes.BOOL,
    *(wintypes.LPCWSTR, wintypes.LPWSTR, wintypes.DWORD, ctypes.c_void_p, ctypes.c_void_p),
    *(ctypes.POINTER(wintypes.DWORD), wintypes.LPWSTR, wintypes.DWORD),
)
_security: Final = declare(
    advapi32,
    "GetNamedSecurityInfoW",
    wintypes.DWORD,
    *(wintypes.LPCWSTR, ctypes.c_int, wintypes.DWORD),
    *(ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
    ctypes.POINTER(ctypes.c_void_p),
)
_same: Final = declare(advapi32, "EqualSid", wintypes.BOOL, ctypes.c_void_p, ctypes.c_void_p)
_is_well_known: Final = declare(
    advapi32, "IsWellKnownSid", wintypes.BOOL, ctypes.c_void_p, ctypes.c_int
)
_to_text: Final = declare(
    advapi32,
    "ConvertSidToStringSidW",
    wintypes.BOOL,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_void_p),
)
_free: Final = declare(kernel32, "LocalFree", ctypes.c_void_p, ctypes.c_void_p)
_open_token: Final = declare(
    advapi32,
    "OpenProcessToken",
    wintypes.BOOL,
    *(wintypes.HANDLE, wintypes.DWORD, ctypes.POINTER(wintypes.HANDLE)),
)
_about_token: Final = declare(
    advapi32,
    "GetTokenInformation",
    wintypes.BOOL,
    *(wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD),
    ctypes.POINTER(wintypes.DWORD),
)


def is_mine(_status: os.stat_result, path: bytes | None = None) -> bool:
    """Whether a file or folder belongs to this user, or to the administrators that he is one of.

    What is only known by its status is taken as his: its folder was asked for.
    """
    return path is None or _owner_is(path, (26,))


def could_have_made(_status: os.stat_result) -> bool:
    """Whether this user may have made it: a status does not tell, and its name has to."""
    return True


def is_of_somebody_trusted(_status: os.stat_result, path: bytes) -> bool:
    """Whether it belongs to this user or to who administers the machine.

    Of a folder above ours that does not tell its owner, nothing is known, and nothing said.
    """
    try:
        return _owner_is(path, _WELL_KNOWN) or _text_of_owner(path).startswith("S-1-5-80-")
    except OSError:
        return True


def belongs_to(_status: os.stat_result, path: bytes) -> str:
    """Whose it is, in words."""
    return _text_of_owner(path)


def others_may_read(_status: os.stat_result) -> bool:
    """Whether anybody else may as much as look into it: see the head of this module."""
    return False


def others_may_write(_status: os.stat_result, path: bytes | None = None) -> bool:  # noqa: ARG001  POSIX asks by it
    """Whether anybody else may change what it holds: see the head of this module."""
    return False


def everybody_may_write(_status: os.stat_result) -> bool:
    """Whether any user of the machine may change what it holds."""
    return False


def others_may_exchange(_status: os.stat_result, path: bytes) -> bool:  # noqa: ARG001  the same
    """Whether anybody else can put something else in the place of what lies in a folder."""
    return False


def is_read_only(folder: bytes) -> bool:
    """Whether a folder lies on a volume that nobody may write to now.

    Raises:
        OSError: it cannot be reached.
    """
    os.stat(folder)
    flags = wintypes.DWORD()
    room = ctypes.create_unicode_buffer(_PATH_MAX)
    if not _volume_path(os.fsdecode(folder), room, _PATH_MAX):
        raise failure(folder)
    if not _about_volume(room, None, 0, None, None, ctypes.byref(flags), None, 0):
        return False
    return bool(flags.value & _READ_ONLY)


def my_number() -> int:
    """This user's number: Windows has none."""
    return -1


def only_owner_takes_away(_file: os.stat_result, _around: os.stat_result) -> bool:
    """Whether a folder lets only the owner take a file out of it: Windows has no such folders."""
    return False


def runs_as_root_for(_home: os.stat_result) -> bool:
    """Whether this is root, in the home of somebody else: Windows has no such thing."""
    return False


def way(path: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    """All folders from the drive to `path`, as far as they are there, behind all links."""
    folders = [path]
    while (above := os.path.dirname(folders[-1])) != folders[-1]:
        folders.append(above)
    for place in reversed(folders):
        try:
            status = os.stat(place)
        except OSError:
            return
        yield place, status


def _owner_is(path: bytes, others: tuple[int, ...]) -> bool:
    owner, descriptor = _owner(path)
    try:
        return bool(_same(owner, _me())) or any(_is_well_known(owner, one) for one in others)
    finally:
        _free(descriptor)


def my_sid() -> str:
    """This user, as Windows writes him: `S-1-5-21-…`."""
    return _text(_me())


def _text_of_owner(path: bytes) -> str:
    owner, descriptor = _owner(path)
    try:
        return _text(owner)
    finally:
        _free(descriptor)


def _text(sid: ctypes.c_void_p) -> str:
    text = ctypes.c_void_p()
    if not _to_text(sid, ctypes.byref(text)):
        raise failure()
    try:
        return ctypes.wstring_at(text.value or 0)
    finally:
        _free(text)


def _owner(path: bytes) -> tuple[ctypes.c_void_p, ctypes.c_void_p]:
    owner, descriptor = ctypes.c_void_p(), ctypes.c_void_p()
    code = _security(
        os.fsdecode(path),
        *(_FILE, _OWNER, ctypes.byref(owner), None, None, None, ctypes.byref(descriptor)),
    )
    if code:
        raise ctypes.WinError(code)
    return owner, descriptor


def _me() -> Any:  # noqa: ANN401  a pointer
    """The SID of the user whose process this is."""
    if not _mine:
        token, size = wintypes.HANDLE(), wintypes.DWORD()
        if not _open_token(this_process(), _QUERY, ctypes.byref(token)):
            raise failure()
        try:
            _about_token(token, _USER, None, 0, ctypes.byref(size))
            room = ctypes.create_string_buffer(size.value)
            if not _about_token(token, _USER, room, size, ctypes.byref(size)):
                raise failure()
        finally:
            close_handle(token)
        _mine.append(room)
    return ctypes.c_void_p.from_buffer(_mine[0])


_mine: Final[list[ctypes.Array[ctypes.c_char]]] = []
"""TOKEN_USER, which begins with a pointer to the SID in it."""
