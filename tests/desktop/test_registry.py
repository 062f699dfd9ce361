"""Explorer's verbs: wine imports the table, gives every value back, and removes all of it."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from harness.menus import surroundings

from difshell.windows.explorer import CLASSES, Table, registry_table

COMMAND = r"C:\Program Files\Ada's (difd) & more\difctl.exe"


class Wine:
    """A Windows of a test's own, without a screen."""

    def __init__(self, folder: Path) -> None:
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "WINEPREFIX": str(folder / "prefix"),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
        }
        self._folder = folder
        self.run("wineboot", "--init")

    def run(self, *command: str, code: int | None = 0) -> str:
        """Run a program; what it prints."""
        done = subprocess.run(
            command, env=self._environment, capture_output=True, check=False, timeout=200
        )
        assert code is None or done.returncode == code, done
        return done.stdout.decode(errors="replace")

    def import_file(self, content: bytes) -> None:
        """What a double click on a `.reg` file does."""
        path = self._folder / "menu.reg"
        path.write_bytes(content)
        self.run("wine", "reg", "import", str(path))

    def keys(self) -> set[str]:
        """All keys of ours that are there."""
        found = self.run("wine", "reg", "query", rf"HKCU\{CLASSES}", "/s", code=None)
        lines = {line.strip() for line in found.splitlines() if "difd" in line}
        return {line.removeprefix("HKEY_CURRENT_USER\\") for line in lines if line[:4] == "HKEY"}

    def values(self) -> dict[tuple[str, str], str]:
        """All values below our classes, by key and name, as an exported file has them."""
        path = self._folder / "out.reg"
        self.run("wine", "reg", "export", rf"HKCU\{CLASSES}", str(path), "/y")
        found, key = {}, ""
        for line in path.read_text(encoding="utf-16").splitlines():
            if line.startswith("["):
                key = line.strip("[]").removeprefix("HKEY_CURRENT_USER\\")
            elif "=" in line and "difd" in key:
                name, _, value = line.partition("=")
                found[key, name.strip('"').replace("@", "")] = _read(value)
        return found

    def end(self) -> None:
        """End its processes."""
        self.run("wineserver", "--kill", code=None)


def registry_file(table: Table, *, remove: bool = False) -> bytes:
    r"""The table as a `.reg` file, which `reg import` and a double click understand.

    Args:
        table: what is in it.
        remove: have it remove the keys.
    """
    lines = ["Windows Registry Editor Version 5.00", ""]
    for key, values in table.items():
        lines.append(rf"[{'-' if remove else ''}HKEY_CURRENT_USER\{key}]")
        if not remove:
            lines += [f"{_name(name)}={_string(value)}" for name, value in values.items()]
        lines.append("")
    return "\r\n".join(lines).encode("utf-16")


def _name(name: str) -> str:
    return "@" if name == "" else _string(name)


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _read(value: str) -> str:
    """A string in a `.reg` file."""
    ((text,),) = csv.reader(StringIO(value), escapechar="\\", doublequote=False)
    return text


@pytest.fixture
def wine(tmp_path):
    """Debian's wine; without it the table is not tested at all."""
    assert shutil.which("wine"), "wine is not installed; CONTRIBUTING.md names the packages"
    made = Wine(tmp_path)
    yield made
    made.end()


@pytest.mark.timeout(400)
def test_wine_takes_the_table_and_gives_it_back(wine, tmp_path):
    table = registry_table(surroundings(tmp_path, command=COMMAND, language="es"))
    wine.import_file(registry_file(table))
    between = {rf"{CLASSES}\difd\shell", rf"{CLASSES}\difd\shell\open"}
    assert wine.keys() == {*table, *between}
    assert wine.values() == {
        (key, name): text for key, values in table.items() for name, text in values.items()
    }
    wine.import_file(registry_file(table, remove=True))
    assert wine.keys() == set()
    assert wine.values() == {}


def test_a_folder_of_a_drive_keeps_its_closing_quote(tmp_path):
    table = registry_table(surroundings(tmp_path, command=COMMAND))
    commands = {key: values[""] for key, values in table.items() if key.endswith("command")}
    link = commands.pop(rf"{CLASSES}\difd\shell\open\command")
    assert link == f'"{COMMAND}" review -- "%1"'
    for key, command in commands.items():
        assert command.startswith(f'"{COMMAND}" open ')
        end = '"%1"' if "image" in key else r'"%V\."' if "Background" in key else r'"%1\."'
        assert command.endswith(f" -- {end}")
