"""Streams of NTFS, which hang on a file by names of their own; and that it is hidden.

They stand where Linux has extended attributes. Under wine, which has no streams, only the latter
was run.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from ctypes import wintypes
from typing import Final

from difd.system.windows import handles, paths
from difd.system.windows.kernel import INVALID_HANDLE, declare, failure, kernel32

NOT_KEPT: Final = {errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOENT}
"""What giving a stream fails with where the file system has none: such names are wrong there."""

_FLAGS: Final = ":attributes"
"""Stands for those below; no stream can have such a name."""

_KEPT_FLAGS: Final = stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM

_SETTABLE: Final = (
    _KEPT_FLAGS
    | stat.FILE_ATTRIBUTE_READONLY
    | stat.FILE_ATTRIBUTE_ARCHIVE
    | stat.FILE_ATTRIBUTE_NOT_CONTENT_INDEXED
)
"""What SetFileAttributesW sets; what is not among its flags goes."""

_WORTHLESS: Final = frozenset({"Zone.Identifier", "SmartScreen", "encryptable"})
"""What Windows and browsers write into any file: where it was downloaded, if it is safe."""

_CONTENT: Final = "::$DATA"
"""The stream that is the file's content."""

_LARGEST: Final = 1 << 20
"""Bytes of a stream that are compared and copied."""

_NONE: Final = {1, 38, 50, 87, 120}
"""How FindFirstStreamW says that there are none, or none on this file system, or none in wine."""

_END: Final = 38
"""ERROR_HANDLE_EOF."""


class _Stream(ctypes.Structure):
    """WIN32_FIND_STREAM_DATA."""

    _fields_ = (("size", ctypes.c_int64), ("name", wintypes.WCHAR * 296))


_first: Final = declare(
    kernel32,
    "FindFirstStreamW",
    wintypes.HANDLE,
    *(wintypes.LPCWSTR, ctypes.c_int, ctypes.POINTER(_Stream), wintypes.DWORD),
)
_next: Final = declare(
    kernel32, "FindNextStreamW", wintypes.BOOL, wintypes.HANDLE, ctypes.POINTER(_Stream)
)
_close: Final = declare(kernel32, "FindClose", wintypes.BOOL, wintypes.HANDLE)
_set_flags: Final = declare(
    kernel32, "SetFileAttributesW", wintypes.BOOL, wintypes.LPCWSTR, wintypes.DWORD
)


def is_of_people(name: str) -> bool:
    """Whether a stream is of value to whoever owns the file."""
    return name != _FLAGS and name not in _WORTHLESS


def names(file: int | bytes) -> list[str]:
    """The names of what hangs on a file.

    Args:
        file: an open descriptor, or a path.

    Raises:
        OSError: they cannot be read.
    """
    place = _place(file)
    found = [_FLAGS] if os.lstat(place).st_file_attributes & _KEPT_FLAGS else []
    told = _Stream()
    search = _first(place, 0, ctypes.byref(told), 0)
    if search == INVALID_HANDLE:
        error = failure()
        if error.winerror in _NONE:
            return found
        raise error
    try:
        while True:
            if told.name != _CONTENT:
                # `:name:$DATA`
                found.append(told.name.split(":")[1])
            if not _next(search, ctypes.byref(told)):
                error = failure()
                if error.winerror == _END:
                    return found
                raise error
    finally:
        _close(search)


def value(file: int | bytes, name: str) -> bytes:
    """What a stream holds.

    Raises:
        OSError: it cannot be read, or went meanwhile; with `EFBIG` it holds too much.
    """
    place = _place(file)
    if name == _FLAGS:
        return b"%d" % (os.lstat(place).st_file_attributes & _KEPT_FLAGS)
    with open(f"{place}:{name}", "rb") as stream:
        held = stream.read(_LARGEST + 1)
    if len(held) > _LARGEST:
        raise OSError(errno.EFBIG, f"what hangs on it as {name!r} is larger than 1 MiB")
    return held


def give(descriptor: int, name: bytes, holding: bytes) -> None:
    """Hang a stream on an open file.

    Raises:
        OSError: it could not be done; with one of `NOT_KEPT`, as nothing of the kind is kept here.
    """
    place = handles.path_of(descriptor)
    if os.fsdecode(name) == _FLAGS:
        wanted = os.fstat(descriptor).st_file_attributes & _SETTABLE | (int(holding) & _KEPT_FLAGS)
        if not _set_flags(place, wanted):
            raise failure()
        return
    with open(f"{place}:{os.fsdecode(name)}", "wb") as stream:
        stream.write(holding)


def _place(file: int | bytes) -> str:
    if isinstance(file, int):
        return handles.path_of(file)
    return paths.verbatim(os.fsdecode(file))
