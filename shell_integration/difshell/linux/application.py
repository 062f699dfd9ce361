"""The desktop's menu of applications: an entry with an icon that opens the review page.

It is also what opens addresses that begin with `difd:`, so that a page that ended has a way back.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from difshell.footprint import Content
from difshell.linux.command_line import filled, quoted_words
from difshell.written import WrittenMenu

_NAMES: Final = {
    "": "Find duplicate pictures",
    "[de]": "Doppelte Bilder finden",
    "[fr]": "Trouver les images en double",
    "[es]": "Buscar imágenes duplicadas",
}

_TABLE: Final = "mimeinfo.cache"
"""What opens what, in a folder of entries; made from these by a tool of the desktop."""

_HEAD: Final = "[MIME Cache]"

_ENTRY: Final = "difd.desktop"

_SECONDS: Final = 10


class Application(WrittenMenu):
    """The entry in `~/.local/share/applications`, and its icon."""

    name = "applications"

    def files(self) -> Mapping[Path, Content]:
        """The entry and the icon."""
        data = self._surroundings.data
        command = [*self._surroundings.command, "review"]
        names = "\n".join(f"Name{tag}={label}" for tag, label in _NAMES.items())
        entry = filled("application.template", names=names, command=quoted_words(command))
        return {
            data / "applications" / _ENTRY: Content(entry),
            data / "icons" / "hicolor" / "scalable" / "apps" / "difd.svg": Content(
                filled("application_icon.template")
            ),
        }

    def detect(self) -> str | None:
        """The desktop that runs; they all read these entries."""
        return os.environ.get("XDG_CURRENT_DESKTOP") or None

    def install(self) -> None:
        """Write the files, and have the desktop know what addresses are ours."""
        super().install()
        if self.status() == "installed":
            _tabulate(self._surroundings.data / "applications")

    def uninstall(self) -> None:
        """Remove the files, and the table if nothing else is in it."""
        folder = self._surroundings.data / "applications"
        # Otherwise it would keep the folder, which may be there because of us.
        _remove_if_ours(folder / _TABLE)
        try:
            super().uninstall()
        finally:
            if (folder / _TABLE).exists() or (folder / _ENTRY).exists():
                _tabulate(folder)


def _remove_if_ours(table: Path) -> None:
    """Remove a table in which nothing is opened by anybody but us."""
    try:
        lines = table.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    if all(line in {"", _HEAD} or line.endswith(f"={_ENTRY};") for line in lines):
        table.unlink()


def _tabulate(folder: Path) -> None:
    """Make the table of a folder's entries anew; without the tool for it, `difd:` opens nothing."""
    tool = shutil.which("update-desktop-database")
    if tool is None or not folder.is_dir():
        return
    try:
        subprocess.run(  # noqa: S603  arguments as a list
            [tool, "-q", folder],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return
