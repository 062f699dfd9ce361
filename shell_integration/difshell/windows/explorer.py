r"""Explorer, the file manager of Windows: verbs in the registry, under `HKCU\Software\Classes`.

Explorer runs a verb once for each file that is selected. Those for several files say so to
`difctl open` (`--gather`), which makes one search of them. Beside the verbs stands what opens
addresses that begin with `difd:`, so that a page that ended has a way back.
"""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from difd.system import registry as system_registry
from difshell.menu import ENTRIES, Entry, Selection
from difshell.plugin import IntegrationRefused, Problem, State, command_problems
from difshell.surroundings import Surroundings

CLASSES: Final = r"Software\Classes"

OURS: Final = r"Software\difd"
"""A key of our own: which keys above the verbs were not there before."""

MADE: Final = "Made"
"""Its value, their names below `HKEY_CURRENT_USER`."""

_FOLDERS: Final = frozenset({Selection.FOLDER, Selection.FOLDERS})
_IMAGES: Final = frozenset({Selection.IMAGE, Selection.IMAGES})
_SEVERAL: Final = frozenset({Selection.FOLDERS, Selection.IMAGES})

_PLACES: Final = {
    r"Directory\shell": _FOLDERS,
    r"Drive\shell": _FOLDERS,
    r"Directory\Background\shell": frozenset({Selection.BACKGROUND}),
    r"SystemFileAssociations\image\shell": _IMAGES,
}
"""Where verbs stand, below `CLASSES`, and what they are shown on."""

_PREFIX: Final = "difd."

_SCHEME: Final = rf"{CLASSES}\difd"
"""Of addresses that begin with `difd:`; all in it is ours."""

_OPENS: Final = (rf"{_SCHEME}\shell", rf"{_SCHEME}\shell\open", rf"{_SCHEME}\shell\open\command")
"""The keys in it, from the top; the last one has the command."""

GATHER: Final = "--gather"

Table = Mapping[str, Mapping[str, str]]
"""Keys below `HKEY_CURRENT_USER`, each with its values by name; the default value's name is ""."""


def registry_table(surroundings: Surroundings) -> Table:
    """What has to be in the registry.

    Raises:
        IntegrationRefused: difctl is at a place that a verb cannot name.
    """
    table: dict[str, dict[str, str]] = {}
    for entry in ENTRIES:
        for place, kinds in _PLACES.items():
            shown_on = entry.selections & kinds
            if shown_on:
                several = bool(shown_on & _SEVERAL)
                key = rf"{CLASSES}\{place}\{_PREFIX}{entry.name}"
                table[key] = {
                    "": entry.label(surroundings.language),
                    # Of the others, more than 15 files get none.
                    "MultiSelectModel": "Player" if several else "Single",
                }
                line = _command_line(surroundings, entry, shown_on, several=several)
                table[rf"{key}\command"] = {"": line}
    table[_SCHEME] = {"": "URL:difd", "URL Protocol": ""}
    # Whatever an address holds, after the two dashes it is no option.
    review = subprocess.list2cmdline([*surroundings.command, "review", "--"])
    table[_OPENS[-1]] = {"": f'{review} "%1"'}
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
        self._registry = registry or system_registry.registry()

    def detect(self) -> str | None:
        """The version of Windows."""
        return platform.version()

    def install(self) -> None:
        """Write the keys; what other versions of ours wrote is taken away."""
        table = registry_table(self._surroundings)
        above = [rf"{CLASSES}\{key}" for place in _PLACES for key in _above(place)]
        missing = [key for key in dict.fromkeys(above) if not self._is_there(key)]
        self._write(OURS, MADE, [*self._made(), *missing], self._registry.REG_MULTI_SZ)
        self._remove_verbs()
        for key, values in table.items():
            for name, value in values.items():
                self._write(key, name, value, self._registry.REG_SZ)

    def uninstall(self) -> None:
        """Remove the keys, and those above them that we made, if nothing else is in them."""
        self._remove_verbs()
        for key in sorted(self._made(), key=len, reverse=True):
            self._delete_empty(key)
        self._delete(OURS)

    def status(self) -> State:
        """How the keys are."""
        wanted = registry_table(self._surroundings)
        there = {key for verb in self._verbs() for key in (verb, rf"{verb}\command")}
        there.update(key for key in (_SCHEME, _OPENS[-1]) if self._is_there(key))
        if not there:
            return "absent"
        found = {key: self._values(key) for key in there | set(wanted)}
        return "installed" if found == wanted else "outdated"

    def verify(self) -> tuple[Problem, ...]:
        """Whether the command is there."""
        return command_problems(self._surroundings.command)

    def _verbs(self) -> Iterator[str]:
        """The keys of ours that are there."""
        for place in _PLACES:
            shell = rf"{CLASSES}\{place}"
            for name in self._keys(shell):
                if name.startswith(_PREFIX):
                    yield rf"{shell}\{name}"

    def _remove_verbs(self) -> None:
        for verb in list(self._verbs()):
            for name in self._keys(verb):
                self._delete(rf"{verb}\{name}")
            self._delete(verb)
        for key in (*reversed(_OPENS), _SCHEME):
            self._delete_empty(key, values=True)

    def _made(self) -> list[str]:
        """The keys above the verbs that we made, as far as we wrote it down."""
        values: list[str] = (self._values(OURS) or {}).get(MADE, [])
        return values

    def _is_there(self, key: str) -> bool:
        return self._values(key) is not None

    def _keys(self, key: str) -> list[str]:
        registry = self._registry
        try:
            with registry.OpenKey(registry.HKEY_CURRENT_USER, key) as opened:
                count = registry.QueryInfoKey(opened)[0]
                return [registry.EnumKey(opened, number) for number in range(count)]
        except FileNotFoundError:
            return []

    def _values(self, key: str) -> dict[str, Any] | None:
        registry = self._registry
        try:
            with registry.OpenKey(registry.HKEY_CURRENT_USER, key) as opened:
                count = registry.QueryInfoKey(opened)[1]
                return dict(registry.EnumValue(opened, number)[:2] for number in range(count))
        except FileNotFoundError:
            return None

    def _write(self, key: str, name: str, value: str | list[str], kind: int) -> None:
        registry = self._registry
        with registry.CreateKey(registry.HKEY_CURRENT_USER, key) as opened:
            registry.SetValueEx(opened, name, 0, kind, value)

    def _delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self._registry.DeleteKey(self._registry.HKEY_CURRENT_USER, key)

    def _delete_empty(self, key: str, *, values: bool = False) -> None:
        """Remove a key in which there is no other; with its values only if those are ours."""
        if not self._keys(key) and (values or not self._values(key)):
            self._delete(key)


def _above(place: str) -> Iterator[str]:
    """A key and those that it is in, from the top."""
    names = place.split("\\")
    for count in range(1, len(names) + 1):
        yield "\\".join(names[:count])


def _command_line(
    surroundings: Surroundings, entry: Entry, shown_on: frozenset[Selection], *, several: bool
) -> str:
    if any("%" in word for word in surroundings.command):
        raise IntegrationRefused(
            "Explorer's menu cannot run a command with a per cent sign in its path.",
            hint="Install difd somewhere else.",
        )
    verb, *arguments = entry.arguments
    words = [*surroundings.command, verb, *([GATHER] if several else []), *arguments]
    line = subprocess.list2cmdline(words)
    if shown_on & _IMAGES:
        return f'{line} "%1"'
    # Of C:\ the backslash would take the quote with it; a folder's name with \. is the same folder.
    # On a background nothing is selected, and only %V is the folder.
    return rf'{line} "%V\."' if Selection.BACKGROUND in shown_on else rf'{line} "%1\."'
