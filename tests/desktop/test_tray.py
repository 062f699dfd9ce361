"""The icon in a real tray: it is there, its menu says what the daemon does, and its entries act."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.instance import wait_until
from harness.photos import album

from desktop.screen import Desktop, Widget, debian_python
from difclient.client import Client

ROLES = ("menu", "menu item", "check menu item")
SECONDS = 60


@pytest.fixture
def tray(desktop) -> Iterator[subprocess.Popen[bytes]]:
    """The tray icon, shown by a real tray."""
    desktop.start("trayer", "--edge", "top", "--align", "left", "--width", "10", "--height", "48")
    browser = desktop.instance.root / "browser"
    browser.write_text('#!/bin/sh\nprintf %s "$1" >"$0.address"\n')
    browser.chmod(0o755)
    desktop.environment |= {**debian_python(), "BROWSER": str(browser)}
    process = desktop.start("/usr/bin/python3", "-m", "difclient", "tray")
    yield process
    desktop.end(process)


def menu(desktop: Desktop, wanted: str) -> dict[str, Widget]:
    """Open the menu, if it is not open; its entries by name, once one of them shows."""

    def entries() -> dict[str, Widget]:
        return {widget.name: widget for widget in desktop.widgets(*ROLES)}

    def shown() -> bool:
        if any(name.startswith(wanted) for name in entries()):
            return True
        for window in desktop.windows("trayer"):
            x, y = desktop.origin(window)
            desktop.click((x + 24, y + 24))
        return False

    wait_until(shown, SECONDS)
    return entries()


def wait_for_line(desktop: Desktop, text: str) -> None:
    """Open the menu until it has this line: one that is open stays as it was opened."""

    def has_it() -> bool:
        if text in menu(desktop, "Recent"):
            return True
        desktop.xdotool("key", "Escape")
        time.sleep(0.5)
        return False

    wait_until(has_it, SECONDS)


def choose(desktop: Desktop, name: str) -> None:
    desktop.click(menu(desktop, name)[name].middle)


def recent(desktop: Desktop) -> dict[str, Widget]:
    """What shows of the recent searches."""
    return {one.name: one for one in desktop.widgets(*ROLES) if "Holiday" in one.name}


def test_the_menu_tells_and_acts(instance, desktop, tray, tmp_path):
    assert "difd is not running; the next search starts it" in menu(desktop, "difd is not running")
    desktop.picture("tray-down")
    desktop.xdotool("key", "Escape")

    # What ended before the icon knew of the daemon would be no news.
    instance.difctl("daemon", "start")
    wait_for_line(desktop, "difd has nothing to do")
    desktop.xdotool("key", "Escape")
    assert instance.difctl("search", album(tmp_path / "My_Holiday_2026")).returncode == 0
    wait_for_line(desktop, "difd found something new")
    desktop.picture("tray-found")

    choose(desktop, "Recent searches")
    wait_until(lambda: recent(desktop), SECONDS)
    (name,) = recent(desktop)
    assert name.startswith("My_Holiday_2026: 2 groups, "), name
    assert name.endswith(" to free")
    desktop.picture("tray-recent")
    desktop.click(recent(desktop)[name].middle)
    address = instance.root / "browser.address"
    wait_until(lambda: address.exists() and "&go=job/" in address.read_text(), SECONDS)

    choose(desktop, "Pause")
    with Client(start=False) as client:
        wait_until(lambda: client.status().paused, SECONDS)
    wait_for_line(desktop, "difd is paused")
    desktop.picture("tray-paused")
    choose(desktop, "Pause")
    with Client(start=False) as client:
        wait_until(lambda: not client.status().paused, SECONDS)

    entry = instance.root / "config" / "autostart" / "difd-tray.desktop"
    choose(desktop, "Start at login")
    wait_until(entry.exists, SECONDS)
    assert 'difctl" tray' in entry.read_text()
    choose(desktop, "Start at login")
    wait_until(lambda: not entry.exists(), SECONDS)

    choose(desktop, "Settings")
    wait_until(lambda: "&go=settings" in address.read_text(), SECONDS)

    choose(desktop, "Quit")
    assert tray.wait(SECONDS) == 0
    assert instance.daemons(), "the daemon goes on without its icon"


@pytest.mark.timeout(300)
def test_new_duplicates_in_a_watched_folder_are_told_and_reviewed(
    instance, desktop, tray, tmp_path
):
    server = Path("/usr/lib/notification-daemon/notification-daemon")
    assert server.exists(), "notification-daemon is not installed; see CONTRIBUTING.md"
    desktop.start(server)
    folder = album(tmp_path / "Phone")
    assert instance.difctl("watch", "add", folder).returncode == 0
    with Client(start=False) as client:
        wait_until(lambda: client.watching.watches()[0].state == "watching", SECONDS)
    assert "Watched folders" in menu(desktop, "Watched folders")
    desktop.xdotool("key", "Escape")
    assert tray.poll() is None
    shutil.copyfile(folder / "coffee.png", folder / "again.png")

    def shown() -> dict[str, Widget]:
        return {one.name: one for one in desktop.widgets("label", "push button")}

    wait_until(lambda: "Review" in shown(), 3 * SECONDS)
    desktop.picture("tray-notification")
    assert "1 new duplicate" in shown()
    desktop.click(shown()["Review"].middle)
    address = desktop.instance.root / "browser.address"
    wait_until(lambda: address.exists() and "#" in address.read_text(), SECONDS)


def test_without_a_desktop_it_says_so(instance):
    answer = instance.difctl("tray")
    assert answer.returncode == 2
    assert "There is no desktop here to show an icon on." in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("bus", ["unix:path=/nonexistent/bus", "no address"])
def test_without_a_bus_it_says_so_and_nothing_else_complains(desktop, difctl, bus):
    environment = desktop.environment | debian_python() | {"DBUS_SESSION_BUS_ADDRESS": bus}

    def done(*words) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
        )

    tray = done("/usr/bin/python3", "-m", "difclient", "tray")
    assert tray.returncode == 2
    assert tray.stderr.splitlines() == [
        "difctl: A tray icon needs the desktop's session bus (D-Bus), and none answers here.",
        "Start it in a terminal of the desktop itself, neither over SSH nor with sudo.",
    ]
    opened = done(difctl, "open", "--", "/nowhere at all")
    assert opened.returncode == 2
    assert opened.stderr == "difctl: There is no such file or folder: /nowhere at all\n"
