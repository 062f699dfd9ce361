"""What the desktop offers that difd uses: notifications, a tray, something that opens pages.

Nothing is started by asking.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import shutil
from collections.abc import Iterator
from typing import Final

from difd.protocol.errors import UsageError
from difd.protocol.findings import Finding
from difd.system import facts

SECTION: Final = "Desktop"
_NOTIFICATIONS: Final = "org.freedesktop.Notifications"
_OPENERS: Final = ("xdg-open", "gio", "sensible-browser", "x-www-browser", "firefox", "chromium")


def examine_desktop() -> Iterator[Finding]:
    """Whether notifications, the tray and the review page can be shown."""
    if facts.WINDOWS:
        yield from _of_windows()
    if not facts.LINUX:
        return
    if not (os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")):
        says = "none here; commands work, tray, notifications and pages need one"
        yield Finding(SECTION, "screen", "good", says)
        return
    opener = next((program for program in _OPENERS if shutil.which(program)), None)
    if opener is None:
        says = "nothing opens it; difctl review --no-browser prints its address"
        yield Finding(SECTION, "review page", "doubtful", says)
    else:
        yield Finding(SECTION, "review page", "good", f"opens with {opener}")
    names = asyncio.run(_names())
    if names is None:
        says = "no session bus answers, so nothing shows notifications"
        yield Finding(SECTION, "bus", "doubtful", says)
    elif _NOTIFICATIONS in names:
        yield Finding(SECTION, "notifications", "good", "are shown")
    else:
        says = "nothing shows them; searches from menus end without a word"
        yield Finding(SECTION, "notifications", "doubtful", says)
    yield _tray()


def _of_windows() -> Iterator[Finding]:
    """The same, of which Windows has all but what a package of ours asks it with."""
    says = "opens in the browser that Windows is set to"
    yield Finding(SECTION, "review page", "good", says)
    try:
        toasts = importlib.import_module("winrt.windows.ui.notifications")
        toasts.ToastNotificationManager.get_default()
    except ImportError:
        says = "are not shown: a package is missing; searches from menus end without a word"
        hint = "pip install --force-reinstall desktop-notifier"
        yield Finding(SECTION, "notifications", "doubtful", says, hint)
    except OSError as error:
        says = f"are not shown ({str(error).strip()}); searches from menus end without a word"
        yield Finding(SECTION, "notifications", "doubtful", says)
    else:
        yield Finding(SECTION, "notifications", "good", "are shown")


def _tray() -> Finding:
    """What `difctl tray` would do."""
    chosen = os.environ.get("PYSTRAY_BACKEND")
    if chosen:
        says = f"is shown by pystray's backend {chosen}: PYSTRAY_BACKEND says so"
        return Finding(SECTION, "tray", "good", says)
    from difclient.tray.hosts import find_way  # noqa: PLC0415  dbus-fast is there on Linux only

    try:
        way = asyncio.run(find_way())
    except UsageError:
        way = None
    match way:
        case "notifier":
            return Finding(SECTION, "tray", "good", "a panel shows the icon and its menu")
        case "gtk":
            return Finding(SECTION, "tray", "good", "an X11 tray shows the icon, GTK its menu")
        case "xorg":
            says = "an X11 tray shows the icon, without a menu: that needs GTK (PyGObject)"
            return Finding(SECTION, "tray", "good", says)
        case None:
            says = "nothing shows icons"
            hint = "add the system tray to your panel; on GNOME, install the extension AppIndicator"
            return Finding(SECTION, "tray", "doubtful", says, hint)


async def _names() -> frozenset[str] | None:
    """The names on the session's bus, and those that it can start; None without a bus."""
    from difclient.session_bus import names_on, session_bus  # noqa: PLC0415  the same

    try:
        async with session_bus() as bus:
            return await names_on(bus, startable=True)
    except UsageError:
        return None
