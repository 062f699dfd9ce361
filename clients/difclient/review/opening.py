"""Showing a file in the desktop's own programs: never through a shell, and only pictures."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Callable
from typing import Final

from difclient.language.catalogue import _
from difclient.remote import is_elsewhere
from difd.protocol.errors import UsageError
from difd.system import desktop

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
    _have(desktop.open_file, path)


def show_in_folder(path: bytes) -> None:
    """Show a file in the file manager, selected where the file manager can do that.

    Raises:
        UsageError: it is gone, or there is nothing to show it with.
    """
    _check(path)
    _have(desktop.show_in_folder, path)


def _check(path: bytes) -> None:
    if is_elsewhere():
        raise UsageError(_("The file is on another machine, and cannot be opened here."))
    if not os.path.exists(path):
        raise UsageError(_("The file is not there any more."), path=path)


def _have(show: Callable[[bytes], None], path: bytes) -> None:
    """Have the desktop show it.

    Raises:
        UsageError: it does not.
    """
    try:
        show(path)
    except FileNotFoundError as error:
        raise UsageError(_("It cannot be opened: xdg-open is not installed.")) from error
    except OSError as error:
        raise UsageError(_("The desktop could not open it.")) from error
