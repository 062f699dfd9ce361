"""Showing a file in the desktop's own programs: never through a shell, and only pictures."""

from __future__ import annotations

import mimetypes
import os
import shutil
import subprocess
from typing import Final
from urllib.parse import quote

from difclient.language.catalogue import _
from difclient.remote import is_elsewhere
from difd.protocol.errors import UsageError
from difd.system import facts

_SECONDS: Final = 10

_MORE_PICTURES: Final = (b".heic", b".heif", b".avif", b".jxl", b".webp", b".jp2", b".dng")
"""Extensions of pictures that not every system's table of types has."""


def open_in_viewer(path: bytes) -> None:
    """Open a picture as the desktop would.

    Raises:
        UsageError: it is gone, is called like something else than a picture (which the desktop
            might run), or there is nothing to open it with.
    """
    _check(path)
    kind = mimetypes.guess_type(os.fsdecode(path))[0] or ""
    if not kind.startswith("image/") and not path.lower().endswith(_MORE_PICTURES):
        raise UsageError(
            _("Its name is not that of a picture; show it in its folder instead."), path=path
        )
    _run([_opener(), path])


def show_in_folder(path: bytes) -> None:
    """Show a file in the file manager, selected where the file manager can do that.

    Raises:
        UsageError: it is gone, or there is nothing to show it with.
    """
    _check(path)
    if facts.MACOS:
        _run(["open", "-R", path])
        return
    # dbus-send takes a comma for the end of an element.
    address = "file://" + quote(path)
    sender = shutil.which("dbus-send")
    if sender is not None:
        message = (
            sender,
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.FileManager1",
            "/org/freedesktop/FileManager1",
            "org.freedesktop.FileManager1.ShowItems",
            f"array:string:{address}",
            "string:",
        )
        if _succeeds(message):
            return
    _run([_opener(), os.path.dirname(path)])


def _check(path: bytes) -> None:
    if is_elsewhere():
        raise UsageError(_("The file is on another machine, and cannot be opened here."))
    if not os.path.exists(path):
        raise UsageError(_("The file is not there any more."), path=path)


def _opener() -> str:
    found = shutil.which("open" if facts.MACOS else "xdg-open")
    if found is None:
        raise UsageError(_("It cannot be opened: xdg-open is not installed."))
    return found


def _succeeds(command: tuple[str, ...]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603  arguments as a list, the path quoted
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _run(command: list[str | bytes]) -> None:
    """Start a program that outlives us; an absolute path is never taken for an option."""
    process = subprocess.Popen(  # noqa: S603  arguments as a list
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        failed = process.wait(1) != 0
    except subprocess.TimeoutExpired:
        process.returncode = 0  # a viewer may run for hours, and is no child that we forgot
        return
    if failed:
        raise UsageError(_("The desktop could not open it."))
