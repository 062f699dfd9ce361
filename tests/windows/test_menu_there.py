"""Explorer's entries in that Windows: installed, run as Explorer runs them, and taken away."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from harness.pictures import photo
from harness.windows_python import WindowsPython, windows_path

pytestmark = pytest.mark.timeout(900)

CLASSES = r"HKCU\Software\Classes"

BROWSER = """
import os, sys
place = os.path.join("{folder}", str(os.getpid()))
with open(place + ".part", "w") as file:
    file.write(sys.argv[1])
os.replace(place + ".part", place)
"""
"""A browser that writes down what it is to show."""

HOSTILE_NAMES = (
    "--help",
    "it's ünï 日本 …",
    "-rf; $(touch pwned) `x`",
    "& calc & rem %PATH% %1 %V 100%",
    "^caret^ (brackets) !x!, [1] = {2}",
)
"""What Windows allows in a name and a command line may trip over; quotes it does not allow."""

RUN_VERBS = r"""
import ctypes, json, subprocess, sys, time, winreg
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
    given = json.load(file)

def begun():
    if not given["searches"]:
        return {}
    from difclient.client import Client
    with Client() as client:
        return {job.id: [path.decode() for path in job.options.paths] for job in client.jobs()}

known = begun()
for kind, verb, path in given["verbs"]:
    key = winreg.OpenKey(winreg.HKEY_CURRENT_USER, "Software\\Classes\\" + kind)
    # Of this kind of file, waiting until it is started, without a word to anybody.
    info = Info(ctypes.sizeof(Info), 0x3 | 0x100 | 0x400, None, verb, path, key=int(key))
    assert ctypes.windll.shell32.ShellExecuteExW(ctypes.byref(info)), (kind, verb, path)
for line in given["lines"]:
    assert subprocess.run(line, stdout=subprocess.DEVNULL).returncode == 0, line
end = time.monotonic() + 240
while len(now := begun()) < len(known) + given["searches"] and time.monotonic() < end:
    time.sleep(0.5)
print(json.dumps([paths for job, paths in now.items() if job not in known]))
"""
"""Runs verbs on files, one after the other, as a click in the menu of Explorer does; then lines.

Says the paths of the searches that were begun, once there are so many.
"""

REG = Path("reg.exe")


def classes(windows: WindowsPython, place: Path) -> str:
    """The user's classes in the registry, as an exported file has them; and our own key."""
    found = ""
    for key in (CLASSES, r"HKCU\Software\difd"):
        place.unlink(missing_ok=True)
        windows.run("export", key, windows_path(place), "/y", program=REG)
        found += place.read_text(encoding="utf-16") if place.exists() else "nothing\n"
    return found


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
    # A key that somebody else has, and nothing in it, stays.
    assert windows.run("add", rf"{CLASSES}\Drive", "/f", program=REG).code == 0
    before = classes(windows, tmp_path / "before.reg")
    if "difd" in before:  # a test that failed left it in a Windows that was kept
        assert windows.difctl("integrate", "uninstall").code == 0
        before = classes(windows, tmp_path / "before.reg")
    installed = windows.difctl("integrate", "install", "--json")
    assert installed.code == 0, installed
    (menu,) = json.loads(installed.output)
    assert (menu["installed"], menu["works"]) == ("installed", True), menu
    given = classes(windows, tmp_path / "given.reg")
    assert "pythonw.exe" in given
    folders = sorted(windows_path(album / f"{name}.d") for name in HOSTILE_NAMES)
    alone, *images = (windows_path(album / f"{name}.png") for name in HOSTILE_NAMES[2:])
    image = r"SystemFileAssociations\image"
    verbs = [
        *(("Directory", "difd.duplicates", path) for path in folders),
        *((image, "difd.compare", path) for path in images),
        (image, "difd.copies", alone),
        ("Drive", "difd.similar", "X:\\"),
    ]
    # On the background of a folder nothing is selected, which wine cannot run as a verb.
    (line,) = [value for value in command_lines(given) if "%V" in value and "--similar" in value]
    wanted = [folders, sorted(images), [alone], ["X:\\"], [folders[0]]]
    begun = click(windows, tmp_path, verbs, [line.replace("%V", folders[0])], len(wanted))
    assert sorted(map(sorted, begun)) == sorted(wanted)
    assert windows.difctl("integrate", "uninstall").code == 0
    assert classes(windows, tmp_path / "after.reg") == before


@pytest.mark.long
def test_an_address_of_ours_opens_the_page_that_it_names(windows, tmp_path):
    assert windows.difctl("integrate", "install").code == 0
    told = tmp_path / "told"
    told.mkdir()
    writer = tmp_path / "browser.py"
    writer.write_text(BROWSER.format(folder=windows_path(told).replace("\\", "/")))
    words = [windows_path(windows.program), windows_path(writer), "%s"]
    browser = " ".join(word.replace("\\", "/") for word in words)
    for address in ("difd:settings", 'difd:" --port 1 "'):
        click(windows, tmp_path, [("difd", "open", address)], BROWSER=browser)
    end = time.monotonic() + 60
    while not list(told.iterdir()) and time.monotonic() < end:
        time.sleep(0.2)
    (address,) = [path.read_text() for path in told.iterdir()]
    assert address.startswith("http://127.0.0.1:"), address
    assert address.endswith("&go=settings")
    windows.run("/F", "/IM", "pythonw.exe", program=Path("taskkill.exe"))
    assert windows.difctl("integrate", "uninstall").code == 0


def click(
    windows: WindowsPython,
    place: Path,
    verbs: list[tuple[str, str, str]],
    lines: Sequence[str] = (),
    searches: int = 0,
    **variables: str,
) -> list[list[str]]:
    """Run verbs as Explorer does for what is selected, and command lines.

    Returns:
        The paths of so many searches that were begun by it.
    """
    given = written(place, {"verbs": verbs, "lines": lines, "searches": searches})
    done = windows.run("-c", RUN_VERBS, given, timeout=300, **variables)
    assert done.code == 0, done
    return json.loads(done.output)


def written(place: Path, content: object) -> str:
    """The path of a file with this in it."""
    (place / "given.json").write_text(json.dumps(content), encoding="utf-8")
    return windows_path(place / "given.json")


def command_lines(exported: str) -> list[str]:
    """The command lines in an exported file."""
    lines = [line[3:-1] for line in exported.splitlines() if line.startswith('@="')]
    return [line.replace('\\"', '"').replace("\\\\", "\\") for line in lines]
