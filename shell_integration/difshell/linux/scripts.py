"""The scripts folders of Nautilus, Nemo and Caja: for where no better menu can be had.

Scripts are in a submenu, on files of any kind; difctl then says what it cannot search.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from difshell.footprint import Content
from difshell.linux.command_line import filled
from difshell.linux.packages import program_version
from difshell.linux.python_extension import Caja, Nautilus
from difshell.menu import ENTRIES, Selection
from difshell.plugin import Problem
from difshell.written import WrittenMenu

_HOSTS: Final = ("nautilus", "nemo", "caja")


class Scripts(WrittenMenu):
    """Scripts with our labels as names.

    Args:
        surroundings: where to write, and what the entries run.
    """

    name = "scripts"

    def detect(self) -> str | None:
        """The file managers that cannot have anything better, with their versions."""
        needing = [
            f"{plugin.name} {plugin.detect()}"
            for plugin in (Nautilus(self._surroundings), Caja(self._surroundings))
            if plugin.detect() is not None and not plugin.can_load()
        ]
        return ", ".join(needing) or None

    def verify(self) -> tuple[Problem, ...]:
        """Whether the command is there, and a file manager that has such a folder."""
        problems = super().verify()
        if not self.files():
            problems += (Problem("There is no file manager here that has a folder for scripts."),)
        return problems

    def files(self) -> Mapping[Path, Content]:
        """The scripts, for the file managers that are here."""
        folders = {
            "nautilus": self._surroundings.data / "nautilus" / "scripts",
            "nemo": self._surroundings.data / "nemo" / "scripts",
            "caja": self._surroundings.config / "caja" / "scripts",
        }
        return {
            folders[host] / entry.label(self._surroundings.language).replace("/", "-"): Content(
                filled(
                    "scripts.template",
                    host=host.upper(),
                    command=json.dumps([*self._surroundings.command, *entry.arguments]),
                    background=str(Selection.BACKGROUND in entry.selections),
                ),
                executable=True,
            )
            for host in _HOSTS
            if program_version(host) is not None
            for entry in ENTRIES
        }

    def _shared(self) -> None:
        """None of these programs looks for scripts that all users have."""
