"""What the desktop offers that difd uses: notifications, a tray, something that opens pages.

On Linux the session's bus is asked with `dbus-send`, as a person would; nothing is started by it.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Final

from difd.protocol.findings import Finding
from difd.system import facts

SECTION: Final = "Desktop"
_SECONDS: Final = 5
_NOTIFICATIONS: Final = "org.freedesktop.Notifications"
_TRAYS: Final = "org.kde.StatusNotifierWatcher"
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
    names = _names()
    if names is None:
        says = "no session bus answers, so there are no notifications and no tray"
        yield Finding(SECTION, "bus", "doubtful", says)
        return
    if _NOTIFICATIONS in names:
        yield Finding(SECTION, "notifications", "good", "are shown")
    else:
        says = "nothing shows them; searches from menus end without a word"
        yield Finding(SECTION, "notifications", "doubtful", says)
    if _TRAYS in names:
        yield Finding(SECTION, "tray", "good", "has a place for icons")
    else:
        says = "no place for icons of this kind; older trays may show it all the same"
        yield Finding(SECTION, "tray", "good", says)


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


def _names() -> frozenset[str] | None:
    """The names on the session's bus, and those that it can start; None without a bus."""
    found: set[str] = set()
    for method in ("ListNames", "ListActivatableNames"):
        try:
            answer = subprocess.run(  # noqa: S603  arguments as a list
                [  # noqa: S607  the desktop's own, wherever it is
                    "dbus-send",
                    "--session",
                    "--print-reply=literal",
                    "--dest=org.freedesktop.DBus",
                    "/org/freedesktop/DBus",
                    f"org.freedesktop.DBus.{method}",
                ],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=True,
                text=True,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        found |= {word for word in answer.stdout.split() if "." in word}
    return frozenset(found)
