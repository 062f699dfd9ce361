"""Every module can be imported on Windows, but for what needs packages that are not there."""

from __future__ import annotations

import importlib
import pkgutil

import difclient
import difd
import difshell

ELSEWHERE = (
    "difd.system.posix",
    "difd.pools.dask",
    "difclient.session_bus",
    "difclient.tray.hosts",
    "difclient.tray.item_menu",
    "difclient.tray.panel_icon",
    "difclient.tray.status_item",
    "difclient.tray.embedded",
)
"""The halves of other systems; what the extra `dask` is needed for; what speaks D-Bus or X11."""


def test_every_module_is_imported():
    names = [
        module.name
        for package in (difd, difclient, difshell)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not module.name.endswith("__main__") and not module.name.startswith(ELSEWHERE)
    ]
    assert len(names) > 400
    for name in names:
        importlib.import_module(name)
