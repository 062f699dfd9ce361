"""Explorer's plugin on a registry that behaves as Windows documents its own; wine has no Python."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from harness.menus import surroundings

from difshell.menu import ENTRIES, Selection
from difshell.plugin import IntegrationRefused
from difshell.windows.explorer import CLASSES, Explorer, registry_table


class Registry(SimpleNamespace):
    """Keys by path, each with its values; the calls of `winreg` that matter."""

    HKEY_CURRENT_USER, REG_SZ, REG_MULTI_SZ = object(), 1, 7

    def __init__(self) -> None:
        super().__init__(keys={})

    def CreateKey(self, _root, path):  # noqa: N802  as winreg has it
        parts = path.split("\\")
        for count in range(1, len(parts) + 1):
            self.keys.setdefault("\\".join(parts[:count]), {})
        return nullcontext(path)

    def OpenKey(self, _root, path):  # noqa: N802
        if path not in self.keys:
            raise FileNotFoundError(path)
        return nullcontext(path)

    def SetValueEx(self, key, name, _reserved, _kind, value):  # noqa: N802
        self.keys[key][name] = value

    def QueryInfoKey(self, key):  # noqa: N802
        return len(self._names(key)), len(self.keys[key]), 0

    def EnumKey(self, key, number):  # noqa: N802
        return self._names(key)[number]

    def EnumValue(self, key, number):  # noqa: N802
        name = list(self.keys[key])[number]
        return name, self.keys[key][name], self.REG_SZ

    def DeleteKey(self, _root, path):  # noqa: N802
        if path not in self.keys:
            raise FileNotFoundError(path)
        if self._below(path):
            raise PermissionError(path)
        del self.keys[path]

    def _names(self, key):
        return sorted({path[len(key) + 1 :].split("\\")[0] for path in self._below(key)})

    def _below(self, key):
        return [path for path in self.keys if path.startswith(key + "\\")]


@pytest.fixture
def place(tmp_path):
    return surroundings(tmp_path, command=r"C:\Program Files\difd\difctl.exe")


def test_verbs_are_installed_once_and_removed_without_a_trace(place):
    registry = Registry()
    registry.CreateKey(None, CLASSES)
    before = {key: dict(values) for key, values in registry.keys.items()}
    explorer = Explorer(place, registry)
    assert explorer.status() == "absent"
    explorer.install()
    once = {key: dict(values) for key, values in registry.keys.items()}
    explorer.install()
    assert registry.keys == once
    assert explorer.status() == "installed"
    assert {key: once[key] for key in registry_table(place)} == registry_table(place)
    explorer.uninstall()
    explorer.uninstall()
    assert registry.keys == before


def test_verbs_and_keys_of_others_stay_also_empty_ones(place):
    registry = Registry()
    registry.CreateKey(None, rf"{CLASSES}\Directory\shell\theirs")
    registry.CreateKey(None, rf"{CLASSES}\Drive\shell")
    kept = rf"{CLASSES}\SystemFileAssociations\image"
    registry.SetValueEx(registry.CreateKey(None, kept).enter_result, "Treatment", 0, 1, "2")
    before = {key: dict(values) for key, values in registry.keys.items()}
    explorer = Explorer(place, registry)
    explorer.install()
    explorer.uninstall()
    assert registry.keys == before


def test_verbs_of_another_version_are_outdated_and_go(place):
    registry = Registry()
    registry.CreateKey(None, CLASSES)
    before = {key: dict(values) for key, values in registry.keys.items()}
    explorer = Explorer(place, registry)
    explorer.install()
    once = {key: dict(values) for key, values in registry.keys.items()}
    registry.CreateKey(None, rf"{CLASSES}\Directory\shell\difd.former\command")
    assert explorer.status() == "outdated"
    explorer.install()
    assert registry.keys == once
    registry.CreateKey(None, rf"{CLASSES}\Directory\shell\difd.former\command")
    explorer.uninstall()
    assert registry.keys == before


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_what_takes_several_files_says_that_others_may_be_started(entry, place):
    table = registry_table(place)
    for key, values in table.items():
        if key.endswith(f"difd.{entry.name}"):
            several = values["MultiSelectModel"] == "Player"
            assert several == ("--gather" in table[rf"{key}\command"][""])
            kinds = {Selection.IMAGES} if "image" in key else {Selection.FOLDERS}
            assert several == ("Background" not in key and bool(kinds & entry.selections))


def test_a_moved_difctl_is_noticed(place, tmp_path):
    registry = Registry()
    Explorer(place, registry).install()
    moved = Explorer(surroundings(tmp_path, command=r"D:\difctl.exe"), registry)
    assert moved.status() == "outdated"
    moved.install()
    assert moved.status() == "installed"


def test_a_command_that_windows_would_change_is_refused(tmp_path):
    with pytest.raises(IntegrationRefused, match="per cent"):
        registry_table(surroundings(tmp_path, command=r"C:\100%\difctl.exe"))
