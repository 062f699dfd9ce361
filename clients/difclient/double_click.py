"""What a double click on `difd.exe` does: difd into the file manager's menu, and the review page.

Only the zip for Windows has that program (`packaging/windows`); a folder that was moved is put
right by another double click.
"""

from __future__ import annotations

import sys
from typing import NoReturn

from difclient.menus import user_file_managers
from difshell.plugin import IntegrationRefused


def main() -> NoReturn:
    """Install the menu, and go on as `difctl review`."""
    for plugin in user_file_managers().plugins.values():
        try:
            plugin.install()
        except (IntegrationRefused, OSError):
            continue  # the page works without; `difctl integrate status` says why
    sys.argv[1:] = ["review"]
    from difclient.__main__ import main as difctl  # noqa: PLC0415  it reads the arguments

    difctl()
