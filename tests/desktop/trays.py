"""The icon in real trays: how each is started, and how its menu is opened and read."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from harness.instance import wait_until

from desktop.screen import Desktop, debian_python

SECONDS = 60
"""How long a tray may take to show something, on a machine that is busy."""

Places = dict[str, tuple[int, int]]
"""Where to click, by label."""

_ROLES = ("menu", "menu item", "check menu item")
_LIBRARIES = Path("/usr/lib")
_PROGRAMS = Path("/usr/libexec")
_PANEL = """\
<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="30"/>
      <property name="size" type="uint" value="48"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
  </property>
</channel>
"""


class Tray:
    """A tray, and `difctl tray` in it, run by a Python that has no GTK.

    Attributes:
        process: `difctl tray`.
    """

    python: str | Path = sys.executable

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        browser = desktop.instance.root / "browser"
        browser.write_text('#!/bin/sh\nprintf %s "$1" >"$0.address"\n')
        browser.chmod(0o755)
        desktop.environment["BROWSER"] = str(browser)
        self.start()
        self._log = desktop.instance.root / "tray.log"
        self.process = desktop.start(self.python, "-m", "difclient", "tray", log=self._log)

    def start(self) -> None:
        """Start the tray, and wait until it takes icons."""
        raise NotImplementedError

    def place(self) -> tuple[int, int] | None:
        """Where the icon is, once it shows."""
        raise NotImplementedError

    def wait_for_icon(self) -> tuple[int, int]:
        """Wait until it shows; where it is."""
        seen: list[tuple[int, int]] = []

        def shows() -> bool:
            ended = self.process.poll()
            assert ended is None, f"difctl tray ended with {ended}: {self._log.read_text()}"
            place = self.place()
            if place is not None:
                seen.append(place)
            return bool(seen)

        wait_until(shows, SECONDS, step_max=0.25)
        return seen[0]

    def click(self, button: int) -> None:
        """Click on the icon."""
        place = self.wait_for_icon()
        # What appears under a pointer that rests takes no clicks.
        self.desktop.xdotool("mousemove", 900, 100)
        self.desktop.click(place, button)

    def open_page(self) -> None:
        """Click, until the icon is there and opens the review page."""

        def opened() -> bool:
            if not self.address:
                self.click(1)
                time.sleep(1)
            return bool(self.address)

        wait_until(opened, SECONDS)

    def open(self) -> None:
        """Click so that the menu opens."""
        self.click(3)

    def lines(self) -> Places:
        """The lines of the menu and of what is open of it; none if it is closed."""
        widgets = self.desktop.widgets(*_ROLES)
        return {widget.name: widget.middle for widget in widgets if widget.name}

    def menu(self, wanted: str) -> Places:
        """Open the menu, if it is not open; its lines, once one of them shows."""

        def shows() -> bool:
            return any(line.startswith(wanted) for line in self.lines())

        until = time.monotonic() + SECONDS
        while not shows():
            assert time.monotonic() < until, f"no line of the menu says {wanted}: {self.lines()}"
            self.desktop.xdotool("key", "Escape")
            self.open()
            time.sleep(0.7)
        return self.lines()

    def choose(self, line: str) -> None:
        """Click on a line of the menu."""
        self.desktop.click(self.menu(line)[line])

    @property
    def address(self) -> str:
        """What was opened last."""
        path = self.desktop.instance.root / "browser.address"
        return path.read_text() if path.exists() else ""

    def forget_address(self) -> None:
        """Take what was opened last for seen."""
        (self.desktop.instance.root / "browser.address").unlink()

    def _wait_for_name(self, name: str) -> None:
        bus = "org.freedesktop.DBus"
        call = ("--print-reply", f"--dest={bus}", "/", f"{bus}.NameHasOwner", f"string:{name}")
        wait_until(lambda: "true" in self.desktop.run("dbus-send", *call), SECONDS, step_max=0.25)


class IndicatorTray(Tray):
    """What shows AppIndicators on MATE and others, in a window of its own."""

    def start(self) -> None:
        service = "ayatana-indicator-application/ayatana-indicator-application-service"
        (library,) = _LIBRARIES.glob("*/ayatana-indicators3/7/libayatana-application.so")
        self.desktop.start(_PROGRAMS / service)
        loader = _PROGRAMS / "libayatana-indicator/ayatana-indicator-loader3"
        self.desktop.start(loader, library)
        self._wait_for_name("org.kde.StatusNotifierWatcher")

    def place(self) -> tuple[int, int] | None:
        icons = (one for one in self.desktop.widgets("menu") if not one.name)
        return next((icon.middle for icon in icons), None)

    def open(self) -> None:
        self.click(1)


class XfcePanel(Tray):
    """Xfce's panel, which speaks StatusNotifierItem; no screen reader can read its menus."""

    def start(self) -> None:
        folder = self.desktop.instance.root / "config/xfce4/xfconf/xfce-perchannel-xml"
        folder.mkdir(parents=True)
        (folder / "xfce4-panel.xml").write_text(_PANEL)
        self.desktop.start("xfce4-panel")
        self._wait_for_name("org.kde.StatusNotifierWatcher")

    def place(self) -> tuple[int, int] | None:
        return (12, 12) if self.desktop.windows("xfce4-panel") else None

    def lines(self) -> Places:
        lines: Places = {}
        for window in self.desktop.windows("wrapper"):
            lines |= self.desktop.read(window)
        return lines


class EmbeddingTray(Tray):
    """A tray of X11 that embeds windows; without an icon it is out of sight."""

    def start(self) -> None:
        options = ("--edge", "top", "--align", "left", "--width", "10", "--height", "48")
        self.trayer = self.desktop.start("trayer", *options)

    def place(self) -> tuple[int, int] | None:
        # Clicks on the empty tray would confuse it.
        tree = self.desktop.run("xwininfo", "-root", "-tree")
        for window in self.desktop.windows("trayer") if "difd" in tree else ():
            x, y = self.desktop.origin(window)
            return x + 12, y + 24
        return None

    def replace(self) -> None:
        """End the tray and start another."""
        self.desktop.end(self.trayer)
        wait_until(lambda: self.place() is None, SECONDS)
        self.start()


class EmbeddingTrayWithGtk(EmbeddingTray):
    """The same, where Python has GTK."""

    python = "/usr/bin/python3"

    def start(self) -> None:
        self.desktop.environment |= debian_python()
        super().start()
