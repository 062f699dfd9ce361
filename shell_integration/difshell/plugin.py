"""What a file manager's plugin is, and where plugins are found.

Ours are named here, so that they work from a source tree, too; others come from the entry points of
installed distributions. A third party adds a file manager without a line changed in difd.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final, Literal, Protocol

from difd.system import facts
from difshell.surroundings import Surroundings

GROUP: Final = "difd.file_managers"
"""The group of entry points; each names a callable that takes `Surroundings`."""

State = Literal["absent", "installed", "shared", "outdated", "changed"]
"""Of our entries: not there; as we would write them; not written for this user, since a package of
the system has them for all; ours, but of another difd or place of it; or changed by somebody else,
and then left alone."""


class IntegrationRefused(Exception):
    """A menu cannot be installed or removed.

    Args:
        message: one sentence that says why.
        path: the file or folder concerned.
        hint: what to do about it.
    """

    def __init__(self, message: str, *, path: Path | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.path, self.hint = message, path, hint


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a menu that is installed is not shown, or does nothing.

    Attributes:
        what: one sentence.
        fix: the command that helps, if one does.
    """

    what: str
    fix: str | None = None


class FileManager(Protocol):
    """One file manager's menu. Everything may be done twice, and is then as done once."""

    name: str
    """What users call it by: `difctl integrate install NAME`."""

    def detect(self) -> str | None:
        """Its version, None if it is not on this machine; `?` if it does not tell."""

    def install(self) -> None:
        """Put the entries into its menu, or bring them up to date; none is there twice afterwards.

        Raises:
            IntegrationRefused: something of somebody else is in the way; nothing was changed.
            OSError: a file cannot be written.
        """

    def uninstall(self) -> None:
        """Take everything away that `install` wrote.

        Raises:
            IntegrationRefused: somebody changed it.
            OSError: a file cannot be removed.
        """

    def status(self) -> State:
        """How the entries are."""

    def verify(self) -> tuple[Problem, ...]:
        """What keeps entries that are installed from being shown or from working."""


_OURS: Final = {
    "linux": (
        "difshell.linux.python_extension:Nautilus",
        "difshell.linux.nemo:Nemo",
        "difshell.linux.python_extension:Caja",
        "difshell.linux.thunar:Thunar",
        "difshell.linux.pcmanfm:PCManFM",
        "difshell.linux.dolphin:Dolphin",
        "difshell.linux.scripts:Scripts",
        "difshell.linux.application:Application",
    ),
    "win32": ("difshell.windows.explorer:Explorer",),
    "darwin": ("difshell.macos.finder:Finder",),
}


@dataclass(frozen=True, slots=True)
class Registry:
    """All plugins for this system.

    Attributes:
        plugins: by name; ours first, and of one name the first counts.
        broken: why a plugin of a third party cannot be loaded, by the name of its entry point.
    """

    plugins: Mapping[str, FileManager]
    broken: Mapping[str, str]


def file_managers(surroundings: Surroundings) -> Registry:
    """The plugins, made for these surroundings."""
    found: dict[str, FileManager] = {}
    broken: dict[str, str] = {}
    for place in _OURS.get(facts.NAME, ()):
        module, name = place.split(":")
        plugin: FileManager = getattr(importlib.import_module(module), name)(surroundings)
        found[plugin.name] = plugin
    for point in entry_points(group=GROUP):
        try:
            plugin = point.load()(surroundings)
        except Exception as error:  # noqa: BLE001  somebody else's code may raise anything
            broken[point.name] = f"{point.value} cannot be loaded: {error!r}"
        else:
            found.setdefault(plugin.name, plugin)
    return Registry(found, broken)


def command_problems(command: Iterable[str]) -> tuple[Problem, ...]:
    """What keeps the command of the entries from running."""
    program = next(iter(command))
    if os.access(program, os.X_OK):
        return ()
    return (Problem(f"The program {program} is not there.", "difctl integrate install"),)
