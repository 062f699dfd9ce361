"""Explorer's plugin on a registry that behaves as Windows documents its own; wine has no Python."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from harness.menus import surroundings

from difshell.plugin import IntegrationRefused
from difshell.windows.explorer import CLASSES, Explorer, registry_table


class Registry(SimpleNamespace):
    """Keys by path, each with its values; the calls of `winreg` that matter."""

    HKEY_CURRENT_USER, REG_SZ = object(), 1

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

    def QueryValueEx(self, key, name):  # noqa: N802
        if name not in self.keys[key]:
            raise FileNotFoundError(name)
        return self.keys[key][name], self.REG_SZ

    def QueryInfoKey(self, key):  # noqa: N802
        return len(self._below(key)), len(self.keys[key]), 0

    def DeleteKey(self, _root, path):  # noqa: N802
        if path not in self.keys:
            raise FileNotFoundError(path)
        if self._below(path):
            raise PermissionError(path)
        del self.keys[path]

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


def test_verbs_of_others_stay(place):
    registry = Registry()
    theirs = rf"{CLASSES}\Directory\shell\theirs"
    registry.CreateKey(None, theirs)
    kept = rf"{CLASSES}\SystemFileAssociations\image"
    registry.SetValueEx(registry.CreateKey(None, kept).enter_result, "Treatment", 0, 1, "2")
    before = {key: dict(values) for key, values in registry.keys.items()}
    explorer = Explorer(place, registry)
    explorer.install()
    explorer.uninstall()
    assert registry.keys == before


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
