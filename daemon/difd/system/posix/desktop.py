"""Desktops by the programs that they start: `xdg-open` and `dbus-send`, on macOS `open`."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

import platformdirs

_SECONDS: Final = 10
_OPENER: Final = "open" if sys.platform == "darwin" else "xdg-open"


def language() -> str:
    """The code of the language that menus are in, such as `de`; empty: variables say it."""
    return ""


def drives() -> Iterator[bytes]:
    """What the desktop mounted for this user: drives, cards, cameras, phones."""
    user = Path.home().name
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    above = [Path("/media", user), Path("/run/media", user)]
    if runtime:
        above.append(Path(runtime, "gvfs"))
    for place in above:
        try:
            with os.scandir(os.fsencode(place)) as entries:
                yield from sorted(entry.path for entry in entries)
        except OSError:
            continue


def opens(scheme: str) -> bool:
    """Whether something on this desktop opens addresses that begin with this and a colon."""
    places = [platformdirs.user_data_dir(), *platformdirs.site_data_dir(multipath=True).split(":")]
    tables = (Path(place) / "applications" / "mimeinfo.cache" for place in places)
    return any(_handles(table, scheme) for table in tables)


def _handles(table: Path, scheme: str) -> bool:
    try:
        text = table.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(line.startswith(f"x-scheme-handler/{scheme}=") for line in text.splitlines())


def open_file(path: bytes) -> None:
    """Show a file or folder in the program that the desktop has for it; never through a shell.

    Args:
        path: absolute, so that it is never taken for an option.

    Raises:
        FileNotFoundError: nothing opens it; the message names what is missing.
        OSError: it was not opened.
    """
    _run([_opener(), path])


def show_in_folder(path: bytes) -> None:
    """Show a file in the file manager, selected where the file manager can do that.

    Raises:
        FileNotFoundError: nothing shows it; the message names what is missing.
        OSError: it was not shown.
    """
    if sys.platform == "darwin":
        _run([_opener(), "-R", path])
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


def _opener() -> str:
    found = shutil.which(_OPENER)
    if found is None:
        raise FileNotFoundError(errno.ENOENT, f"{_OPENER} is not installed")
    return found


def _succeeds(command: Sequence[str]) -> bool:
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
        raise OSError(errno.EIO, "it was not opened")
