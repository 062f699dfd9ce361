"""Explorer's entries in that Windows: installed, run as Explorer runs them, and taken away."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from harness.pictures import photo
from harness.windows_python import WindowsPython, windows_path

pytestmark = pytest.mark.timeout(900)

HOSTILE_NAMES = (
    "--help",
    "it's ünï 日本 …",
    "-rf; $(touch pwned) `x`",
    "& calc & rem %PATH% %1 %V 100%",
    "^caret^ (brackets) !x!, [1] = {2}",
)
"""What Windows allows in a name and a command line may trip over; quotes it does not allow."""

RUN_VERBS = r"""
import ctypes, json, sys, winreg
from ctypes import wintypes

class Info(ctypes.Structure):
    _fields_ = [
        ("size", wintypes.DWORD), ("mask", wintypes.ULONG), ("window", wintypes.HWND),
        ("verb", wintypes.LPCWSTR), ("file", wintypes.LPCWSTR), ("words", wintypes.LPCWSTR),
        ("folder", wintypes.LPCWSTR), ("show", ctypes.c_int), ("module", wintypes.HINSTANCE),
        ("ids", ctypes.c_void_p), ("kind", wintypes.LPCWSTR), ("key", wintypes.HKEY),
        ("hot", wintypes.DWORD), ("icon", wintypes.HANDLE), ("process", wintypes.HANDLE),
    ]

with open(sys.argv[1], encoding="utf-8") as file:
    verbs = json.load(file)
for kind, verb, path in verbs:
    key = winreg.OpenKey(winreg.HKEY_CURRENT_USER, "Software\\Classes\\" + kind)
    # Of this kind of file, waiting until it is started, without a word to anybody.
    info = Info(ctypes.sizeof(Info), 0x3 | 0x100 | 0x400, None, verb, path, key=int(key))
    assert ctypes.windll.shell32.ShellExecuteExW(ctypes.byref(info)), (kind, verb, path)
"""
"""Runs verbs on files, one after the other, as a click in the menu of Explorer does."""

RUN_LINES = """
import json, subprocess, sys

with open(sys.argv[1], encoding="utf-8") as file:
    for line in json.load(file):
        assert subprocess.run(line).returncode == 0, line
"""

WRITE = "import winreg; winreg.CreateKey(winreg.HKEY_CURRENT_USER, r'Software\\Classes\\Drive')"


def classes(windows: WindowsPython, place: Path) -> str:
    """The user's classes in the registry, as an exported file has them; and our own key."""
    found = ""
    for key in (r"HKCU\Software\Classes", r"HKCU\Software\difd"):
        place.unlink(missing_ok=True)
        windows.run("export", key, windows_path(place), "/y", program=Path("reg.exe"))
        found += place.read_text(encoding="utf-16") if place.exists() else "nothing\n"
    return found


class Begun:
    """The searches that were begun from now on.

    Args:
        windows: where.
    """

    def __init__(self, windows: WindowsPython) -> None:
        self._windows = windows
        self._known = {job["job"] for job in self._all()}

    def paths(self, count: int) -> list[list[str]]:
        """The paths of each, sorted, once there are so many."""
        end = time.monotonic() + 240
        while True:
            new = [job for job in self._all() if job["job"] not in self._known]
            if len(new) >= count or time.monotonic() > end:
                return [sorted(job["options"]["paths"]) for job in new]
            time.sleep(3)

    def _all(self) -> list[dict]:
        return json.loads(self._windows.difctl("jobs", "--json").output)


@pytest.fixture
def album(tmp_path, windows):
    """A folder of folders and of images with hostile names, which drive X is, too."""
    made = tmp_path / "album"
    picture = photo(64, 48)
    for name in HOSTILE_NAMES:
        (made / f"{name}.d").mkdir(parents=True)
        picture.save(made / f"{name}.png")
    drive = windows.folder / "prefix" / "dosdevices" / "x:"
    drive.unlink(missing_ok=True)
    drive.symlink_to(made)
    yield made
    drive.unlink()


def test_one_search_of_all_that_is_selected(windows, album, tmp_path):
    windows.difctl("integrate", "uninstall")
    # A key that somebody else has, and nothing in it, stays.
    assert windows.run("-c", WRITE).code == 0
    before = classes(windows, tmp_path / "before.reg")
    installed = windows.difctl("integrate", "install", "--json")
    assert installed.code == 0, installed
    (menu,) = json.loads(installed.output)
    assert (menu["installed"], menu["works"]) == ("installed", True), menu
    given = classes(windows, tmp_path / "given.reg")
    assert "pythonw.exe" in given
    folders = sorted(windows_path(album / f"{name}.d") for name in HOSTILE_NAMES)
    images = sorted(windows_path(album / f"{name}.png") for name in HOSTILE_NAMES[:3])
    image = r"SystemFileAssociations\image"
    begun = Begun(windows)
    run_verbs(windows, tmp_path, [("Directory", "difd.duplicates", path) for path in folders])
    assert begun.paths(1) == [folders]
    run_verbs(windows, tmp_path, [(image, "difd.compare", path) for path in images])
    assert images in begun.paths(2)
    alone = [(image, "difd.copies", images[1]), ("Drive", "difd.similar", "X:\\")]
    run_verbs(windows, tmp_path, alone)
    paths = begun.paths(4)
    assert [images[1]] in paths
    assert ["X:\\"] in paths
    # On the background of a folder nothing is selected, which wine cannot run as a verb.
    (line,) = [value for value in command_lines(given) if "%V" in value and "--similar" in value]
    lines = [line.replace("%V", folders[0])]
    assert windows.run("-c", RUN_LINES, written(tmp_path, lines), timeout=60).code == 0
    paths = begun.paths(5)
    assert len(paths) == 5
    assert [folders[0]] in paths
    assert windows.difctl("integrate", "uninstall").code == 0
    assert classes(windows, tmp_path / "after.reg") == before


def run_verbs(windows: WindowsPython, place: Path, verbs: list[tuple[str, str, str]]) -> None:
    """Run verbs as Explorer does for what is selected."""
    done = windows.run("-c", RUN_VERBS, written(place, verbs), timeout=90)
    assert done.code == 0, done


def written(place: Path, content: object) -> str:
    """The path of a file with this in it."""
    (place / "given.json").write_text(json.dumps(content), encoding="utf-8")
    return windows_path(place / "given.json")


def command_lines(exported: str) -> list[str]:
    """The command lines in an exported file."""
    lines = [line[3:-1] for line in exported.splitlines() if line.startswith('@="')]
    return [line.replace('\\"', '"').replace("\\\\", "\\") for line in lines]
