"""Which program's way of showing an icon works on this desktop, and the classes for it.

pystray chooses when it is imported, knows no way for panels without GTK, and gives up at the first
that fails in another way than by a missing module.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
import time
from types import ModuleType
from typing import Any, Final, NamedTuple

import click

from difd.protocol.errors import UsageError
from difd.system import facts

WAIT_SECONDS: Final = 60.0
"""At login the icon may start before the panel does; a slow machine takes that long."""

_LOOK_SECONDS: Final = 1.0

_BETTER_SECONDS: Final = 5.0
"""At login some panels embed windows a moment before they speak StatusNotifierItem, and some trays
have the name of one a moment before they embed anything."""

_CHOICE: Final = "PYSTRAY_BACKEND"
"""The environment variable by which pystray is told what to use; it wins here, too."""


class Backend(NamedTuple):
    """How an icon is shown.

    Attributes:
        icon: pystray's `Icon`, or what stands in for it.
        menu: pystray's `Menu`.
        item: pystray's `MenuItem`.
    """

    icon: Any
    menu: Any
    item: Any


def load(wait_seconds: float = WAIT_SECONDS) -> Backend:
    """Choose a backend; without anything that shows icons, wait for it.

    Raises:
        UsageError: nothing here shows icons.
    """
    if not facts.LINUX or os.environ.get(_CHOICE):
        return _of(_pystray(os.environ.get(_CHOICE)))
    from difclient.tray import hosts  # noqa: PLC0415  dbus-fast is there on Linux only

    if not hosts.has_desktop():
        raise UsageError("There is no desktop here to show an icon on.")
    way = _wait_for_way(wait_seconds)
    pystray = _pystray("dummy" if way == "notifier" else way)
    match way:
        case "notifier":
            from difclient.tray.panel_icon import PanelIcon  # noqa: PLC0415  the same

            return _of(pystray)._replace(icon=PanelIcon)
        case "xorg":
            from difclient.tray.embedded import EmbeddedIcon  # noqa: PLC0415  needs X11

            return _of(pystray)._replace(icon=EmbeddedIcon)
        case _:
            return _of(pystray)


def _wait_for_way(seconds: float) -> str:
    """How icons are shown here, as in `difclient.tray.hosts`, once they are."""
    from difclient.tray.hosts import find_way  # noqa: PLC0415  the same

    until = time.monotonic() + seconds
    way = asyncio.run(find_way())
    if way is None:
        click.echo(f"Nothing shows tray icons yet; difctl waits {seconds:.0f} s for it.", err=True)
    while way is None:
        if time.monotonic() >= until:
            raise UsageError(
                "Nothing on this desktop shows tray icons.",
                hint="Add the system tray (status notifier) to your panel; on GNOME, install the "
                "extension AppIndicator.",
            )
        time.sleep(_LOOK_SECONDS)
        way = asyncio.run(find_way())
    if way == "notifier":
        return way
    time.sleep(_BETTER_SECONDS)
    return asyncio.run(find_way()) or way


def _of(pystray: ModuleType) -> Backend:
    return Backend(pystray.Icon, pystray.Menu, pystray.MenuItem)


def _pystray(name: str | None) -> ModuleType:
    """The module, with a backend of its own, or the one that it chooses.

    Raises:
        UsageError: it does not work here.
    """
    before = os.environ.get(_CHOICE)
    if name is not None:
        os.environ[_CHOICE] = name
    try:
        return importlib.import_module("pystray")
    except Exception as error:
        # No display, no typelib, no module: each says it in its own way.
        for module in [one for one in sys.modules if one.partition(".")[0] == "pystray"]:
            del sys.modules[module]
        message = f"The tray does not work by {name or 'pystray'} here: {error}."
        raise UsageError(message) from error
    finally:
        if name is not None and before is None:
            del os.environ[_CHOICE]
