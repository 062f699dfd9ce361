"""pystray with a backend that works on this desktop.

pystray chooses one when it is imported, and its own order gives up at the first that fails in
another way than by a missing module. What Xlib can do is not enough: it shows no menu.
"""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType
from typing import Final

from difd.protocol.errors import UsageError
from difd.system import facts

_LINUX: Final = ("appindicator", "gtk")

_MISSING: Final = (
    "On Debian and Ubuntu: apt install python3-gi gir1.2-ayatanaappindicator3-0.1, and a virtual "
    "environment made with /usr/bin/python3 -m venv --system-site-packages."
)


def load() -> ModuleType:
    """The module `pystray`.

    Raises:
        UsageError: no backend works here; the hint says what is missing.
    """
    wanted = os.environ.get("PYSTRAY_BACKEND")
    names: tuple[str | None, ...] = (None,)
    if facts.LINUX:
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            raise UsageError("There is no desktop here to show an icon on.")
        _check_bus()
        names = _LINUX if wanted is None else (wanted,)
    problems = []
    for name in names:
        if name is not None:
            os.environ["PYSTRAY_BACKEND"] = name
        try:
            return importlib.import_module("pystray")
        except Exception as error:  # noqa: BLE001  no display, no typelib: each says it its own way
            problems.append(f"{name or 'pystray'}: {error}")
            for module in [one for one in sys.modules if one.partition(".")[0] == "pystray"]:
                del sys.modules[module]
    hint = _MISSING if facts.LINUX else None
    raise UsageError(f"No tray works here ({'; '.join(problems)}).", hint=hint)


def _check_bus() -> None:
    """See that the session's bus answers: without it, pystray fails with a traceback and hangs.

    Raises:
        UsageError: it does not.
    """
    try:
        gio, glib = (importlib.import_module(f"gi.repository.{name}") for name in ("Gio", "GLib"))
    except ImportError:
        return  # what is missing is told by pystray's backends
    try:
        gio.bus_get_sync(gio.BusType.SESSION)
    except glib.Error as error:
        raise UsageError(
            "A tray icon needs the desktop's session bus (D-Bus), and none answers here.",
            hint="Start it in a terminal of the desktop itself, neither over SSH nor with sudo.",
        ) from error
