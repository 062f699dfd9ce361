"""Nautilus and Caja: one extension in Python, which both load through a package of their own."""

from __future__ import annotations

import glob
import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

from difshell.footprint import Content
from difshell.linux.command_line import filled
from difshell.linux.packages import installing, program_version
from difshell.menu import ENTRIES
from difshell.plugin import Problem
from difshell.written import WrittenMenu

_LIBRARIES: Final = ("/usr/lib", "/usr/lib64", "/usr/lib/*", "/usr/local/lib")


class PythonExtensionMenu(WrittenMenu):
    """A file manager that loads extensions written in Python."""

    namespace: ClassVar[str]
    loader: ClassVar[str]
    packages: ClassVar[Mapping[str, str]]

    def detect(self) -> str | None:
        """Its version."""
        return program_version(self.name)

    def uninstall(self) -> None:
        """Remove the extension, and what Python compiled of it."""
        self._footprint.remove("__pycache__/difd_menu.*.pyc")

    def verify(self) -> tuple[Problem, ...]:
        """Whether the file manager can load extensions in Python."""
        problems = super().verify()
        if not self.can_load():
            missing = f"{self.packages['apt']} is not installed; without it no entries are shown."
            problems += (Problem(missing, installing(self.packages)),)
        return problems

    def can_load(self) -> bool:
        """Whether its package for extensions in Python is there."""
        return any(
            glob.glob(f"{library}/{self.name}/extensions-*/{self.loader}") for library in _LIBRARIES
        )

    def files(self) -> Mapping[Path, Content]:
        """The extension; the file manager loads it when it starts the next time."""
        folder = self._surroundings.data / f"{self.name}-python" / "extensions"
        entries = [
            {
                "name": entry.name,
                "command": [*self._surroundings.command, *entry.arguments],
                "labels": dict(entry.labels),
                "selections": sorted(selection.name for selection in entry.selections),
            }
            for entry in ENTRIES
        ]
        text = filled(
            "python_extension.template",
            namespace=self.namespace,
            entries=json.dumps(entries, indent=4),
        )
        return {folder / "difd_menu.py": Content(text)}


class Nautilus(PythonExtensionMenu):
    """The file manager of GNOME."""

    name = "nautilus"
    namespace = "Nautilus"
    loader = "libnautilus-python.so"
    packages: ClassVar = {
        "apt": "python3-nautilus",
        "dnf": "nautilus-python",
        "pacman": "python-nautilus",
    }


class Caja(PythonExtensionMenu):
    """The file manager of MATE."""

    name = "caja"
    namespace = "Caja"
    loader = "libcaja-python.so"
    packages: ClassVar = {"apt": "python3-caja", "dnf": "python3-caja", "pacman": "python-caja"}
