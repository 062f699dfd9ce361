"""The tray icon in that Windows, on a screen that nobody sees: its menu, and the start at login."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.windows_python import WindowsPython

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

SCALE = 3
"""Letters of a menu are too small to be read by a program."""

ICON = ("13", "32")
"""Where wine's own tray has its first icon."""

RUN_KEY = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run"


@pytest.fixture
def screen() -> Iterator[str]:
    """A screen of its own, by the name of its display."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with open(read) as told:
            name = f":{told.readline().strip()}"
        yield name
        server.terminate()


@pytest.fixture
def shown(windows: WindowsPython, screen: str, tmp_path: Path) -> Iterator[WindowsPython]:
    """A Windows of its own on that screen: one whose first process had none, never has one."""
    (tmp_path / "shown").mkdir()
    own = WindowsPython.beside(windows, tmp_path / "shown", user="tray")
    own.end()
    own.environment["DISPLAY"] = screen
    yield own
    own.end()


def run(screen: str, *command: str | Path) -> str:
    environment = os.environ | {"DISPLAY": screen, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def lines_on(screen: str, picture: Path) -> dict[str, tuple[int, int]]:
    """What can be read on the screen: each line, and where it is."""
    run(screen, "import", "-window", "root", "-resize", f"{SCALE * 100}%", picture)
    lines: dict[str, list[list[str]]] = {}
    for line in run(screen, "tesseract", picture, "-", "--psm", "6", "tsv").splitlines()[1:]:
        cells = line.split("\t")
        if re.search("[A-Za-z]{2}", cells[-1]):
            lines.setdefault("-".join(cells[2:5]), []).append(cells)
    return {
        " ".join(cells[11] for cells in words): (
            int(words[0][6]) // SCALE + 10,
            (int(words[0][7]) + int(words[0][9]) // 2) // SCALE,
        )
        for words in lines.values()
    }


def open_menu(screen: str, picture: Path) -> dict[str, tuple[int, int]]:
    """The lines of the icon's menu, which is opened."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        run(screen, "xdotool", "mousemove", *ICON, "click", "3")
        time.sleep(3)
        lines = lines_on(screen, picture)
        if any("Quit" in line for line in lines):
            return lines
    raise AssertionError(f"no menu: {lines}")


def starts_at_login(windows: WindowsPython, name: str = "difd tray") -> bool:
    done = windows.run("query", RUN_KEY, "/v", name, program=Path("reg.exe"))
    return done.code == 0 and "pythonw.exe -P -m" in done.output


def test_the_icon_has_its_menu_and_starts_at_login_if_told_so(shown, screen, tmp_path):
    assert all(map(shutil.which, ("Xvfb", "xdotool", "tesseract", "import")))
    assert not starts_at_login(shown)
    tray = shown.start("-P", "-m", "difclient", "tray")
    try:
        for wanted in (True, False):
            lines = open_menu(screen, tmp_path / "menu.png")
            for words in ("New search", "Recent searches", "Watched folders", "Settings", "Log"):
                assert any(words in line for line in lines), lines
            (place,) = [where for line, where in lines.items() if "at login" in line]
            run(screen, "xdotool", "mousemove", *map(str, place), "click", "1")
            end = time.monotonic() + 30
            while starts_at_login(shown) != wanted and time.monotonic() < end:
                time.sleep(1)
            assert starts_at_login(shown) == wanted
        assert tray.poll() is None
    finally:
        tray.kill()
        assert tray.communicate()[1] == b""


def test_the_daemon_starts_at_login_if_told_so(windows):
    enabled = windows.difctl("daemon", "enable")
    assert enabled.output == "The daemon is enabled: Windows starts it from the next login on.\n"
    assert starts_at_login(windows, "difd")
    report = json.loads(windows.difctl("doctor", "--json").output)
    says = {check["name"]: check["says"] for check in report["checks"]}
    assert says["autostart"] == "the system starts it"
    assert windows.difctl("daemon", "disable").code == 0
    assert not starts_at_login(windows, "difd")
