"""The tray icon on a real bus, of a desktop without X11: panels come and go, its menu is read."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Annotated

import pytest
from dbus_fast import Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusSignature, DBusStr
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal
from harness.instance import wait_until

from difclient.session_bus import ask
from difd.system.endpoint import is_listening

SECONDS = 30
WATCHER = "org.kde.StatusNotifierWatcher"
PROPERTIES = "org.freedesktop.DBus.Properties"
MENU = "com.canonical.dbusmenu"


class Panel(ServiceInterface):
    """A panel's end: it notes who registers."""

    def __init__(self) -> None:
        super().__init__(WATCHER)
        self.registered: asyncio.Queue[str] = asyncio.Queue()

    @dbus_method(name="RegisterStatusNotifierItem")
    def register(self, service: DBusStr) -> Annotated[str, DBusSignature("")]:
        self.registered.put_nowait(service)

    @dbus_signal(name="StatusNotifierItemUnregistered")
    def drop(self, service: str) -> DBusStr:
        return service

    @dbus_property(access=PropertyAccess.READ, name="IsStatusNotifierHostRegistered")
    def has_host(self) -> DBusBool:
        return True


@pytest.fixture
def bus(instance, monkeypatch):
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    monkeypatch.delenv("DISPLAY", raising=False)
    address = f"unix:path={instance.root}/run/bus"
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    command = ["/usr/bin/dbus-daemon", "--session", "--nofork", f"--address={address}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as daemon:
        # The file is there a moment before anybody listens at it.
        wait_until(lambda: is_listening(instance.root / "run" / "bus"))
        yield
        daemon.terminate()


async def registered(panel: Panel) -> str:
    async with asyncio.timeout(SECONDS):
        return await panel.registered.get()


async def look(process: subprocess.Popen[bytes]) -> None:
    bus = await MessageBus().connect()
    panel = Panel()
    bus.export("/StatusNotifierWatcher", panel)
    await bus.request_name(WATCHER)
    name = await registered(panel)
    assert name == f"org.kde.StatusNotifierItem-{process.pid}-1"

    # A panel that was started again knows nothing of the icon.
    await bus.release_name(WATCHER)
    await bus.request_name(WATCHER)
    assert await registered(panel) == name

    # Nor does one that dropped it, as some do while a desktop starts.
    panel.drop(f"{name}/StatusNotifierItem")
    assert await registered(panel) == name

    item = {"name": name, "path": "/StatusNotifierItem", "interface": PROPERTIES}
    told = await ask(bus, "GetAll", "s", "org.kde.StatusNotifierItem", **item)
    assert told["Status"].value == "Active"
    assert told["Title"].value == told["ToolTip"].value[2]
    assert told["IconAccessibleDesc"].value == told["Title"].value
    assert told["IconName"].value == ""
    for width, height, pixels in told["IconPixmap"].value:
        assert len(pixels) == width * height * 4

    at = {"name": name, "path": told["Menu"].value, "interface": MENU}
    described = await ask(bus, "GetGroupProperties", "aias", [], [], **at)
    lines = {
        props["label"].value: (number, props) for number, props in described if "label" in props
    }
    assert "difd is not running; the next search starts it" in lines
    assert lines["Pause"][1]["toggle-type"].value == "checkmark"
    assert not lines["Pause"][1]["enabled"].value
    assert lines["Recent searches"][1]["children-display"].value == "submenu"
    number, _ = lines["Quit"]
    await ask(bus, "Event", "isvu", number, "clicked", Variant("i", 0), 0, **at)
    assert await asyncio.to_thread(process.wait, SECONDS) == 0
    bus.disconnect()
    await bus.wait_for_disconnect()


@pytest.mark.usefixtures("bus")
def test_an_icon_is_registered_with_every_panel_and_its_menu_is_read():
    command = [sys.executable, "-m", "difclient", "tray"]
    with subprocess.Popen(command, env=dict(os.environ), stderr=subprocess.PIPE) as process:
        try:
            asyncio.run(look(process))
        finally:
            process.kill()
        assert b"Traceback" not in process.stderr.read()
