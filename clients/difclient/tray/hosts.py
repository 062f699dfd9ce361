"""Who shows tray icons on this desktop.

Panels of today ask for icons by D-Bus (StatusNotifierItem); older trays embed an X11 window.
"""

from __future__ import annotations

import importlib
import os
from typing import Final, Literal

from dbus_fast.aio import MessageBus

from difclient.session_bus import ask, names_on, session_bus
from difd.protocol.errors import UsageError

WATCHER: Final = "org.kde.StatusNotifierWatcher"
"""The name and the interface of the program that knows all icons; panels follow it."""

WATCHER_PATH: Final = "/StatusNotifierWatcher"

Way = Literal["notifier", "gtk", "xorg"]
"""An item on the bus; a window of X11 with a menu by GTK; the same without GTK and menu."""


def has_desktop() -> bool:
    """Whether there is a screen, of Wayland or of X11."""
    return bool(os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY"))


async def find_way() -> Way | None:
    """How an icon is shown here now; None if nothing shows any.

    Raises:
        UsageError: no bus answers, and no tray of X11 is there either.
    """
    try:
        async with session_bus() as bus:
            if await _shows_notifiers(bus):
                return "notifier"
    except UsageError:
        if _embeds():
            return "xorg"  # GTK's icon wants a bus
        raise
    if not _embeds():
        return None
    return "gtk" if _has_gtk() else "xorg"


async def _shows_notifiers(bus: MessageBus) -> bool:
    """Whether a panel shows such icons; the program that knows them may run without one."""
    if WATCHER not in await names_on(bus):
        return False
    shown = await ask(
        bus,
        "Get",
        "ss",
        WATCHER,
        "IsStatusNotifierHostRegistered",
        name=WATCHER,
        path=WATCHER_PATH,
        interface="org.freedesktop.DBus.Properties",
    )
    return shown is None or bool(shown.value)


def _embeds() -> bool:
    """Whether a window of X11 has the selection that stands for the tray."""
    if not os.environ.get("DISPLAY"):
        return False
    from Xlib.display import Display  # noqa: PLC0415  a session of Wayland has no use for it
    from Xlib.error import DisplayError  # noqa: PLC0415

    try:
        display = Display()
    except (DisplayError, OSError):
        return False
    try:
        tray = display.intern_atom(f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}")
        return bool(display.get_selection_owner(tray))
    finally:
        display.close()


def _has_gtk() -> bool:
    """Whether GTK can be used from here; pip does not install it."""
    try:
        importlib.import_module("gi").require_version("Gtk", "3.0")
    except (ImportError, ValueError):
        return False
    return True
