"""A desktop of a test's own: a screen, a session bus, a window manager and a screen reader."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import NamedTuple

from harness.instance import Instance, wait_until
from PIL import ImageGrab

_ROOT = Path(__file__).resolve().parents[2]
_SIZE = "1280x900x24"
_SCALE = 3

START_SECONDS = 60
"""How long a part of the desktop may take to start, on a machine that is busy."""


class Widget(NamedTuple):
    role: str
    name: str
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height // 2


class Desktop:
    """Programs run in it with the directories of the instance, and end with it."""

    def __init__(self, instance: Instance, pictures: Path) -> None:
        self.instance = instance
        self._pictures = pictures
        (instance.root / "home").mkdir(exist_ok=True)
        self.environment = {
            name: value for name, value in instance.environment.items() if name != "VIRTUAL_ENV"
        } | {
            # A file manager's own Python must not find that of the tests.
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "GDK_BACKEND": "x11",
            "GTK_MODULES": "gail:atk-bridge",
            "NO_AT_BRIDGE": "0",
            "QT_ACCESSIBILITY": "1",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "GVFS_DISABLE_FUSE": "1",
            # Drawing through OpenGL in software takes GTK 4 many seconds.
            "GSK_RENDERER": "cairo",
        }
        self._processes: list[subprocess.Popen[bytes]] = []
        self._start_screen()
        self._start_bus()
        self._start_window_manager()
        self._reader = subprocess.Popen(
            ["/usr/bin/python3", Path(__file__).with_name("screen_reader.py")],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """End everything; what outlived us is ended with the instance."""
        self._reader.kill()
        self._reader.communicate()
        for process in reversed(self._processes):
            process.kill()
            process.wait()

    def start(self, *command: str | Path, log: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a program in it; what it complains about goes to a file, if one is named."""
        with Path(log or os.devnull).open("wb") as complaints:
            process = subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                cwd=self.instance.root,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """End a program that was started, and the windows of it."""
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def run(self, *command: str | Path) -> str:
        """Run a short command in it; what it prints."""
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        ).stdout

    def xdotool(self, *words: object) -> list[str]:
        """Move the pointer, press keys, find windows."""
        return self.run("xdotool", *map(str, words)).split()

    def windows(self, program: str) -> list[str]:
        """The visible windows of a program, by its window class."""
        return self.xdotool("search", "--onlyvisible", "--class", program)

    def origin(self, window: str) -> tuple[int, int]:
        """Where a window is."""
        told = self.run("xdotool", "getwindowgeometry", "--shell", window)
        values = dict(line.split("=") for line in told.split())
        return int(values["X"]), int(values["Y"])

    def click(self, place: tuple[int, int], button: int = 1) -> None:
        """Click somewhere on the screen."""
        self.xdotool("mousemove", *place)
        time.sleep(0.15)  # menus take up what the pointer is on, then the click
        self.xdotool("click", button)

    def widgets(self, *roles: str) -> list[Widget]:
        """What shows, of these roles."""
        self._reader.stdin.write(json.dumps({"roles": roles}) + "\n")
        self._reader.stdin.flush()
        return [Widget(*widget) for widget in json.loads(self._reader.stdout.readline())]

    def read(self, window: str) -> dict[str, tuple[int, int]]:
        """The lines of text in a window that no screen reader can read, and where to click them."""
        left, top = self.origin(window)
        path = self.instance.root / "menu.png"
        self.run(
            *("import", "-window", window, "-colorspace", "Gray"),
            *("-resize", f"{_SCALE * 100}%", path),
        )
        # Several threads wait for each other in vain on a busy machine.
        table = self.run(
            *("env", "OMP_THREAD_LIMIT=1", "tesseract", path, "-", "--psm", "6", "tsv")
        )
        lines: dict[str, list[list[str]]] = {}
        for cells in (line.split("\t") for line in table.splitlines()[1:]):
            if len(cells) == 12 and re.search("[A-Za-z]{2}", cells[11]):
                lines.setdefault("-".join(cells[2:5]), []).append(cells)
        return {
            " ".join(cells[11] for cells in words): (
                left + int(words[0][6]) // _SCALE + 20,
                top + (int(words[0][7]) + int(words[0][9]) // 2) // _SCALE,
            )
            for words in lines.values()
        }

    def picture(self, name: str) -> Path:
        """Keep a picture of the screen."""
        path = self._pictures / f"{name}.png"
        ImageGrab.grab(xdisplay=self.environment["DISPLAY"]).save(path)
        return path

    def _start_screen(self) -> None:
        options = ("-screen", "0", _SIZE, "-nolisten", "tcp")
        number = self._start_and_hear("Xvfb", "-displayfd", "{}", *options)
        self.environment["DISPLAY"] = f":{number}"

    def _start_bus(self) -> None:
        address = f"unix:path={self.instance.root}/run/bus"
        options = ("--session", "--nofork", "--nopidfile", f"--address={address}")
        # The socket is there before anybody listens at it.
        self._start_and_hear("dbus-daemon", *options, "--print-address={}")
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address
        self.run("gsettings", "set", "org.gnome.desktop.interface", "toolkit-accessibility", "true")

    def _start_window_manager(self) -> None:
        """Start it, and wait for it: a window that opens while it starts may never show."""
        ready = self.instance.root / "run" / "window-manager"
        self.start("openbox", "--startup", f"touch {ready}")
        wait_until(ready.exists, START_SECONDS)

    def _start_and_hear(self, program: str, *options: str) -> str:
        """Start what the desktop is made of, and wait for what it says when it is ready.

        Args:
            program: its name.
            options: with `{}` for the number of the pipe where it says so.
        """
        ours, theirs = os.pipe()
        with os.fdopen(ours) as pipe:
            process = subprocess.Popen(
                [program, *(option.format(theirs) for option in options)],
                env=self.environment,
                pass_fds=[theirs],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self.instance.root,
                start_new_session=True,
            )
            self._processes.append(process)
            os.close(theirs)
            told = pipe.readline().strip()
        assert told, f"{program} ended before it was ready: {process.wait()}"
        return told


def debian_python() -> dict[str, str]:
    """An environment in which Debian's Python, which alone has `gi`, runs the code under test."""
    version = subprocess.run(
        ["/usr/bin/python3", "-c", "import sys; print(*sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    ours = [str(part) for part in sys.version_info[:2]]
    assert version == ours, "the tests must run on Debian's version of Python to show anything"
    roots = [str(_ROOT / root) for root in ("daemon", "clients", "shell_integration")]
    return {"PYTHONPATH": os.pathsep.join([*roots, sysconfig.get_path("platlib")])}
