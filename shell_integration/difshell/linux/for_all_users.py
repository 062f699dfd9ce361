"""The entries as a package of the system has them: in the folders of all users.

The files are those that each plugin writes for one user, so that a user's own can be told to be the
same. Thunar alone reads one file of actions, the user's or the system's, which is not ours: it gets
an entry below "Send to".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from difshell.footprint import Content
from difshell.linux.application import Application
from difshell.linux.command_line import command_line, filled, localized
from difshell.linux.dolphin import Dolphin
from difshell.linux.nemo import Nemo
from difshell.linux.pcmanfm import PCManFM
from difshell.linux.python_extension import Caja, Nautilus
from difshell.menu import ENTRIES, ICON, Selection
from difshell.surroundings import Surroundings

_PLUGINS: Final = (Nautilus, Nemo, Caja, PCManFM, Dolphin, Application)

_WRITTEN: Final = "Written by `difctl integrate install`; `difctl integrate uninstall` removes it."
_SHARED: Final = "A part of difd, for all users; it goes when the package difd is removed."

_FOLDERS: Final = "inode/directory;"
_IMAGES: Final = "".join(
    f"image/{kind};"
    for kind in (
        *("jpeg", "png", "gif", "webp", "tiff", "bmp", "heif", "heic", "avif", "jxl", "jp2"),
        *("x-tga", "x-portable-bitmap", "x-portable-graymap", "x-portable-pixmap"),
    )
)
"""One by one: "Send to" knows no `image/*`."""

_KINDS: Final = {
    Selection.FOLDER: _FOLDERS,
    Selection.FOLDERS: _FOLDERS,
    Selection.IMAGE: _IMAGES,
    Selection.IMAGES: _IMAGES,
}


def shared_files(command: tuple[str, ...], data: Path) -> dict[Path, str]:
    """The files of all file managers, and of the menu of applications.

    Args:
        command: what runs difctl.
        data: the folder of data of all users, such as `/usr/share`.

    Returns:
        What each file has in it. All of them belong to root; none is to be executable.
    """
    nowhere = Path("/nonexistent")
    place = Surroundings(
        command=command, home=nowhere, data=data, config=nowhere, records=nowhere, language="en"
    )
    files: dict[Path, Content] = {}
    for plugin in _PLUGINS:
        files |= plugin(place).files()
    files |= _send_to(place)
    return {path: content.text.replace(_WRITTEN, _SHARED) for path, content in files.items()}


def _send_to(place: Surroundings) -> Mapping[Path, Content]:
    """Thunar's entries below "Send to": those that are right for one picture and for many."""
    return {
        place.data / "Thunar" / "sendto" / f"difd-{entry.name}.desktop": Content(
            filled(
                "thunar_send_to.template",
                names=localized("Name", entry),
                command=command_line(place.command, entry),
                icon=ICON,
                kinds="".join(
                    dict.fromkeys(
                        kind for selection, kind in _KINDS.items() if selection in entry.selections
                    )
                ),
            )
        )
        for entry in ENTRIES
        if Selection.FOLDERS in entry.selections
    }
