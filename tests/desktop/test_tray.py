"""The icon in real trays: it is there, its menu says what the daemon does, and its lines act."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.instance import wait_until
from harness.photos import album

from desktop.file_managers import labels
from desktop.trays import (
    SECONDS,
    EmbeddingTray,
    EmbeddingTrayWithGtk,
    IndicatorTray,
    Places,
    Tray,
    XfcePanel,
)
from difclient.client import Client


@pytest.fixture
def tray(desktop, request) -> Iterator[Tray]:
    """The icon in a tray, of the kind that a test names."""
    kind: type[Tray] = getattr(request, "param", EmbeddingTrayWithGtk)
    made = kind(desktop)
    yield made
    desktop.end(made.process)


def kind(of_tray: type[Tray]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("tray", [of_tray], indirect=True, ids=[of_tray.__name__])


def wait_for_line(tray: Tray, text: str) -> None:
    """Open the menu until it has this line: GTK's stays as it was opened."""

    def has_it() -> bool:
        if text in tray.menu("Recent"):
            return True
        tray.desktop.xdotool("key", "Escape")
        return False

    wait_until(has_it, SECONDS, step_max=0.5)


def recent(tray: Tray) -> Places:
    """What shows of the recent searches."""
    return {line: place for line, place in tray.lines().items() if "Holiday" in line}


@pytest.mark.early
def test_the_menu_tells_and_acts(instance, desktop, tray, tmp_path):
    assert "difd is not running; the next search starts it" in tray.menu("difd is not running")
    desktop.picture("tray-down")

    # What ended before the icon knew of the daemon would be no news.
    instance.difctl("daemon", "start")
    wait_for_line(tray, "difd has nothing to do")
    assert instance.difctl("search", album(tmp_path / "My_Holiday_2026")).returncode == 0
    wait_for_line(tray, "difd found something new")
    desktop.picture("tray-found")

    tray.choose("Recent searches")
    wait_until(lambda: recent(tray), SECONDS)
    (line,) = recent(tray)
    assert line.startswith("My_Holiday_2026: 2 groups, "), line
    assert line.endswith(" to free")
    desktop.picture("tray-recent")
    desktop.click(recent(tray)[line])
    wait_until(lambda: "&go=job/" in tray.address, SECONDS)

    tray.choose("Pause")
    with Client(start=False) as client:
        wait_until(lambda: client.status().paused, SECONDS)
    wait_for_line(tray, "difd is paused")
    desktop.picture("tray-paused")
    tray.choose("Pause")
    with Client(start=False) as client:
        wait_until(lambda: not client.status().paused, SECONDS)

    entry = instance.root / "config" / "autostart" / "difd-tray.desktop"
    tray.choose("Start at login")
    wait_until(entry.exists, SECONDS)
    assert 'difctl" tray' in entry.read_text()
    tray.choose("Start at login")
    wait_until(lambda: not entry.exists(), SECONDS)

    tray.choose("Settings")
    wait_until(lambda: "&go=settings" in tray.address, SECONDS)

    tray.choose("Quit")
    assert tray.process.wait(SECONDS) == 0
    assert instance.daemons(), "the daemon goes on without its icon"


@pytest.mark.early
@kind(XfcePanel)
def test_a_panel_shows_the_menu_and_a_click_on_the_icon_opens_the_review_page(desktop, tray):
    tray.open_page()
    assert tray.address.endswith("&go=")
    known = ["Recent searches", "Watched folders", "Settings", "Log", "Quit"]
    shown = labels(tray.menu("Recent"), known)
    desktop.picture("tray-panel")
    assert set(known) == set(shown)
    desktop.click(shown["Settings"])
    wait_until(lambda: "&go=settings" in tray.address, SECONDS)
    desktop.click(labels(tray.menu("Recent"), known)["Quit"])
    assert tray.process.wait(SECONDS) == 0


@kind(IndicatorTray)
def test_a_tray_of_indicators_shows_the_icon_and_its_menu(desktop, tray):
    lines = tray.menu("New search")
    desktop.picture("tray-indicator")
    assert {"New search…", "Recent searches", "Watched folders", "Pause", "Log"} <= set(lines)
    tray.choose("Settings")
    wait_until(lambda: "&go=settings" in tray.address, SECONDS)
    tray.choose("Quit")
    assert tray.process.wait(SECONDS) == 0


@kind(EmbeddingTray)
def test_an_older_tray_shows_the_icon_without_gtk_and_so_does_the_next_one(desktop, tray):
    tray.open_page()
    desktop.picture("tray-embedded")
    assert tray.address.endswith("&go=")
    tray.forget_address()
    # There is no menu for another button to open.
    tray.click(3)
    wait_until(lambda: tray.address.endswith("&go="), SECONDS)
    tray.replace()
    tray.wait_for_icon()


CHANGING = """
import os
import threading

os.environ["PYSTRAY_BACKEND"] = "xorg"
from PIL import Image
from Xlib.display import Display
from difclient.tray.embedded import EmbeddedIcon

again = threading.Semaphore(0)

def uncover(window):
    display = Display()
    same = display.create_resource_object("window", window)
    while again.acquire():
        same.clear_area(0, 0, 0, 0, exposures=True)
        display.sync()

def change(icon):
    icon.visible = True
    threading.Thread(target=uncover, args=[icon._window.id], daemon=True).start()
    for shade in range(200):
        again.release()
        icon.icon = Image.new("RGBA", (64, 64), (shade, 0, 0, 255))
        icon.title = str(shade)
    print("changed", flush=True)
    os._exit(0)

EmbeddedIcon("difd", Image.new("RGBA", (64, 64)), "difd").run(change)
"""


def test_an_icon_without_gtk_does_not_stop_when_other_threads_change_it(desktop):
    """Two threads at one connection of python-xlib hung, once in ten times that an icon came."""
    desktop.start("trayer")
    assert desktop.run(sys.executable, "-c", CHANGING) == "changed\n"


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
    assert "Watched folders" in tray.menu("Watched folders")
    desktop.xdotool("key", "Escape")
    assert tray.process.poll() is None
    shutil.copyfile(folder / "coffee.png", folder / "again.png")

    def shown() -> Places:
        return {one.name: one.middle for one in desktop.widgets("label", "push button")}

    wait_until(lambda: "Review" in shown(), 3 * SECONDS)
    desktop.picture("tray-notification")
    assert "1 new duplicate" in shown()
    desktop.click(shown()["Review"])
    wait_until(lambda: "#" in tray.address, SECONDS)


def test_without_a_desktop_it_says_so(instance):
    answer = instance.difctl("tray")
    assert answer.returncode == 2
    assert "There is no desktop here to show an icon on." in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("bus", ["unix:path=/nonexistent/bus", "no address"])
def test_without_a_bus_it_says_so_and_nothing_else_complains(desktop, difctl, bus):
    environment = desktop.environment | {"DBUS_SESSION_BUS_ADDRESS": bus}

    def done(*words) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
        )

    tray = done(sys.executable, "-m", "difclient", "tray")
    assert tray.returncode == 2
    assert tray.stderr.splitlines() == [
        "difctl: No session bus (D-Bus) answers here.",
        "Start it in a terminal of the desktop itself, neither over SSH nor with sudo.",
    ]
    opened = done(difctl, "open", "--", "/nowhere at all")
    assert opened.returncode == 2
    assert opened.stderr == "difctl: There is no such file or folder: /nowhere at all\n"
