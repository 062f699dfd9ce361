"""The desktop's menu of applications: an entry with an icon that opens the review page."""

from __future__ import annotations

import os
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
            data / "applications" / "difd.desktop": Content(entry),
            data / "icons" / "hicolor" / "scalable" / "apps" / "difd.svg": Content(
                filled("application_icon.template")
            ),
        }

    def detect(self) -> str | None:
        """The desktop that runs; they all read these entries."""
        return os.environ.get("XDG_CURRENT_DESKTOP") or None
