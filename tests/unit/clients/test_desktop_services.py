"""What `difctl doctor` says of the desktop, asked of a real bus."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from dbus_fast.aio import MessageBus
from harness.instance import wait_until

from difclient.desktop_services import examine_desktop
from difd.system.endpoint import is_listening

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such a bus")


@pytest.fixture
def bus(tmp_path, monkeypatch):
    """A session's bus of a desktop that nothing else is known of."""
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    address = f"unix:path={tmp_path}/bus"
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    command = ["/usr/bin/dbus-daemon", "--session", "--nofork", f"--address={address}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as daemon:
        # The file is there a moment before anybody listens at it.
        wait_until(lambda: is_listening(tmp_path / "bus"))
        yield
        daemon.terminate()


def told(*names: str) -> dict[str, tuple[str, str]]:
    """What is said while programs have these names on the bus."""

    async def look() -> dict[str, tuple[str, str]]:
        program = await MessageBus().connect()
        for name in names:
            await program.request_name(name)
        try:
            findings = await asyncio.to_thread(lambda: list(examine_desktop()))
        finally:
            program.disconnect()
            await program.wait_for_disconnect()
        return {finding.name: (finding.state, finding.says) for finding in findings}

    return asyncio.run(look())


def test_without_a_screen_nothing_is_wrong(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert {finding.state for finding in examine_desktop()} == {"good"}


@pytest.mark.usefixtures("bus")
def test_what_is_there_is_good(tmp_path):
    (tmp_path / "xdg-open").write_text("")
    (tmp_path / "xdg-open").chmod(0o755)
    found = told("org.freedesktop.Notifications", "org.kde.StatusNotifierWatcher")
    assert {state for state, _ in found.values()} == {"good"}
    assert found["review page"][1] == "opens with xdg-open"
    assert found["notifications"][1] == "are shown"
    assert found["tray"][1] == "a panel shows the icon and its menu"


@pytest.mark.usefixtures("bus")
def test_what_is_missing_is_doubtful_with_what_to_do():
    found = told()
    assert found["review page"][0] == "doubtful"
    assert "--no-browser" in found["review page"][1]
    assert found["tray"] == ("doubtful", "nothing shows icons")


@pytest.mark.usefixtures("bus")
def test_a_bus_that_does_not_answer_is_said(monkeypatch):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    found = {finding.name: finding.state for finding in examine_desktop()}
    assert found["bus"] == found["tray"] == "doubtful"
