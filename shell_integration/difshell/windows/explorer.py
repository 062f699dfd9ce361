r"""Explorer, the file manager of Windows: verbs in the registry, under `HKCU\Software\Classes`.

A verb runs once for each selected file, so nothing can be compared, and entries are on one folder
or image only. Never run on Windows; the table is imported by wine.
"""

from __future__ import annotations

import importlib
import platform
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from difshell.menu import ENTRIES, Entry, Selection
from difshell.plugin import IntegrationRefused, Problem, State, command_problems
from difshell.surroundings import Surroundings

CLASSES: Final = r"Software\Classes"

_PLACES: Final = {
    Selection.FOLDER: r"Directory\shell",
    Selection.BACKGROUND: r"Directory\Background\shell",
    Selection.IMAGE: r"SystemFileAssociations\image\shell",
}

Table = Mapping[str, Mapping[str, str]]
"""Keys below `HKEY_CURRENT_USER`, each with its values by name; the default value's name is ""."""


def registry_table(surroundings: Surroundings) -> Table:
    """What has to be in the registry.

    Raises:
        IntegrationRefused: difctl is at a place that a verb cannot name.
    """
    table: dict[str, dict[str, str]] = {}
    for entry in ENTRIES:
        for selection, place in _PLACES.items():
            if selection in entry.selections:
                key = rf"{CLASSES}\{place}\difd.{entry.name}"
                table[key] = {
                    "": entry.label(surroundings.language),
                    "MultiSelectModel": "Single",
                }
                table[rf"{key}\command"] = {"": _command_line(surroundings, entry, selection)}
    return table


class Explorer:
    """The verbs of the current user.

    Args:
        surroundings: what the entries run.
        registry: the module `winreg`, which only Windows has.
    """

    name = "explorer"

    def __init__(self, surroundings: Surroundings, registry: Any = None) -> None:  # noqa: ANN401
        self._surroundings = surroundings
        self._registry = registry or importlib.import_module("winreg")

    def detect(self) -> str | None:
        """The version of Windows."""
        return platform.version()

    def install(self) -> None:
        """Write the keys."""
        registry = self._registry
        for key, values in registry_table(self._surroundings).items():
            with registry.CreateKey(registry.HKEY_CURRENT_USER, key) as opened:
                for name, value in values.items():
                    registry.SetValueEx(opened, name, 0, registry.REG_SZ, value)

    def uninstall(self) -> None:
        """Remove the keys, and those above them that are empty without them."""
        keys = list(registry_table(self._surroundings))
        for key in reversed(keys):
            self._delete(key)
        for place in _PLACES.values():
            parts = place.split("\\")
            for count in range(len(parts), 0, -1):
                self._delete_empty("\\".join([CLASSES, *parts[:count]]))

    def status(self) -> State:
        """How the keys are."""
        wanted = registry_table(self._surroundings)
        found = {key: self._values(key, wanted[key]) for key in wanted}
        if all(values is None for values in found.values()):
            return "absent"
        return "installed" if found == wanted else "outdated"

    def verify(self) -> tuple[Problem, ...]:
        """Whether the command is there."""
        return command_problems(self._surroundings.command)

    def _values(self, key: str, names: Mapping[str, str]) -> dict[str, str] | None:
        registry = self._registry
        values = {}
        try:
            with registry.OpenKey(registry.HKEY_CURRENT_USER, key) as opened:
                for name in names:
                    with suppress(FileNotFoundError):
                        values[name] = registry.QueryValueEx(opened, name)[0]
        except FileNotFoundError:
            return None
        return values

    def _delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self._registry.DeleteKey(self._registry.HKEY_CURRENT_USER, key)

    def _delete_empty(self, key: str) -> None:
        registry = self._registry
        with suppress(FileNotFoundError):
            with registry.OpenKey(registry.HKEY_CURRENT_USER, key) as opened:
                keys, values, _ = registry.QueryInfoKey(opened)
            if keys == values == 0:
                self._delete(key)


def _command_line(surroundings: Surroundings, entry: Entry, selection: Selection) -> str:
    if any("%" in word for word in surroundings.command):
        raise IntegrationRefused(
            "Explorer's menu cannot run a command with a per cent sign in its path.",
            hint="Install difd somewhere else.",
        )
    words = subprocess.list2cmdline([*surroundings.command, *entry.arguments])
    # Of C:\ the backslash would take the quote with it; a folder's name with \. is the same folder.
    return f'{words} "%1"' if selection is Selection.IMAGE else rf'{words} "%V\."'
